package org.lsradapt.report;

/**
 * How to use what a run trained, from the run's folder.
 *
 * @param command a line for a terminal
 * @param java lines of Java
 */
public record Usage(String command, String java) {

    /**
     * A command that takes an adapter's folder, and a model of the library that loads it.
     *
     * @param adapter the adapter's folder, relative to the run's
     * @param command the command with its arguments behind {@code --adapter FOLDER}, such as {@code predict 'a text'}
     * @param type the class of {@code org.lsradapt.finetuning}
     * @param call what is called on it, such as {@code predict("a text")}
     */
    public static Usage of(String adapter, String command, String type, String call) {
        int name = command.indexOf(' ');
        return new Usage(
                "lsr-adapt " + command.substring(0, name) + " --adapter " + adapter + command.substring(name),
                "try (" + type + " model = " + type + ".load(Path.of(\"" + adapter + "\"))) {\n    var result = model."
                        + call + ";\n}");
    }
}

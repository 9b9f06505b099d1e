package org.lsradapt.finetuning;

/**
 * Shows how to use a trained model, from the run's folder.
 *
 * @param command a line for a terminal
 */
public record Usage(String command, String java) {

    /**
     * Returns a command with an adapter's folder, and Java that loads the folder as a model.
     *
     * @param adapter the adapter's folder, relative to the run's
     * @param command the command and the arguments that follow {@code --adapter FOLDER}, such as {@code predict 'a text'}
     * @param type the simple name of the model's class
     * @param call the call on the model, such as {@code predict("a text")}
     */
    public static Usage of(String adapter, String command, String type, String call) {
        int name = command.indexOf(' ');
        return new Usage(
                "lsr-adapt " + command.substring(0, name) + " --adapter " + adapter + command.substring(name),
                "try (" + type + " model = " + type + ".load(Path.of(\"" + adapter + "\"))) {\n    var result = model."
                        + call + ";\n}");
    }
}

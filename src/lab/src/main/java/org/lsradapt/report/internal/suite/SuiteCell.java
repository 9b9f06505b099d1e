package org.lsradapt.report.internal.suite;

import java.util.List;

/**
 * One training of a suite.
 *
 * @param name the name of its folder, unique in the suite
 * @param model the base model's name in tables
 * @param method the method's name, with the settings that distinguish it from others
 * @param tuned the method's name without the tuned settings; equal to {@code method} if there are none
 * @param arguments the arguments of {@code finetune}, without the output folder
 */
public record SuiteCell(
        String name, String model, String task, String method, String tuned, long seed, List<String> arguments) {

    public SuiteCell {
        arguments = List.copyOf(arguments);
    }

    /** Returns this cell under the method's name without its tuned settings. */
    SuiteCell asTuned() {
        return new SuiteCell(name, model, task, tuned, tuned, seed, arguments);
    }

    /** Returns a title for people, such as {@code minilm, mrpc, lsr:2, seed 1}. */
    public String title() {
        return model + ", " + task + ", " + method + ", seed " + seed;
    }

    /** Returns the value of {@code --task}, such as {@code classify}. */
    String officialTask() {
        return argument("--task");
    }

    boolean isLora() {
        return argument("--methods").matches("lora(:.*)?");
    }

    private String argument(String option) {
        int at = arguments.indexOf(option);
        return at < 0 || at + 1 == arguments.size() ? "" : arguments.get(at + 1);
    }
}

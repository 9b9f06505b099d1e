package org.lsradapt.report.internal.suite;

import java.util.List;

/**
 * One training of a suite.
 *
 * @param name the name of its folder, which no other cell has
 * @param model the base model's name in tables
 * @param method the method's, with what tells its settings from others
 * @param tuned the method's without the settings that are to be chosen; equal to {@code method} where there are none
 * @param arguments of {@code finetune}, but for where to write
 */
public record SuiteCell(
        String name, String model, String task, String method, String tuned, long seed, List<String> arguments) {

    /** Copies the list. */
    public SuiteCell {
        arguments = List.copyOf(arguments);
    }

    /** The cell as one of what is chosen. */
    SuiteCell asTuned() {
        return new SuiteCell(name, model, task, tuned, tuned, seed, arguments);
    }

    /** For people, such as {@code minilm, mrpc, lsr:2, seed 1}. */
    public String title() {
        return model + ", " + task + ", " + method + ", seed " + seed;
    }

    /** The task's name for {@code finetune}, such as {@code classify}. */
    String officialTask() {
        return argument("--task");
    }

    /** Whether the method is plain LoRA. */
    boolean isLora() {
        return argument("--methods").matches("lora(:.*)?");
    }

    private String argument(String option) {
        int at = arguments.indexOf(option);
        return at < 0 || at + 1 == arguments.size() ? "" : arguments.get(at + 1);
    }
}

package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.lsradapt.io.JsonFields;

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

    /** Official tasks with few evaluation examples. */
    private static final List<String> SMALL = List.of("wnli", "cb", "copa", "wsc");

    public SuiteCell {
        arguments = List.copyOf(arguments);
    }

    /**
     * Reads a cell.
     *
     * @throws IOException if a field is missing or malformed
     */
    static SuiteCell read(JsonFields fields) throws IOException {
        String name = fields.text("name");
        // A name is part of paths, so it must not lead outside of the suite's folder.
        if (!name.matches("(?U)[\\p{Alnum}=+-][\\p{Alnum}.=+_-]*")) {
            throw fields.failure("name", "found \"" + name + "\", expected a name that a suite makes");
        }
        FileNames.path(name, complaint -> fields.failure("name", complaint));
        List<String> arguments = fields.texts("arguments");
        if (arguments.isEmpty()) {
            throw fields.failure("arguments", "found none, expected the arguments of finetune");
        }
        String method = fields.text("method");
        return new SuiteCell(
                name,
                fields.text("model"),
                fields.text("task"),
                method,
                fields.text("tuned", method),
                fields.longInteger("seed"),
                arguments);
    }

    void write(ObjectNode node) {
        node.put("name", name);
        node.put("model", model);
        node.put("task", task);
        node.put("method", method);
        if (isTuned()) {
            node.put("tuned", tuned);
        }
        node.put("seed", seed);
        arguments.forEach(node.putArray("arguments")::add);
    }

    /** Returns this cell under the method's name without its tuned settings. */
    SuiteCell asTuned() {
        return new SuiteCell(name, model, task, tuned, tuned, seed, arguments);
    }

    boolean isTuned() {
        return !tuned.equals(method);
    }

    boolean isOf(String model, String task) {
        return this.model.equals(model) && this.task.equals(task);
    }

    /** Returns a title for people, such as {@code minilm, mrpc, lsr:2, seed 1}. */
    public String title() {
        return model + ", " + task + ", " + method + ", seed " + seed;
    }

    /** Whether the task has few evaluation examples. */
    boolean isSmall() {
        return SMALL.contains(argument("--task").toLowerCase(Locale.ROOT));
    }

    boolean isLora() {
        return argument("--methods").matches("lora(:.*)?");
    }

    private String argument(String option) {
        int at = arguments.indexOf(option);
        return at < 0 || at + 1 == arguments.size() ? "" : arguments.get(at + 1);
    }
}

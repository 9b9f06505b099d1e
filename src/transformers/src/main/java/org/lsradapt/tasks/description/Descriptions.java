package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.Require;

/** Checks and fields that descriptions of tasks share. */
final class Descriptions {
    /** The field of a calibrated task; absent in others. */
    static final String TEMPERATURES = "temperatures";

    private Descriptions() {}

    static Map<String, Object> fields(TaskDescription task, Object... own) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", task.name());
        fields.put("kind", task.kind());
        for (int i = 0; i < own.length; i += 2) {
            fields.put((String) own[i], own[i + 1]);
        }
        return fields;
    }

    /** Returns the fields of a task of classes, with its temperatures if it is calibrated. */
    static Map<String, Object> calibrated(TaskDescription task, Object... own) {
        Map<String, Object> fields = fields(task, own);
        if (!task.temperatures().isEmpty()) {
            fields.put(TEMPERATURES, task.temperatures());
        }
        return fields;
    }

    static List<Double> temperatures(JsonFields fields) throws IOException {
        return fields.has(TEMPERATURES) ? fields.numbers(TEMPERATURES) : List.of();
    }

    static List<Double> requireTemperatures(String name, List<Double> temperatures, int outputs) {
        Require.argument(
                temperatures.isEmpty()
                        || (temperatures.size() == outputs
                                && temperatures.stream().allMatch(one -> one > 0 && Double.isFinite(one))),
                "task %s: temperatures %s, expected %d positive numbers, or none",
                name,
                temperatures,
                outputs);
        return List.copyOf(temperatures);
    }

    static List<String> requireLabels(String name, String kind, List<String> labels) {
        Require.argument(labels.size() >= 2, "task %s: a %s with labels %s, expected at least 2", name, kind, labels);
        Require.argument(
                labels.stream().distinct().count() == labels.size(),
                "task %s: labels %s, expected different ones",
                name,
                labels);
        return List.copyOf(labels);
    }

    static List<String> requireNone(String name, String kind, List<String> labels) {
        Require.argument(labels.isEmpty(), "task %s: a %s with labels %s, expected none", name, kind, labels);
        return List.of();
    }

    static void requireNoLabels(JsonFields fields, String kind) throws IOException {
        requireNone(fields.text("name"), kind, fields.texts("labels"));
    }

    static void requirePairs(JsonFields fields, String kind) throws IOException {
        Require.argument(
                fields.flag("pairs"), "task %s: %s of single texts, expected pairs", fields.text("name"), kind);
    }
}

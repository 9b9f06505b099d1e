package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.Require;

/** Checks and fields that descriptions of tasks share. */
final class Descriptions {
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

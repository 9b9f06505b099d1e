package org.lsradapt.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.lsradapt.adapters.AdapterColumns;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.LineReader;
import org.lsradapt.finetuning.TaskOptions;

/** Adds the columns that an adapter remembers, so that other tables of this form are read without naming them again. */
public final class SavedColumns {
    private static final Pattern FIELD = Pattern.compile("\"([^\"\\\\]+)\"\\s*:");
    private static final Pattern SEPARATOR = Pattern.compile("[,;\t]");

    private SavedColumns() {}

    /**
     * Adds the columns of an adapter to options about evaluation data, as far as a file has them and options do not name others.
     *
     * @throws IOException if the adapter's columns are malformed
     */
    public static TaskOptions add(TaskOptions given, Path adapter, Path file) throws IOException {
        return add(given, adapter, file, column -> true);
    }

    /** Adds columns like {@link #add}, but not that of the labels, which new rows can leave empty. */
    public static TaskOptions addInputs(TaskOptions given, Path adapter, Path file) throws IOException {
        return add(given, adapter, file, column -> !column.startsWith("label"));
    }

    private static TaskOptions add(TaskOptions given, Path adapter, Path file, Predicate<String> wanted)
            throws IOException {
        Map<String, List<String>> saved = AdapterColumns.read(adapter);
        if (saved.isEmpty()) {
            return given;
        }
        Set<String> there = new HashSet<>(header(given.table(file.toString())).orElse(List.of()));
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> one : saved.entrySet()) {
            if (wanted.test(one.getKey()) && there.containsAll(one.getValue())) {
                all.put("--" + one.getKey(), one.getValue());
            }
        }
        all.putAll(given.values());
        return new TaskOptions(given.task(), all);
    }

    private static Optional<List<String>> header(Table file) {
        try {
            return Optional.of(columns(file));
        } catch (IOException e) {
            // Reading the rows says what is wrong.
            return Optional.empty();
        }
    }

    /** Returns the columns of a table by its first line; approximate where names hold separators. */
    public static List<String> columns(Table file) throws IOException {
        try (LineReader lines = file.text().open()) {
            String first = lines.next();
            if (first == null) {
                return List.of();
            }
            return first.stripLeading().startsWith("{")
                    ? FIELD.matcher(first)
                            .results()
                            .map((MatchResult field) -> field.group(1))
                            .toList()
                    : Arrays.stream(SEPARATOR.split(first))
                            .map(column -> column.strip().replaceAll("^\"|\"$", ""))
                            .toList();
        }
    }
}

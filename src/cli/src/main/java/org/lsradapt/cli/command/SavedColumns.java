package org.lsradapt.cli.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import org.lsradapt.data.files.LineReader;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;

/**
 * The columns of the table that an adapter was trained on, in a file of the adapter's folder, so that other tables of this form are read
 * without naming them again.
 */
public final class SavedColumns {
    private static final String NAME = "columns.json";
    private static final String COLUMN = "COLUMN";
    private static final Pattern FIELD = Pattern.compile("\"([^\"\\\\]+)\"\\s*:");
    private static final Pattern SEPARATOR = Pattern.compile("[,;\t]");

    private SavedColumns() {}

    /** Writes the columns that options name to an adapter's folder; nothing if they name none. */
    public static void write(Path adapter, TaskType type, TaskOptions given) throws IOException {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        for (TaskOption option : type.columns()) {
            if (option.placeholder().equals(COLUMN) && given.has(option)) {
                columns.put(option.name().substring(2), given.values(option));
            }
        }
        if (!columns.isEmpty()) {
            AtomicFile.write(adapter.resolve(NAME), (JsonFile.line(columns) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Copies the columns of an adapter to another one that is made of it. */
    public static void copy(Path adapter, Path other) throws IOException {
        if (Files.isRegularFile(adapter.resolve(NAME))) {
            Files.copy(adapter.resolve(NAME), other.resolve(NAME));
        }
    }

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
        Path saved = adapter.resolve(NAME);
        if (!Files.isRegularFile(saved)) {
            return given;
        }
        Set<String> there = new HashSet<>(header(file).orElse(List.of()));
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> one : read(saved).entrySet()) {
            if (wanted.test(one.getKey()) && there.containsAll(one.getValue())) {
                all.put("--" + one.getKey(), one.getValue());
            }
        }
        all.putAll(given.values());
        return new TaskOptions(given.task(), all);
    }

    private static Map<String, List<String>> read(Path saved) throws IOException {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        JsonFields fields = new JsonFields(saved.toString(), JsonFile.readObject(saved));
        for (String name : fields.names()) {
            columns.put(name, fields.texts(name));
        }
        return columns;
    }

    private static Optional<List<String>> header(Path file) {
        try {
            return Optional.of(columns(file));
        } catch (IOException e) {
            // Reading the rows says what is wrong.
            return Optional.empty();
        }
    }

    /** Returns the columns of a table by its first line; approximate where names hold separators. */
    public static List<String> columns(Path file) throws IOException {
        try (LineReader lines = new LineReader(file)) {
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

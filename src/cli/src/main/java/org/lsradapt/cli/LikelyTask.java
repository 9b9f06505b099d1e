package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.lsradapt.tasks.internal.files.LineReader;

/** Guesses the task of a training file from its usual column names. */
final class LikelyTask {
    private static final Pattern FIELD = Pattern.compile("\"([^\"\\\\]+)\"\\s*:");
    private static final Pattern SEPARATOR = Pattern.compile("[,;\t]");
    private static final List<String> TAGGED = List.of(".conll", ".conllu", ".bio", ".iob", ".iob2");

    /** In order of priority: the first sign whose columns all occur decides. */
    private static final List<Sign> SIGNS = List.of(
            new Sign("spans", "context", "question"),
            new Sign("spans", "data", "paragraphs"),
            new Sign("preferences", "chosen", "rejected"),
            new Sign("instructions", "messages"),
            new Sign("instructions", "prompt", "completion"),
            new Sign("instructions", "instruction", "output"),
            new Sign("similarity", "sentence1", "sentence2", "score"),
            new Sign("pairs", "anchor", "positive"),
            new Sign("rerank", "query", "passage"),
            new Sign("rerank", "query", "positive"),
            new Sign("tokens", "tokens"),
            new Sign("tokens", "words"),
            new Sign("tokens", "text", "spans"),
            new Sign("labels", "text", "labels"),
            new Sign("classify, or regress if the labels are numbers on a scale", "label"),
            new Sign("text, or masked for an encoder", "text"));

    private LikelyTask() {}

    private record Sign(String task, List<String> columns) {
        Sign(String task, String... columns) {
            this(task, List.of(columns));
        }
    }

    /**
     * Looks at a file's name and first line.
     *
     * @return the likely task and the reason; empty if neither the name nor the columns tell
     * @throws IOException if the file is missing or is not text
     */
    static Optional<String> of(Path file) throws IOException {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (TAGGED.stream().anyMatch(name::endsWith)) {
            return Optional.of("a file of tagged words is for --task tokens");
        }
        if (Files.isDirectory(file) || name.endsWith(".txt")) {
            return Optional.of("plain text is for --task text, or masked for an encoder");
        }
        List<String> columns = columns(file);
        return SIGNS.stream()
                .filter(sign -> columns.containsAll(sign.columns))
                .findFirst()
                .map(sign -> (sign.columns.size() == 1 ? "the column " : "the columns ")
                        + String.join(", ", sign.columns)
                        + (sign.columns.size() == 1 ? " is for --task " : " are for --task ")
                        + sign.task);
    }

    private static List<String> columns(Path file) throws IOException {
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

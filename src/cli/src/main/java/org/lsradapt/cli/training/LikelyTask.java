package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.cli.command.SavedColumns;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;

/** Guesses the task of a training file from its usual column names. */
final class LikelyTask {
    private static final List<String> TAGGED = List.of(".conll", ".conllu", ".bio", ".iob", ".iob2");

    /** The signs of tasks whose columns other tasks have as well, after all others. */
    private static final List<Sign> LAST = List.of(
            new Sign("classify, or regress if the labels are numbers on a scale", List.of("label")),
            new Sign("text, or masked for an encoder", List.of("text")));

    private LikelyTask() {}

    private record Sign(String task, List<String> columns) {}

    /** Returns the signs, those with more columns first: the first one whose columns all occur decides. */
    private static List<Sign> signs() {
        List<Sign> signs = new ArrayList<>();
        for (TaskType type : TaskModule.allTypes()) {
            type.usualColumns().forEach(columns -> signs.add(new Sign(type.name(), columns)));
        }
        signs.sort(Comparator.comparing(sign -> -sign.columns().size()));
        signs.addAll(LAST);
        return signs;
    }

    /** Returns the likely task and the reason by a file's name and first line; empty if neither tells. */
    static Optional<String> of(Table table) throws IOException {
        Path file = table.file().orElseThrow();
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (TAGGED.stream().anyMatch(name::endsWith)) {
            return Optional.of("a file of tagged words is for --task tokens");
        }
        if (Files.isDirectory(file) || name.endsWith(".txt")) {
            return Optional.of("plain text is for --task text, or masked for an encoder");
        }
        List<String> columns = SavedColumns.columns(table);
        return signs().stream()
                .filter(sign -> columns.containsAll(sign.columns))
                .findFirst()
                .map(sign -> (sign.columns.size() == 1 ? "the column " : "the columns ")
                        + String.join(", ", sign.columns)
                        + (sign.columns.size() == 1 ? " is for --task " : " are for --task ")
                        + sign.task);
    }
}

package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.files.PlainText;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.tasks.reranking.RankedPassage;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name passages. */
final class PassagesOptions {
    /** Shorter paragraphs in folders, such as headings, are no passages. */
    private static final int LEAST_WORDS = 5;

    @Option(
            names = "--passages",
            paramLabel = "FILE",
            description =
                    "The passages: a .txt file with a passage per line, CSV or TSV with a header, JSON lines, or - for"
                            + " such a table from standard input; or a folder, in which each paragraph of 5 words or"
                            + " more in .txt and .md files is a passage.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Passage column of a table. Default: text.")
    private String column;

    List<String> read(TaskOptions given) throws IOException {
        boolean isFolder = file != null && Files.isDirectory(file) && !given.has(DatabaseOptions.SQL);
        List<String> texts = isFolder ? paragraphs(given) : TextFile.read("--passages", file, column, format, given);
        BadInput.throwIf(texts.isEmpty(), file + ": has no passages, expected at least one");
        return texts;
    }

    private List<String> paragraphs(TaskOptions given) throws IOException {
        BadInput.throwIf(
                column != null || format.isGiven(),
                "--passages " + file + ": is a folder of texts, expected no --text and no --format");
        List<Path> files;
        try (Stream<Path> all = Files.walk(file)) {
            files = all.filter(one -> one.toString().matches(".*\\.(txt|md)") && Files.isRegularFile(one))
                    .sorted()
                    .toList();
        }
        List<String> paragraphs = new ArrayList<>();
        for (Path one : files) {
            PlainText.read(given.table(one.toString()).text(), true).stream()
                    .filter(text -> text.split("\\s+").length >= LEAST_WORDS)
                    .forEach(paragraphs::add);
        }
        return paragraphs;
    }

    /** Prints the passages of each query with their scores, below the query if there are several. */
    static void print(PrintStream out, List<String> queries, IntFunction<List<RankedPassage>> found) {
        for (int i = 0; i < queries.size(); i++) {
            if (queries.size() > 1) {
                out.println((i == 0 ? "" : System.lineSeparator()) + ControlCharacters.escaped(queries.get(i)));
            }
            for (RankedPassage passage : found.apply(i)) {
                out.println(String.format(
                        Locale.ROOT, "%.4f\t%s", passage.score(), ControlCharacters.escaped(passage.text())));
            }
        }
    }
}

package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.LineReader;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskOptions;

/** Reads texts: from a {@code .txt} file with one per line, or from a column of a table. */
final class TextFile {
    private static final String STANDARD_INPUT = "-";

    private TextFile() {}

    /** Throws if the file does not exist or is a folder. A pipe, such as a shell's {@code <(command)}, and {@code -} are accepted. */
    static void require(String option, Path file) {
        BadInput.throwIf(
                !isStandardInput(file) && (!Files.exists(file) || Files.isDirectory(file)),
                option + " " + file + ": there is no such file");
    }

    private static boolean isStandardInput(Path file) {
        return file.toString().equals(STANDARD_INPUT);
    }

    static boolean isGiven(Path file, TaskOptions given) {
        DatabaseOptions.check(given);
        return file != null || given.has(DatabaseOptions.SQL);
    }

    /**
     * Reads the texts.
     *
     * @param option the option that names the file, for messages
     * @param file a file of lines, CSV, TSV, JSON lines or {@code -}; null for a query
     * @param column the column of a table, or null for {@code text}
     * @param format the format of a table; if it is given, a {@code .txt} is read as a table
     */
    static List<String> read(String option, Path file, String column, TableFormatOption format, TaskOptions given)
            throws IOException {
        BadInput.throwIf(
                !isGiven(file, given), "found no texts, expected " + option + " FILE, or --jdbc URL --sql QUERY");
        BadInput.throwIf(
                file != null && given.has(DatabaseOptions.SQL),
                option + " " + file + " and --sql: expected one or the other");
        List<Example> examples = file != null && DataFormat.name(file).endsWith(".txt") && !format.isGiven()
                ? lines(option, file, column, given)
                : rows(option, file, column, format, given);
        return examples.stream().map(Example::first).toList();
    }

    private static List<Example> lines(String option, Path file, String column, TaskOptions given) throws IOException {
        require(option, file);
        BadInput.throwIf(column != null, option + " " + file + ": is a file of lines, expected no --text " + column);
        List<Example> all = new ArrayList<>();
        try (LineReader lines = given.table(file.toString()).text().open()) {
            new TextLines(file.toString(), Optional.of(false)).forEach(lines, all::addAll);
        }
        return all;
    }

    private static List<Example> rows(
            String option, Path file, String column, TableFormatOption format, TaskOptions given) throws IOException {
        LabelledData.FromFiles table = LabelledData.classification(table(option, file, format, given));
        return (column == null ? table : table.text(column)).texts();
    }

    /** Returns the table: the file, or the query if that is null. */
    static Table table(String option, Path file, TableFormatOption format, TaskOptions given) {
        if (file == null) {
            return DatabaseOptions.query(given, DatabaseOptions.SQL);
        }
        require(option, file);
        Table table = given.table(file.toString());
        return format.asked().map(table::format).orElse(table);
    }
}

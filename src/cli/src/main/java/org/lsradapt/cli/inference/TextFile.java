package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;

/** Reads texts from a file: a {@code .txt} with one per line, or a column of a table. */
final class TextFile {

    private TextFile() {}

    /** Throws if the file does not exist or is a folder. A pipe, such as a shell's {@code <(command)}, is accepted. */
    static void require(String option, Path file) {
        BadInput.throwIf(
                !Files.exists(file) || Files.isDirectory(file), option + " " + file + ": there is no such file");
    }

    /**
     * Reads the texts.
     *
     * @param option the option that names the file, for messages
     * @param file a file of lines, CSV, TSV or JSON lines
     * @param column the column of a table, or null for {@code text}
     * @param format the format of a table; if it is given, a {@code .txt} is read as a table
     */
    static List<String> read(String option, Path file, String column, TableFormatOption format) throws IOException {
        require(option, file);
        List<Example> examples;
        if (file.toString().endsWith(".txt") && !format.isGiven()) {
            BadInput.throwIf(
                    column != null, option + " " + file + ": is a file of lines, expected no --text " + column);
            try (InputStream in = Files.newInputStream(file)) {
                examples = new TextLines(file.toString(), Optional.of(false)).read(in);
            }
        } else {
            LabelledData.FromFiles table = LabelledData.classification(file);
            format.asked().ifPresent(table::format);
            examples = (column == null ? table : table.text(column)).texts();
        }
        return examples.stream().map(Example::first).toList();
    }
}

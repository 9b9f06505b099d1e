package org.lsradapt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.PredictionInputs;

/** Texts out of a file: a {@code .txt} of lines, or a column of a table. */
final class TextFile {

    private TextFile() {}

    /** Refuses what is not there, or a folder; a pipe, such as a shell's {@code <(command)}, will do. */
    static void require(String option, Path file) {
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new BadInput(option + " " + file + ": there is no such file");
        }
    }

    /**
     * Reads them.
     *
     * @param option which option names the file, for messages
     * @param file a file of lines, CSV, TSV or JSON lines
     * @param column the column of a table, or null for {@code text}
     * @param format how a table is written; a {@code .txt} is one if it is given
     */
    static List<String> read(String option, Path file, String column, TableFormatOption format) throws IOException {
        require(option, file);
        List<Example> examples;
        if (file.toString().endsWith(".txt") && !format.isGiven()) {
            if (column != null) {
                throw new BadInput(option + " " + file + ": is a file of lines, expected no --text " + column);
            }
            try (InputStream in = Files.newInputStream(file)) {
                examples = new TextLines(file.toString(), Optional.of(false)).read(in);
            }
        } else {
            PredictionInputs.Reader reader = PredictionInputs.from(file);
            format.asked().ifPresent(reader::format);
            examples = (column == null ? reader : reader.text(column)).read().examples();
        }
        return examples.stream().map(Example::first).toList();
    }
}

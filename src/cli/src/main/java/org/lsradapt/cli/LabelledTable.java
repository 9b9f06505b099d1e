package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.AnswerData;
import org.lsradapt.tasks.DataFormat;
import org.lsradapt.tasks.MultiLabelData;
import org.lsradapt.tasks.PredictionInputs;
import org.lsradapt.tasks.TokenData;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that describe the columns and the format of a table of texts with labels. */
final class LabelledTable {
    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(
            names = "--text",
            split = ",",
            paramLabel = "COLUMN",
            description = "Text column of a table, or both columns of a pair. Default: text.")
    private List<String> text = List.of();

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            description = "Column of the expected labels or numbers in a table. Default: label.")
    private String label;

    /** Whether any of these options was given. */
    boolean isGiven() {
        return hasColumns() || format.isGiven();
    }

    /** Whether a column was given. */
    boolean hasColumns() {
        return !text.isEmpty() || label != null;
    }

    TableFormatOption format() {
        return format;
    }

    /** Returns the column of the labels, {@code label} by default. */
    String label() {
        return label == null ? "label" : label;
    }

    /** Sets up reading the file as words with tags. */
    TokenData.FromFile words(Path file, TokenOptions tokens) {
        return tokens.file(file, format.asked(), text, label);
    }

    /** Sets up reading the file as texts with several labels. */
    MultiLabelData.FromFile several(Path file, MultiLabelOptions several) {
        return several.file(file, format.asked(), text, label);
    }

    /** Sets up reading the file as questions about passages. */
    AnswerData.FromFile questions(Path file, TokenOptions tokens) {
        AnswerData.FromFile questions = AnswerData.of(file).offsets(tokens.offsets());
        format.asked().ifPresent(asked -> {
            if (asked != DataFormat.JSON_LINES) {
                throw new BadInput("--format " + asked.label() + ": questions about passages are read from SQuAD's"
                        + " JSON, which needs no --format, or from json-lines");
            }
            questions.jsonLines();
        });
        return questions;
    }

    /**
     * Reads a table.
     *
     * @param labels the classes in the order of the outputs; empty for a regression
     */
    PredictionInputs read(Path table, List<String> labels) throws IOException {
        PredictionInputs.Reader reader = PredictionInputs.from(table);
        format.asked().ifPresent(reader::format);
        switch (text.size()) {
            case 0 -> {}
            case 1 -> reader.text(text.get(0));
            case 2 -> reader.text(text.get(0), text.get(1));
            default ->
                throw new BadInput("--text " + String.join(",", text) + ": expected one column, or two for pairs");
        }
        return reader.label(label(), labels).read();
    }
}

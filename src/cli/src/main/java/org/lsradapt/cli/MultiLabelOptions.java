package org.lsradapt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.DataFormat;
import org.lsradapt.tasks.MultiLabelData;
import picocli.CommandLine.Option;

/** The options that describe tables of texts with several labels. */
final class MultiLabelOptions {
    private static final String COLUMN = "labels";
    private static final String COMMA = ",";

    @Option(
            names = "--separator",
            paramLabel = "TEXT",
            description = "labels: the separator between labels in their column. Default: a comma.")
    private String separator;

    @Option(
            names = "--label-columns",
            split = ",",
            paramLabel = "COLUMN",
            description =
                    "labels: columns of 0 and 1, one per label and named after it, instead of one column of labels.")
    private List<String> columns = List.of();

    /** Whether any of these options was given. */
    boolean isGiven() {
        return separator != null || !columns.isEmpty();
    }

    /**
     * Sets up reading a file.
     *
     * @param text {@code --text}, up to two columns
     * @param label {@code --label}, or null
     */
    MultiLabelData.FromFile file(Path file, Optional<DataFormat> format, List<String> text, @Nullable String label) {
        MultiLabelData.FromFile data = MultiLabelData.of(file);
        format.ifPresent(data::format);
        switch (text.size()) {
            case 0 -> {}
            case 1 -> data.text(text.get(0));
            case 2 -> data.text(text.get(0), text.get(1));
            default ->
                throw new BadInput("--text " + String.join(",", text) + ": expected one column, or two for pairs");
        }
        if (columns.isEmpty()) {
            return data.labels(label == null ? COLUMN : label, separator == null ? COMMA : separator);
        }
        if (label != null || separator != null) {
            throw new BadInput("--label-columns " + String.join(",", columns) + ": found "
                    + (label == null ? "--separator" : "--label") + " as well, expected one or the other");
        }
        return data.labelColumns(columns);
    }
}

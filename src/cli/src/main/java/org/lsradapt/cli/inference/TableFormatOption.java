package org.lsradapt.cli.inference;

import java.util.Optional;
import org.lsradapt.data.DataFormat;
import picocli.CommandLine.Option;

final class TableFormatOption {

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Format of tables: csv, csv-semicolon, tsv, tsv-unquoted or json-lines. Default: by the"
                    + " extension .csv, .tsv, .jsonl, .ndjson or .json, perhaps with .gz.")
    private String format;

    Optional<DataFormat> asked() {
        return format == null ? Optional.empty() : Optional.of(DataFormat.named(format));
    }

    boolean isGiven() {
        return format != null;
    }
}

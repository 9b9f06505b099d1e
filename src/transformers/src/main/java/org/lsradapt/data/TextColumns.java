package org.lsradapt.data;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.files.DataRow;

/** The column of a text, or the two columns of a pair. */
public record TextColumns(String first, Optional<String> second) {

    /** All of these columns, then the others. */
    public List<String> and(String... others) {
        return Stream.of(Stream.of(first), second.stream(), Stream.of(others))
                .flatMap(columns -> columns)
                .toList();
    }

    /** Reads the texts of a row, without a label. */
    public Example read(DataRow row) throws IOException {
        return new Example(row.filled(first), second.isEmpty() ? null : row.filled(second.get()));
    }
}

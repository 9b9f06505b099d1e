package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.internal.files.DataRow;
import org.lsradapt.tasks.internal.files.JsonRow;

/**
 * Rows of data.
 *
 * @param source where they are from, for messages
 * @param all in their order
 */
record Rows<T>(String source, List<T> all) {

    /**
     * Makes something of a row of a file.
     *
     * @param <T> what it makes
     */
    @FunctionalInterface
    interface Mapper<T> {
        /** The row's content; an IOException says what is wrong with the row. */
        T map(DataRow row) throws IOException;
    }

    /**
     * Reads a file.
     *
     * @param format its format; empty where the extension tells it
     * @param needed the columns that are read, for messages
     * @return what the mapper makes of the rows, at least one
     * @throws IllegalArgumentException if the extension tells no format, or a column has no name or that of another
     * @throws IOException if the file has no rows, does not follow the format, or the mapper refuses a row
     */
    static <T> Rows<T> of(Path file, Optional<DataFormat> format, List<String> needed, Mapper<T> mapper)
            throws IOException {
        requireDifferent(needed);
        DataFormat known = format.orElseGet(() -> DataFormat.of(file));
        return new Rows<>(
                file.toString(),
                known == DataFormat.JSON_LINES
                        ? JsonRow.readAll(file, (row, number) -> List.of(mapper.map(row)))
                        : DelimitedRows.readAll(file, known, needed, mapper));
    }

    /** As {@link #of}, of rows that each make several. */
    static <T> Rows<T> flat(Path file, Optional<DataFormat> format, List<String> needed, Mapper<List<T>> mapper)
            throws IOException {
        return new Rows<>(
                file.toString(),
                of(file, format, needed, mapper).all.stream()
                        .flatMap(List::stream)
                        .toList());
    }

    /** Checks the names of columns. */
    static void requireDifferent(List<String> columns) {
        if (columns.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a column's name is empty, expected one of the header");
        }
        if (columns.stream().distinct().count() != columns.size()) {
            throw new IllegalArgumentException("columns " + String.join(", ", columns) + ": expected different ones");
        }
    }

    int size() {
        return all.size();
    }
}

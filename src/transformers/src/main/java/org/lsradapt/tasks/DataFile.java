package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.tasks.internal.DataRow;
import org.lsradapt.tasks.internal.JsonRow;

/** A file of one's own in any {@link DataFormat}. */
final class DataFile {

    /**
     * What makes something of a row.
     *
     * @param <T> what it makes
     */
    @FunctionalInterface
    interface Mapper<T> {
        /** The row's content; an IOException says what is wrong with the row. */
        T map(DataRow row) throws IOException;
    }

    private DataFile() {}

    /**
     * Reads all rows.
     *
     * @param needed the columns that are read, for messages
     * @return what the mapper makes of the rows, in their order, at least one
     * @throws IOException if the file has no rows, does not follow the format, or the mapper refuses a row
     */
    static <T> List<T> read(Path file, DataFormat format, List<String> needed, Mapper<T> mapper) throws IOException {
        return format == DataFormat.JSON_LINES
                ? JsonRow.readAll(file, (row, number) -> List.of(mapper.map(row)))
                : DelimitedRows.readAll(file, format, needed, mapper);
    }
}

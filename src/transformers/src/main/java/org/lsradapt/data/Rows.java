package org.lsradapt.data;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.StratifiedSplit;

/** @param all the rows in order */
public record Rows<T>(String source, List<T> all) {

    /** Converts a row of a file. */
    @FunctionalInterface
    public interface Mapper<T> {
        /** Converts the row; an IOException describes a problem with the row. */
        T map(DataRow row) throws IOException;
    }

    /**
     * Reads a table.
     *
     * @param needed the columns to read, for messages
     * @return the mapper's results, at least one
     * @throws IllegalArgumentException if the extension does not determine a format, or a column's name is empty or occurs twice
     * @throws IOException if the table has no rows, does not follow the format, or the mapper refuses a row
     */
    public static <T> Rows<T> of(Table table, List<String> needed, Mapper<T> mapper) throws IOException {
        requireDifferent(needed);
        return new Rows<>(table.toString(), table.read(needed, mapper));
    }

    /** Like {@link #of}, with rows that each give several results. */
    public static <T> Rows<T> flat(Table table, List<String> needed, Mapper<List<T>> mapper) throws IOException {
        return new Rows<>(
                table.toString(),
                of(table, needed, mapper).all.stream().flatMap(List::stream).toList());
    }

    static void requireDifferent(List<String> columns) {
        if (columns.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a column's name is empty, expected one of the header");
        }
        if (columns.stream().distinct().count() != columns.size()) {
            throw new IllegalArgumentException("columns " + String.join(", ", columns) + ": expected different ones");
        }
    }

    /** The chosen rows, or the others. */
    Rows<T> part(BitSet chosen, boolean which) {
        return new Rows<>(source, StratifiedSplit.part(all, chosen, which));
    }

    /** Returns the number of rows. */
    public int size() {
        return all.size();
    }
}

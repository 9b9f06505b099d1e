package org.lsradapt.tasks.internal;

import java.io.IOException;
import java.util.List;

/**
 * One row of a file of one's own, whatever its format: values by column name, with their place in the file at hand.
 */
public interface DataRow {

    /** The text of a column. */
    String text(String column) throws IOException;

    /** The texts of a column: one, or in JSON lines perhaps an array of them. */
    List<String> texts(String column) throws IOException;

    /** The value of a column that may be a word, a number, true or false. */
    String label(String column) throws IOException;

    /** Whether the row has a value in this column. */
    boolean has(String column);

    /** The columns that the row has, in their order. */
    List<String> columns();

    /** An exception about this row: file, line number, and what is wrong. */
    IOException failure(String message);

    /** An exception about one value of this row. */
    IOException failure(String column, String message);
}

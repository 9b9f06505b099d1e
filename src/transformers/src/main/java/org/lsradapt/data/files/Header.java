package org.lsradapt.data.files;

import java.io.IOException;
import java.util.List;
import org.lsradapt.data.rules.Quoted;

/**
 * The columns of a file, with messages about rows that do not match them.
 *
 * @param names all columns in order
 * @param needed the columns to read, for messages
 */
public record Header(LineReader lines, List<String> names, List<String> needed) {

    /** Returns the index of a column. */
    public int indexOf(String column) throws IOException {
        int index = names.indexOf(column);
        if (index < 0) {
            throw lines.failure(
                    1,
                    "the header has no column \"" + column + "\", expected " + String.join(", ", needed) + ", found "
                            + inWords());
        }
        if (names.lastIndexOf(column) != index) {
            throw lines.failure(1, "the header has two columns " + Quoted.value(column) + ", expected different names");
        }
        return index;
    }

    /** Creates an exception about a row with another number of columns, with a hint for too many. */
    public IOException wrongWidth(long line, int found, String hint) {
        return lines.failure(
                line,
                "found " + found + (found == 1 ? " column" : " columns") + ", expected " + names.size() + " ("
                        + inWords() + ")" + (found > names.size() ? hint : ""));
    }

    private String inWords() {
        return Quoted.shortened(String.join(", ", names));
    }
}

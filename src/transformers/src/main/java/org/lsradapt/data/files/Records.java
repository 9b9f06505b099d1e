package org.lsradapt.data.files;

import java.io.IOException;
import java.util.List;

/** Parses a delimited file into records. */
@FunctionalInterface
public interface Records {

    /** The next record, or null at the end of the file. */
    Fields next() throws IOException;

    /**
     * @param line the number of the line on which the record begins, from 1
     * @param values the fields, at least one
     * @param isEmptyLine whether the line has no characters; its one field is empty
     */
    record Fields(long line, List<String> values, boolean isEmptyLine) {}

    /** The records of a file without quoting: one per line from the next on; every tab ends a field. */
    static Records unquoted(LineReader lines) {
        return () -> {
            String line = lines.next();
            return line == null ? null : new Fields(lines.lineNumber(), List.of(line.split("\t", -1)), line.isEmpty());
        };
    }
}

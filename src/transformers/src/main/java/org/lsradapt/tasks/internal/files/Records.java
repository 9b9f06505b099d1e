package org.lsradapt.tasks.internal.files;

import java.io.IOException;
import java.util.List;

/** Takes a delimited file apart into records. */
@FunctionalInterface
public interface Records {

    /** The next record, or null at the end of the file. */
    Fields next() throws IOException;

    /**
     * A record.
     *
     * @param line the number of the line that it begins in, from 1
     * @param values its fields, one at least
     * @param isEmptyLine whether it is a line without a single character, whose one field is empty
     */
    record Fields(long line, List<String> values, boolean isEmptyLine) {}

    /** The records of a file without quoting: one per line from the next on, in which every tab ends a field. */
    static Records unquoted(LineReader lines) {
        return () -> {
            String line = lines.next();
            return line == null ? null : new Fields(lines.lineNumber(), List.of(line.split("\t", -1)), line.isEmpty());
        };
    }
}

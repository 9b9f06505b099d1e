package org.lsradapt.tasks.internal;

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
}

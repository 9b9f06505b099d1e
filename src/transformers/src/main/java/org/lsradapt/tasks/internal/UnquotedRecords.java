package org.lsradapt.tasks.internal;

import java.io.IOException;
import java.util.List;

/** The records of a file without quoting: one per line, in which every tab ends a field. */
public final class UnquotedRecords implements Records {

    private final LineReader lines;

    /**
     * Starts at the next line of a file.
     *
     * @param lines the file; not closed here
     */
    public UnquotedRecords(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public Records.Fields next() throws IOException {
        String line = lines.next();
        if (line == null) {
            return null;
        }
        return new Records.Fields(lines.lineNumber(), List.of(line.split("\t", -1)), line.isEmpty());
    }
}

package org.lsradapt.tasks;

import java.io.IOException;
import java.util.List;

/** The records of a file without quoting: one per line, in which every tab ends a field. */
final class UnquotedRecords implements DelimitedRows.Source {

    private final LineReader lines;

    /**
     * Starts at the next line of a file.
     *
     * @param lines the file; not closed here
     */
    UnquotedRecords(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public DelimitedRows.Fields next() throws IOException {
        String line = lines.next();
        if (line == null) {
            return null;
        }
        return new DelimitedRows.Fields(lines.lineNumber(), List.of(line.split("\t", -1)), line.isEmpty());
    }
}

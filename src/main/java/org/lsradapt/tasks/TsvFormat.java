package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tab-separated file in which each row is an example. There is no quoting and no escaping.
 *
 * <p>A row with fewer columns than the header is refused. One with more is read as far as the header goes, and a
 * warning gives the number of such rows in the file.
 *
 * @param columns all columns in their order for a file without a header; null where the header gives them
 * @param first the column of the first text
 * @param second the column of the second text, or null
 * @param label the column of the label
 */
record TsvFormat(List<String> columns, String first, String second, String label) {

    private static final Logger LOG = LoggerFactory.getLogger(TsvFormat.class);

    /** A file whose first line names the columns. */
    static TsvFormat withHeader(String first, String second, String label) {
        return new TsvFormat(null, first, second, label);
    }

    /**
     * Reads all rows.
     *
     * @param target what the label column may hold
     * @return the examples in the order of the rows, at least one
     * @throws IOException if the file is empty, or a column is missing, or a row has too few columns or an unknown
     *     label
     */
    List<Example> read(Path file, Target target) throws IOException {
        try (LineReader lines = new LineReader(file)) {
            List<String> header = columns == null ? readHeader(lines) : columns;
            int firstIndex = indexOf(first, header, lines);
            int secondIndex = second == null ? -1 : indexOf(second, header, lines);
            int labelIndex = indexOf(label, header, lines);
            List<Example> examples = new ArrayList<>();
            int tooWide = 0;
            for (String line = lines.next(); line != null; line = lines.next()) {
                String[] row = line.split("\t", -1);
                if (row.length < header.size()) {
                    throw lines.failure("found " + row.length + (row.length == 1 ? " column" : " columns")
                            + ", expected " + header.size() + " (" + Quoted.shortened(String.join(", ", header)) + ")");
                }
                tooWide += row.length > header.size() ? 1 : 0;
                double value = target.parse(row[labelIndex]);
                if (Double.isNaN(value)) {
                    throw lines.failure(target.complaint(row[labelIndex]));
                }
                examples.add(new Example(row[firstIndex], secondIndex < 0 ? null : row[secondIndex], value));
            }
            if (examples.isEmpty()) {
                throw new IOException(file + ": the file has no rows, expected at least one"
                        + (columns == null ? " after the header" : ""));
            }
            if (tooWide > 0) {
                LOG.warn("{}: {} of {} rows have more than {} columns; what follows was not read",
                        file, tooWide, examples.size(), header.size());
            }
            return examples;
        }
    }

    private List<String> readHeader(LineReader lines) throws IOException {
        String line = lines.next();
        if (line == null) {
            throw new IOException(lines.file() + ": the file is empty, expected a header with the columns " + needed());
        }
        return List.of(line.split("\t", -1));
    }

    private int indexOf(String column, List<String> header, LineReader lines) throws IOException {
        int index = header.indexOf(column);
        if (index < 0) {
            throw lines.failure("the header has no column \"" + column + "\", expected " + needed() + ", found "
                    + Quoted.shortened(String.join(", ", header)));
        }
        return index;
    }

    private String needed() {
        return first + ", " + (second == null ? "" : second + ", ") + label;
    }
}

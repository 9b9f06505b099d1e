package org.lsradapt.tasks.official;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.files.Header;
import org.lsradapt.data.files.LineReader;
import org.lsradapt.data.files.Records;
import org.lsradapt.data.rules.LabelParser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tab-separated file in which each row is an example. There is no quoting and no escaping.
 *
 * <p>A row with fewer columns than the header is refused. In a row with more columns the additional ones are ignored; a
 * warning gives the number of such rows in the file.
 *
 * @param columns all columns in order for a file without a header; null if the file has a header
 * @param second the column of the second text, or null
 */
record TsvFormat(List<String> columns, String first, String second, String label) {

    private static final Logger LOG = LoggerFactory.getLogger(TsvFormat.class);

    static TsvFormat withHeader(String first, String second, String label) {
        return new TsvFormat(null, first, second, label);
    }

    /**
     * Reads all rows.
     *
     * @param target the permitted content of the label column
     * @return the examples in the order of the rows, at least one
     * @throws IOException if the file is empty, a column is missing, or a row has too few columns or an unknown label
     */
    List<Example> read(Path file, LabelParser<Label> target) throws IOException {
        try (LineReader lines = new LineReader(file)) {
            Records records = Records.unquoted(lines);
            Header header = new Header(lines, columns == null ? readHeader(records, file) : columns, needed());
            int firstIndex = header.indexOf(first);
            int secondIndex = second == null ? -1 : header.indexOf(second);
            int labelIndex = header.indexOf(label);
            int width = header.names().size();
            List<Example> examples = new ArrayList<>();
            int tooWide = 0;
            for (Records.Fields fields = records.next(); fields != null; fields = records.next()) {
                List<String> row = fields.values();
                if (row.size() < width) {
                    throw header.wrongWidth(fields.line(), row.size(), "");
                }
                tooWide += row.size() > width ? 1 : 0;
                Label value = target.parse(row.get(labelIndex))
                        .orElseThrow(() -> lines.failure(target.complaint(row.get(labelIndex))));
                if (row.get(firstIndex).isBlank()
                        && (secondIndex < 0 || row.get(secondIndex).isBlank())) {
                    throw lines.failure("column \"" + first + "\" is empty, expected a text");
                }
                examples.add(new Example(row.get(firstIndex), secondIndex < 0 ? null : row.get(secondIndex), value));
            }
            if (examples.isEmpty()) {
                throw new IOException(file + ": the file has no rows, expected at least one"
                        + (columns == null ? " after the header" : ""));
            }
            if (tooWide > 0) {
                LOG.warn(
                        "{}: {} of {} rows have more than {} columns; the additional columns are ignored",
                        file,
                        tooWide,
                        examples.size(),
                        width);
            }
            return examples;
        }
    }

    private List<String> readHeader(Records records, Path file) throws IOException {
        Records.Fields fields = records.next();
        if (fields == null) {
            throw new IOException(
                    file + ": the file is empty, expected a header with the columns " + String.join(", ", needed()));
        }
        return fields.values();
    }

    private List<String> needed() {
        return second == null ? List.of(first, label) : List.of(first, second, label);
    }
}

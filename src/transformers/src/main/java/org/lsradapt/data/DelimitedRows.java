package org.lsradapt.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.data.files.CsvRecords;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.files.Header;
import org.lsradapt.data.files.LineReader;
import org.lsradapt.data.files.Records;
import org.lsradapt.data.files.TextSource;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rows of a comma- or tab-separated file with a header, one at a time. All rows are as wide as the header; empty lines are
 * skipped at the end of the file and refused elsewhere. For one thread.
 */
public final class DelimitedRows implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(DelimitedRows.class);

    private final LineReader lines;
    private final DataFormat format;
    private final Records source;
    private final Header header;
    private int rows;
    private int splitRows;

    private DelimitedRows(LineReader lines, DataFormat format, List<String> needed) throws IOException {
        this.lines = lines;
        this.format = format;
        source = format == DataFormat.TSV_UNQUOTED
                ? Records.unquoted(lines)
                : new CsvRecords(
                        lines,
                        format.separator(),
                        format == DataFormat.TSV
                                ? ", and where quotes are ordinary characters the format is "
                                        + DataFormat.TSV_UNQUOTED.label()
                                : "");
        header = header(source, lines, needed);
    }

    /**
     * Reads the header of a file.
     *
     * @param in the file's bytes; {@link #close()} closes it
     * @param file the file's name, for messages
     * @param format any format except {@link DataFormat#JSON_LINES}
     * @throws IllegalArgumentException if the format is JSON lines
     * @throws IOException if the file cannot be read or has no header
     */
    public static DelimitedRows open(InputStream in, String file, DataFormat format) throws IOException {
        if (format == DataFormat.JSON_LINES) {
            throw new IllegalArgumentException(file + ": the format is json-lines, expected one with a header");
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            LineReader lines = new LineReader(opened.add(in), file);
            return opened.release(new DelimitedRows(lines, format, List.of()));
        }
    }

    /** The names in the header, in order. */
    public List<String> columns() {
        return header.names();
    }

    /**
     * Reads the next row.
     *
     * @return one value per column; empty at the end of the file
     * @throws IOException if the row does not follow the format or has another width; the message names the file and the line
     */
    public Optional<List<String>> next() throws IOException {
        return Optional.ofNullable(nextFields()).map(Records.Fields::values);
    }

    /** The next row, or null at the end of the file. */
    private Records.Fields nextFields() throws IOException {
        Records.Fields fields = source.next();
        Records.Fields emptyLine = null;
        while (fields != null && fields.isEmptyLine()) {
            emptyLine = emptyLine == null ? fields : emptyLine;
            fields = source.next();
        }
        if (fields == null) {
            if (splitRows > 0) {
                LOG.warn(
                        "{}: {} of {} rows have tabs or line ends inside of quotes; where quotes are ordinary"
                                + " characters, the format is {}",
                        lines.file(),
                        splitRows,
                        rows,
                        DataFormat.TSV_UNQUOTED.label());
            }
            return null;
        }
        if (emptyLine != null) {
            throw lines.failure(emptyLine.line(), "found an empty line, expected a row");
        }
        if (fields.values().size() != header.names().size()) {
            throw header.wrongWidth(
                    fields.line(),
                    fields.values().size(),
                    format == DataFormat.TSV_UNQUOTED ? "" : "; a field with the separator must be in double quotes");
        }
        rows++;
        splitRows += format == DataFormat.TSV && fields.values().stream().anyMatch(DelimitedRows::isSplit) ? 1 : 0;
        return fields;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    /**
     * Reads all rows.
     *
     * @param needed the columns to read, for messages
     * @return the mapper's results, at least one
     */
    public static <T> List<T> readAll(Path file, DataFormat format, List<String> needed, Rows.Mapper<T> mapper)
            throws IOException {
        return readAll(TextSource.of(file), format, needed, mapper);
    }

    static <T> List<T> readAll(TextSource file, DataFormat format, List<String> needed, Rows.Mapper<T> mapper)
            throws IOException {
        try (LineReader lines = file.open()) {
            try {
                DelimitedRows table = new DelimitedRows(lines, format, needed);
                List<T> rows = new ArrayList<>();
                for (Records.Fields fields = table.nextFields(); fields != null; fields = table.nextFields()) {
                    rows.add(mapper.map(new TableRow(table.header, fields)));
                }
                if (rows.isEmpty()) {
                    throw new IOException(file + ": the file has no rows, expected at least one after the header");
                }
                return rows;
            } catch (IOException e) {
                Optional<DataFormat> likely = format.suggestion(lines.first());
                throw likely.isEmpty()
                        ? e
                        : new IOException(
                                e.getMessage() + "; by its header the file is "
                                        + likely.get().label() + ", expected --format "
                                        + likely.get().label() + ", in Java DataFormat." + likely.get(),
                                e);
            }
        }
    }

    private static Header header(Records source, LineReader lines, List<String> needed) throws IOException {
        Records.Fields first = source.next();
        String expected =
                ", expected a header" + (needed.isEmpty() ? "" : " with the columns " + String.join(", ", needed));
        if (first == null) {
            throw new IOException(lines.file() + ": the file is empty" + expected);
        }
        if (first.isEmptyLine()) {
            throw lines.failure(first.line(), "found an empty line" + expected);
        }
        Set<String> seen = new HashSet<>();
        for (String name : first.values()) {
            if (!name.isEmpty() && !seen.add(name)) {
                throw lines.failure(
                        first.line(),
                        "the header has two columns " + Quoted.value(name) + ", expected different names");
            }
        }
        return new Header(lines, first.values(), needed);
    }

    private static boolean isSplit(String value) {
        return value.chars().anyMatch(c -> c == '\t' || c == '\n' || c == '\r');
    }

    private record TableRow(Header header, Records.Fields fields) implements DataRow {

        @Override
        public String text(String column) throws IOException {
            return fields.values().get(header.indexOf(column));
        }

        @Override
        public List<String> columns() {
            return header.names();
        }

        @Override
        public IOException failure(String message) {
            return header.lines().failure(fields.line(), message);
        }
    }
}

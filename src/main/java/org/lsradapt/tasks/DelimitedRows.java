package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A comma- or tab-separated file of one's own, with a header. All rows are as wide as the header; empty lines at the
 * end of the file do not count, others are refused.
 */
final class DelimitedRows {

    private static final Logger LOG = LoggerFactory.getLogger(DelimitedRows.class);

    /** What takes a file apart. */
    @FunctionalInterface
    interface Source {
        /** The next record, or null at the end of the file. */
        Fields next() throws IOException;
    }

    /**
     * A record.
     *
     * @param line the number of the line that it begins in, from 1
     * @param values its fields, one at least
     * @param isEmptyLine whether it is a line without a single character, whose one field is empty
     */
    record Fields(long line, List<String> values, boolean isEmptyLine) {
    }

    private DelimitedRows() {
    }

    /**
     * Reads all rows.
     *
     * @param needed the columns that are read, for messages
     * @return what the mapper makes of the rows, at least one
     */
    static <T> List<T> readAll(Path file, DataFormat format, List<String> needed, DataFile.Mapper<T> mapper)
            throws IOException {
        try (LineReader lines = new LineReader(file)) {
            Source source = format == DataFormat.TSV_UNQUOTED
                    ? new UnquotedRecords(lines)
                    : new CsvRecords(lines, format.separator());
            Header header = header(source, lines, needed);
            List<T> rows = new ArrayList<>();
            int quotedTabs = 0;
            Fields emptyLine = null;
            for (Fields fields = source.next(); fields != null; fields = source.next()) {
                if (fields.isEmptyLine()) {
                    emptyLine = emptyLine == null ? fields : emptyLine;
                    continue;
                }
                if (emptyLine != null) {
                    throw lines.failure(emptyLine.line(), "found an empty line, expected a row");
                }
                if (fields.values().size() != header.names().size()) {
                    throw header.wrongWidth(fields.line(), fields.values().size(), format == DataFormat.TSV_UNQUOTED
                            ? "" : "; a field that holds the separator stands in double quotes");
                }
                quotedTabs += format == DataFormat.TSV && fields.values().stream().anyMatch(DelimitedRows::isSplit)
                        ? 1 : 0;
                rows.add(mapper.map(new TableRow(header, fields)));
            }
            if (rows.isEmpty()) {
                throw new IOException(file + ": the file has no rows, expected at least one after the header");
            }
            if (quotedTabs > 0) {
                LOG.warn("{}: {} of {} rows have tabs or line ends inside of quotes; where quotes are ordinary"
                        + " characters, the format is {}", file, quotedTabs, rows.size(), DataFormat.TSV_UNQUOTED.label());
            }
            return rows;
        }
    }

    private static Header header(Source source, LineReader lines, List<String> needed) throws IOException {
        Fields first = source.next();
        if (first == null) {
            throw new IOException(lines.file() + ": the file is empty, expected a header with the columns "
                    + String.join(", ", needed));
        }
        if (first.isEmptyLine()) {
            throw lines.failure(first.line(), "found an empty line, expected a header with the columns "
                    + String.join(", ", needed));
        }
        Set<String> seen = new HashSet<>();
        for (String name : first.values()) {
            if (!name.isEmpty() && !seen.add(name)) {
                throw lines.failure(first.line(), "the header has two columns " + Quoted.value(name)
                        + ", expected different names");
            }
        }
        return new Header(lines, first.values(), needed);
    }

    private static boolean isSplit(String value) {
        return value.indexOf('\t') >= 0 || value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0;
    }

    private record TableRow(Header header, Fields fields) implements DataRow {

        @Override
        public String text(String column) throws IOException {
            return fields.values().get(header.indexOf(column));
        }

        @Override
        public List<String> texts(String column) throws IOException {
            return List.of(text(column));
        }

        @Override
        public String label(String column) throws IOException {
            return text(column);
        }

        @Override
        public boolean has(String column) {
            return header.names().contains(column);
        }

        @Override
        public List<String> columns() {
            return header.names();
        }

        @Override
        public IOException failure(String message) {
            return header.lines().failure(fields.line(), message);
        }

        @Override
        public IOException failure(String column, String message) {
            return failure("column \"" + column + "\" " + message);
        }
    }
}

package org.lsradapt.data.files;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import de.siegmar.fastcsv.reader.RecordType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The records of a file with quoting, parsed by FastCSV. */
public final class CsvRecords implements Records {

    private final LineReader lines;
    private final String hint;
    private final Handler handler = new Handler();
    private final CloseableIterator<Records.Fields> records;

    /** Creates a reader of a file, not closed here, from its next line on, with a hint for messages about wrong quotes. */
    public CsvRecords(LineReader lines, char separator, String advice) {
        this.lines = lines;
        this.hint = "; a quote inside of quotes is written twice" + advice;
        this.records = CsvReader.builder()
                .fieldSeparator(separator)
                .skipEmptyLines(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .build(handler, lines.characters())
                .iterator();
    }

    @Override
    public Records.Fields next() throws IOException {
        try {
            return records.hasNext() ? records.next() : null;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (CsvParseException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            IOException failure = lines.failure(
                    handler.line,
                    lines.ended()
                            ? "a field of this row begins with a quote that is never closed, expected one more quote"
                                    + hint
                            : firstClause(e.getMessage()) + ", expected the end of the field after a closing quote"
                                    + hint);
            failure.initCause(e);
            throw failure;
        }
    }

    /** The first clause of the library's message in lower case, without the location that follows it. */
    private static String firstClause(String message) {
        int end = message.indexOf(" (record starting");
        String clause = end < 0 ? message : message.substring(0, end);
        return clause.substring(0, 1).toLowerCase(Locale.ROOT) + clause.substring(1);
    }

    private static final class Handler extends AbstractBaseCsvCallbackHandler<Records.Fields> {

        private long line;
        private List<String> values = new ArrayList<>();

        @Override
        protected void handleBegin(long startingLineNumber) {
            line = startingLineNumber;
            values = new ArrayList<>();
        }

        @Override
        protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
            values.add(new String(buffer, offset, length));
        }

        @Override
        protected void handleEmpty() {
            values.add("");
        }

        @Override
        protected Records.Fields buildRecord() {
            return new Records.Fields(line, values, getRecordType() == RecordType.EMPTY);
        }
    }
}

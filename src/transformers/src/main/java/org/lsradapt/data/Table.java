package org.lsradapt.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.lsradapt.data.files.DatabaseQuery;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.files.TextSource;
import org.lsradapt.lsr.internal.Require;

/**
 * The place of rows with named columns: a file, a stream, or the result of a database's query. Every data class that reads a file
 * takes a table as well.
 *
 * <pre>{@code
 * Table rows = Table.query(dataSource, "SELECT body AS text, folder AS label FROM mails");
 * LabelledData mails = LabelledData.classification(rows).read();
 * LabelledData old = LabelledData.classification(Table.of(Path.of("old.csv")).encoding(StandardCharsets.UTF_16)).read();
 * }</pre>
 *
 * <p>Immutable and thread-safe, as far as the stream or the data source is.
 */
public final class Table {
    private static final int MOST_REFUSED = 100;

    private final Optional<Path> file;
    private final Optional<TextSource> text;
    private final Optional<DatabaseQuery> query;
    private final Optional<DataFormat> format;

    private Table(
            Optional<Path> file,
            Optional<TextSource> text,
            Optional<DatabaseQuery> query,
            Optional<DataFormat> format) {
        this.file = file;
        this.text = text;
        this.query = query;
        this.format = format;
    }

    /** Opens connections to a database. */
    @FunctionalInterface
    public interface Connections {
        /** Opens a connection, which the caller closes. */
        Connection open() throws SQLException;
    }

    /** Returns a file in UTF-8, compressed by gzip or not. Its extension determines the format. */
    public static Table of(Path path) {
        Objects.requireNonNull(path, "file");
        return new Table(Optional.of(path), Optional.of(TextSource.of(path)), Optional.empty(), Optional.empty());
    }

    /**
     * Returns a stream in UTF-8, compressed by gzip or not, whose first line determines the format. It is read to its end when it is
     * first needed, kept in memory, and never closed.
     */
    public static Table of(InputStream in, String name) {
        return new Table(Optional.empty(), Optional.of(TextSource.of(in, name)), Optional.empty(), Optional.empty());
    }

    /**
     * Returns a file of the class path in UTF-8, such as the {@code org/lsradapt/samples/definitions.csv} that comes with the artifact
     * lsr-adapt. Its first line determines the format.
     *
     * @param name the path inside its folder or jar
     * @throws IOException if nothing has that name, or it cannot be read
     */
    public static Table resource(String name) throws IOException {
        ClassLoader own = Table.class.getClassLoader();
        ClassLoader ofCaller = Thread.currentThread().getContextClassLoader();
        try (InputStream in = (ofCaller == null ? own : ofCaller).getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("resource " + name + ": found no such file on the class path, expected one, named"
                        + " without a leading slash");
            }
            return of(new ByteArrayInputStream(in.readAllBytes()), name);
        }
    }

    /** Returns the result of a query; see {@link #query(Connections, String)}. */
    public static Table query(DataSource database, String sql) {
        return query(database::getConnection, sql);
    }

    /**
     * Returns the result of a query, which runs whenever the rows are read, in a transaction that is rolled back, on a connection that
     * is closed then. Rows are streamed.
     *
     * <p>Columns are found by name. Names that the database turns into capitals are in small letters. Texts, numbers, booleans, dates,
     * times, UUIDs and arrays of these are converted; other types are refused with the row and the column.
     *
     * @param sql a query, without parameters
     */
    public static Table query(Connections database, String sql) {
        return new Table(
                Optional.empty(),
                Optional.empty(),
                Optional.of(new DatabaseQuery(database::open, sql)),
                Optional.empty());
    }

    /** Returns the same text in another format; a query has none. */
    public Table format(DataFormat other) {
        refuseQuery("format " + other.label());
        return new Table(file, text, query, Optional.of(other));
    }

    /** Returns the same bytes in another encoding; a query has none. */
    public Table encoding(Charset other) {
        refuseQuery("encoding " + other);
        return new Table(file, text.map(known -> known.encoding(other)), query, format);
    }

    private void refuseQuery(String setting) {
        Require.argument(query.isEmpty(), "%s: found %s, expected it for files only", this, setting);
    }

    /** Returns another file, with the encoding of this text and, if it is set, its format. */
    public Table at(Path other) {
        return query.isPresent()
                ? of(other)
                : new Table(Optional.of(other), text.map(known -> known.at(other)), query, format);
    }

    /** Returns the file; empty for a stream or a query. */
    public Optional<Path> file() {
        return file;
    }

    /** Returns the text, for data that is no table of one format; a query has none. */
    public TextSource text() {
        return text.orElseThrow(() -> new IllegalArgumentException(
                this + ": this data is read from files only, expected a file or standard input"));
    }

    /** Whether the format or the extension makes this a table. */
    public boolean isTold() {
        return text.isEmpty()
                || format.isPresent()
                || file.filter(DataFormat::isTold).isPresent();
    }

    /** Returns the format of a text: the named one, or that of the extension or of the first line. */
    public DataFormat format() throws IOException {
        if (format.isPresent() || file.isPresent()) {
            return format.orElseGet(() -> DataFormat.of(file.get()));
        }
        return DataFormat.of(text());
    }

    <T> List<T> read(List<String> needed, Rows.Mapper<T> mapper) throws IOException {
        try {
            return readAll(needed, mapper);
        } catch (IOException first) {
            if (query.isEmpty()) {
                addOthers(first, needed, mapper);
            }
            throw first;
        }
    }

    private <T> List<T> readAll(List<String> needed, Rows.Mapper<T> mapper) throws IOException {
        if (query.isPresent()) {
            return query.get().readAll(needed, mapper::map);
        }
        return format() == DataFormat.JSON_LINES
                ? JsonRow.readAll(text(), (row, number) -> List.of(mapper.map(row)))
                : DelimitedRows.readAll(text(), format(), needed, mapper);
    }

    /** Adds the refusals of further rows to the first one, as suppressed exceptions, so that a check can say them all. */
    private void addOthers(IOException first, List<String> needed, Rows.Mapper<?> mapper) {
        Map<String, IOException> refused = new LinkedHashMap<>();
        try {
            readAll(needed, row -> {
                try {
                    return Optional.of(mapper.map(row));
                } catch (IOException e) {
                    refused.putIfAbsent(e.getMessage(), e);
                    return Optional.empty();
                }
            });
        } catch (IOException e) {
            refused.putIfAbsent(e.getMessage(), e);
        }
        refused.remove(first.getMessage());
        refused.values().stream().limit(MOST_REFUSED).forEach(first::addSuppressed);
    }

    /** Returns the file, the name of the stream or the query, for messages. */
    @Override
    public String toString() {
        return query.map(DatabaseQuery::toString)
                .orElseGet(() -> text.orElseThrow().toString());
    }
}

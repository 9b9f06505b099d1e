package org.lsradapt.data.files;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lsradapt.data.rules.Quoted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of a query, streamed in a transaction that is rolled back. */
public final class DatabaseQuery {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseQuery.class);
    private static final int AT_ONCE = 1000;

    private final Opener database;
    private final String sql;

    /** Opens a connection. */
    @FunctionalInterface
    public interface Opener {
        /** Opens a connection, which the caller closes. */
        Connection open() throws SQLException;
    }

    /** Converts a row. */
    @FunctionalInterface
    public interface Mapper<T> {
        /** Converts the row; an IOException describes a problem with it. */
        T map(DataRow row) throws IOException;
    }

    /** Prepares a query. */
    public DatabaseQuery(Opener database, String sql) {
        this.database = database;
        this.sql = sql;
    }

    /**
     * Reads all rows.
     *
     * @param needed the columns to read, for messages
     * @return the mapper's results, at least one
     * @throws IOException if the database or the mapper refuses, or there are no rows
     */
    public <T> List<T> readAll(List<String> needed, Mapper<T> mapper) throws IOException {
        try (Connection connection = database.open()) {
            requireReadOnly(connection);
            boolean committing = connection.getAutoCommit();
            // PostgreSQL streams inside of a transaction only.
            connection.setAutoCommit(false);
            try (PreparedStatement statement =
                    connection.prepareStatement(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
                statement.setFetchSize(fetchSize(connection.getMetaData()));
                try (ResultSet result = statement.executeQuery()) {
                    return rows(result, columns(result, connection.getMetaData(), needed), mapper);
                }
            } finally {
                connection.rollback();
                connection.setAutoCommit(committing);
            }
        } catch (SQLException e) {
            throw new IOException(this + ": the database refuses: " + e.getMessage(), e);
        }
    }

    private static void requireReadOnly(Connection connection) throws SQLException {
        try {
            connection.setReadOnly(true);
        } catch (SQLException e) {
            // DuckDB and SQLite decide it when they connect; the rollback undoes changes there.
            LOG.debug("the connection cannot become read-only", e);
        }
    }

    /** MySQL's driver streams with a size of its own only, and otherwise reads everything first. */
    private static int fetchSize(DatabaseMetaData database) throws SQLException {
        return database.getDriverName().startsWith("MySQL") ? Integer.MIN_VALUE : AT_ONCE;
    }

    private DatabaseColumns columns(ResultSet result, DatabaseMetaData database, List<String> needed)
            throws SQLException, IOException {
        ResultSetMetaData described = result.getMetaData();
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= described.getColumnCount(); i++) {
            String name = described.getColumnLabel(i);
            boolean folded = database.storesUpperCaseIdentifiers() && name.equals(name.toUpperCase(Locale.ROOT));
            names.add(folded ? name.toLowerCase(Locale.ROOT) : name);
        }
        if (names.stream().distinct().count() < names.size()) {
            throw new IOException(this + ": the result has the columns " + Quoted.shortened(String.join(", ", names))
                    + ", expected different names");
        }
        return new DatabaseColumns(toString(), names, needed);
    }

    private <T> List<T> rows(ResultSet result, DatabaseColumns columns, Mapper<T> mapper)
            throws SQLException, IOException {
        List<T> rows = new ArrayList<>();
        while (result.next()) {
            rows.add(mapper.map(new DatabaseRow(columns, result, rows.size() + 1)));
        }
        if (rows.isEmpty()) {
            throw new IOException(this + ": the result has no rows, expected at least one");
        }
        return rows;
    }

    /** Returns the query, shortened, for messages. */
    @Override
    public String toString() {
        return "query " + Quoted.value(sql.strip());
    }
}

package org.lsradapt.data.files;

import java.io.IOException;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Clob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.lsradapt.data.rules.Quoted;

/** The current row of a query's result. Its values become texts in one way for all databases. */
record DatabaseRow(DatabaseColumns columnsOf, ResultSet result, int number) implements DataRow {

    @Override
    public String text(String column) throws IOException {
        return written(column, value(column));
    }

    @Override
    public List<String> texts(String column) throws IOException {
        if (!(value(column) instanceof Array array)) {
            return List.of(text(column));
        }
        List<String> texts = new ArrayList<>();
        for (Object element : elements(column, array)) {
            texts.add(written(column, element));
        }
        return texts;
    }

    @Override
    public List<Double> numbers(String column) throws IOException {
        List<Double> numbers = new ArrayList<>();
        for (String text : texts(column)) {
            numbers.add(number(column, text));
        }
        return numbers;
    }

    @Override
    public boolean isArray(String column) throws IOException {
        return value(column) instanceof Array;
    }

    @Override
    public List<String> columns() {
        return columnsOf.names();
    }

    @Override
    public IOException failure(String message) {
        return new IOException(columnsOf.query() + ", row " + number + ": " + message);
    }

    private Object value(String column) throws IOException {
        int index = columns().indexOf(column) + 1;
        if (index == 0) {
            throw new IOException(columnsOf.query() + ": the result has no column " + Quoted.value(column)
                    + ", expected " + String.join(", ", columnsOf.needed()) + ", found "
                    + Quoted.shortened(String.join(", ", columns())) + "; AS renames a column");
        }
        try {
            ResultSetMetaData described = result.getMetaData();
            return hasZone(described, index) ? result.getObject(index, OffsetDateTime.class) : result.getObject(index);
        } catch (SQLException e) {
            throw unreadable(column, e);
        }
    }

    /** A java.sql.Timestamp would depend on the zone of this machine. */
    private static boolean hasZone(ResultSetMetaData described, int index) throws SQLException {
        return described.getColumnType(index) == Types.TIMESTAMP_WITH_TIMEZONE
                || described.getColumnTypeName(index).toLowerCase(Locale.ROOT).equals("timestamptz");
    }

    private Object[] elements(String column, Array array) throws IOException {
        try {
            return (Object[]) array.getArray();
        } catch (SQLException | ClassCastException e) {
            throw unreadable(column, e);
        }
    }

    private String written(String column, Object value) throws IOException {
        if (value == null) {
            return "";
        } else if (value instanceof BigDecimal decimal) {
            return digits(decimal);
        } else if (value instanceof Double || value instanceof Float) {
            return digits(finite(column, (Number) value));
        } else if (value instanceof Timestamp time) {
            return written(column, time.toLocalDateTime());
        } else if (value instanceof LocalDateTime time) {
            return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
        } else if (value instanceof OffsetDateTime time) {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time.withOffsetSameInstant(ZoneOffset.UTC));
        } else if (value instanceof Clob text) {
            return content(column, text);
        } else if (value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof UUID
                || value instanceof java.sql.Date
                || value instanceof java.sql.Time
                || value instanceof java.time.LocalDate
                || value instanceof java.time.LocalTime) {
            return value.toString();
        }
        throw failure(
                column,
                "is of type " + typeName(column)
                        + ", expected a text, a number, a boolean, a date or a time; CAST(... AS VARCHAR) in the"
                        + " query makes a text of it");
    }

    private static String digits(BigDecimal decimal) {
        return decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
    }

    private BigDecimal finite(String column, Number value) throws IOException {
        if (!Double.isFinite(value.doubleValue())) {
            throw failure(column, "is " + value + ", expected a finite number");
        }
        return new BigDecimal(value.toString());
    }

    private String content(String column, Clob text) throws IOException {
        try {
            return text.getSubString(1, Math.toIntExact(text.length()));
        } catch (SQLException | ArithmeticException e) {
            throw unreadable(column, e);
        }
    }

    private String typeName(String column) throws IOException {
        try {
            return result.getMetaData().getColumnTypeName(columns().indexOf(column) + 1);
        } catch (SQLException e) {
            throw unreadable(column, e);
        }
    }

    private IOException unreadable(String column, Exception e) {
        IOException failure = failure(column, "cannot be read: " + e.getMessage());
        failure.initCause(e);
        return failure;
    }
}

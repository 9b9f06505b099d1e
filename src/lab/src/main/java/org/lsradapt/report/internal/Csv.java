package org.lsradapt.report.internal;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Comma-separated values without rounding; NaN, for an unknown value, becomes an empty cell. */
public final class Csv {
    private final StringBuilder text = new StringBuilder();

    public Csv(List<String> header) {
        add(header);
    }

    public void add(List<?> row) {
        text.append(row.stream().map(Csv::field).collect(Collectors.joining(",", "", "\n")));
    }

    private static String field(Object value) {
        String field = value.equals(Double.NaN) ? "" : value.toString();
        return field.matches("(?s).*[\",\r\n].*") ? "\"" + field.replace("\"", "\"\"") + "\"" : field;
    }

    public byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}

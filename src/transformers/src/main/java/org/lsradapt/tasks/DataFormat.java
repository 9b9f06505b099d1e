package org.lsradapt.tasks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a file of one's own is laid out. Every format is UTF-8, with or without a byte-order mark. */
public enum DataFormat {

    /**
     * Comma-separated with a header, as in RFC 4180: a field that begins with a double quote ends at the next one,
     * holds commas and line ends in between, and a quote inside it is written twice. A quote inside a field that does
     * not begin with one is an ordinary character.
     */
    CSV(','),

    /** As {@link #CSV}, with semicolons for commas, as spreadsheets write it where the comma is a decimal sign. */
    CSV_SEMICOLON(';'),

    /** As {@link #CSV}, with tabs for commas, as spreadsheets and data frames write it. */
    TSV('\t'),

    /**
     * Tab-separated with a header, without quoting: a double quote is an ordinary character wherever it stands, and no
     * field holds a tab or a line end. The files of GLUE have this form.
     */
    TSV_UNQUOTED('\t'),

    /** One JSON object per line. */
    JSON_LINES('\0');

    private static final Map<String, DataFormat> BY_EXTENSION =
            Map.of("csv", CSV, "tsv", TSV, "jsonl", JSON_LINES, "ndjson", JSON_LINES, "json", JSON_LINES);

    private static final Set<String> SPREADSHEETS = Set.of("xlsx", "xls", "xlsm", "ods", "numbers");

    private final char separator;

    DataFormat(char separator) {
        this.separator = separator;
    }

    /**
     * The format that a file's extension, in any case, stands for: .csv {@link #CSV}, .tsv {@link #TSV}, .jsonl,
     * .ndjson and .json {@link #JSON_LINES}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static DataFormat of(Path file) {
        DataFormat format = BY_EXTENSION.get(extension(file));
        if (format == null && SPREADSHEETS.contains(extension(file))) {
            throw new IllegalArgumentException(
                    file + ": this is a spreadsheet, expected a text file; save the sheet as \"CSV UTF-8\"");
        }
        if (format == null) {
            throw new IllegalArgumentException(file + ": the extension does not tell the format, expected .csv, .tsv,"
                    + " .jsonl, .ndjson or .json, or a format that is named: " + labels());
        }
        return format;
    }

    /** Whether a file's extension tells its format. */
    static boolean isTold(Path file) {
        return BY_EXTENSION.containsKey(extension(file));
    }

    /** In lower case; empty for none. */
    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** The name in options: {@code csv}, {@code csv-semicolon}, {@code tsv}, {@code tsv-unquoted} or {@code json-lines}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Finds a format.
     *
     * @param label as {@link #label} gives it
     * @throws IllegalArgumentException if there is none of that name
     */
    public static DataFormat named(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("format '" + label + "', expected one of " + labels()));
    }

    private static String labels() {
        return Arrays.stream(values()).map(DataFormat::label).collect(Collectors.joining(", "));
    }

    /**
     * The format that a header tells where it is not this one: the header has no separator of this one and one of that.
     *
     * @param header a file's first line; empty before it was read
     */
    Optional<DataFormat> suggestion(String header) {
        return header.indexOf(separator) >= 0
                ? Optional.empty()
                : Stream.of(TSV, CSV_SEMICOLON, CSV)
                        .filter(other -> header.indexOf(other.separator) >= 0)
                        .findFirst();
    }

    /** The separator of a row's fields; unused for {@link #JSON_LINES}. */
    char separator() {
        return separator;
    }
}

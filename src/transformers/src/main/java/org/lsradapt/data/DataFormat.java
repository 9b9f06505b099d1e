package org.lsradapt.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.data.files.LineReader;
import org.lsradapt.data.files.TextSource;
import org.lsradapt.lsr.internal.Require;

/** The layout of a user's data file: UTF-8 unless another encoding is named, compressed by gzip or not. */
public enum DataFormat {

    /**
     * Comma-separated with a header, as in RFC 4180: a field that begins with a double quote ends at the next one, may hold commas and
     * line ends, and doubles each quote inside it. A quote inside a field that does not begin with one is an ordinary character.
     */
    CSV(','),

    /** Like {@link #CSV} with semicolons instead of commas, as spreadsheets write it where the comma is the decimal separator. */
    CSV_SEMICOLON(';'),

    /** Like {@link #CSV} with tabs instead of commas, as spreadsheets and data frames write it. */
    TSV('\t'),

    /**
     * Tab-separated with a header, without quoting: a double quote is always an ordinary character, and no field holds a tab or a line
     * end. The files of GLUE have this form.
     */
    TSV_UNQUOTED('\t'),

    /** One JSON object per line, or a JSON array of objects. */
    JSON_LINES('\0');

    private static final Map<String, DataFormat> BY_EXTENSION =
            Map.of("csv", CSV, "tsv", TSV, "jsonl", JSON_LINES, "ndjson", JSON_LINES, "json", JSON_LINES);

    private static final Set<String> SPREADSHEETS = Set.of("xlsx", "xls", "xlsm", "ods", "numbers");

    private final char separator;

    DataFormat(char separator) {
        this.separator = separator;
    }

    /**
     * The format of a file's extension, in any case: .csv {@link #CSV}, .tsv {@link #TSV}, .jsonl, .ndjson and .json {@link #JSON_LINES}.
     * A further .gz is ignored.
     *
     * @throws IllegalArgumentException if the extension is a different one
     */
    public static DataFormat of(Path file) {
        DataFormat format = BY_EXTENSION.get(extension(file));
        Require.argument(format != null || !Files.isDirectory(file), "%s: this is a folder, expected a file", file);
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

    /** Whether a file's extension determines its format. */
    public static boolean isTold(Path file) {
        return BY_EXTENSION.containsKey(extension(file));
    }

    /** Returns the name of a file in lower case, without .gz. */
    public static String name(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return name.endsWith(".gz") ? name.substring(0, name.length() - ".gz".length()) : name;
    }

    /** The extension in lower case; empty if there is none. */
    private static String extension(Path file) {
        String name = name(file);
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    /** The name in command-line options: {@code csv}, {@code csv-semicolon}, {@code tsv}, {@code tsv-unquoted} or {@code json-lines}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Finds a format; the exception for an unknown name lists all. */
    public static DataFormat named(String label) {
        return Require.named("format", label, values(), DataFormat::label);
    }

    private static String labels() {
        return Arrays.stream(values()).map(DataFormat::label).collect(Collectors.joining(", "));
    }

    /** Suggests a format whose separator a header has, instead of this one's; empty before it is read. */
    Optional<DataFormat> suggestion(String header) {
        return header.indexOf(separator) >= 0
                ? Optional.empty()
                : Stream.of(TSV, CSV_SEMICOLON, CSV)
                        .filter(other -> header.indexOf(other.separator) >= 0)
                        .findFirst();
    }

    /** Returns the format of a text without a name: JSON if it begins like it, and otherwise by the separators in its header. */
    static DataFormat of(TextSource text) throws IOException {
        try (LineReader lines = text.open()) {
            String header = Objects.requireNonNullElse(lines.next(), "");
            return header.stripLeading().startsWith("{")
                            || header.stripLeading().startsWith("[")
                    ? JSON_LINES
                    : Stream.of(TSV, CSV, CSV_SEMICOLON)
                            .filter(format -> header.indexOf(format.separator) >= 0)
                            .findFirst()
                            .orElse(CSV);
        }
    }

    /** The separator of a row's fields; unused for {@link #JSON_LINES}. */
    char separator() {
        return separator;
    }
}

package org.lsradapt.data.checks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Cell;
import org.lsradapt.data.RowLabels.Edited;
import org.lsradapt.data.RowLabels.Form;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;

/**
 * Corrections of labels: a table with the columns {@code row}, {@code text}, {@code given} and {@code label}, as {@link LabelIssues}
 * writes it, of which {@code label} was edited. A row of the data gets that label; an empty label removes the row. Rows that the table
 * does not have stay. For words, there is a column {@code word}, and an empty label removes the whole text. Several labels are separated
 * by {@value #SEPARATOR}; {@value #NONE} is no label. Immutable.
 *
 * <pre>{@code
 * LabelledData better = data.corrected(Corrections.read(Path.of("label-issues.csv")));
 * }</pre>
 */
public final class Corrections implements RowLabels.Edit {
    static final String ROW = "row";
    static final String WORD = "word";
    static final String TEXT = "text";
    static final String SECOND_TEXT = "second_text";
    static final String GIVEN = "given";
    static final String LABEL = "label";

    /** The separator of several labels. */
    public static final String SEPARATOR = "|";

    /** The cell of a row without labels. */
    public static final String NONE = "(none)";

    private final String source;
    private final List<Entry> entries;

    private Corrections(String source, List<Entry> entries) {
        this.source = source;
        this.entries = entries;
    }

    /** A row of the table; indices are from 0. */
    private record Entry(
            Function<String, IOException> failure,
            int row,
            int cell,
            String text,
            Optional<String> secondText,
            String given,
            String label) {

        boolean removes() {
            return label.isEmpty();
        }
    }

    /** Reads a table of corrections, each of another row or word: CSV, TSV or JSON lines. */
    public static Corrections read(Path file) throws IOException {
        return read(Table.of(file));
    }

    /** Reads a table of corrections; see {@link #read(Path)}. */
    public static Corrections read(Table table) throws IOException {
        Set<List<Integer>> seen = new HashSet<>();
        Rows<Entry> rows = Rows.of(table, List.of(ROW, TEXT, GIVEN, LABEL), row -> {
            Entry entry = entry(row);
            if (!seen.add(List.of(entry.row, entry.cell))) {
                throw row.failure("row " + (entry.row + 1) + " of the data is named a second time, expected once");
            }
            return entry;
        });
        return new Corrections(rows.source(), rows.all());
    }

    private static Entry entry(DataRow row) throws IOException {
        return new Entry(
                row::failure,
                number(row, ROW) - 1,
                row.has(WORD) ? number(row, WORD) - 1 : 0,
                row.text(TEXT),
                row.has(SECOND_TEXT) ? Optional.of(row.text(SECOND_TEXT)) : Optional.empty(),
                row.label(GIVEN).strip(),
                row.label(LABEL).strip());
    }

    private static int number(DataRow row, String column) throws IOException {
        String value = row.label(column);
        if (!value.matches("[1-9][0-9]{0,8}")) {
            throw row.failure(column, "is " + Quoted.value(value) + ", expected a number from 1");
        }
        return Integer.parseInt(value);
    }

    @Override
    public <T> Edited<T> apply(RowLabels<T> data) throws IOException {
        Map<Integer, T> changed = new LinkedHashMap<>();
        Set<Integer> removed = new TreeSet<>();
        int labels = 0;
        for (Entry entry : entries) {
            Cell cell = requireFit(entry, data);
            List<Integer> wanted =
                    entry.removes() || entry.label.equals(entry.given) ? cell.labels() : parsed(entry, data);
            if (entry.removes()) {
                removed.add(entry.row);
            } else if (!wanted.equals(cell.labels())) {
                T row = changed.getOrDefault(entry.row, data.rows().get(entry.row));
                changed.put(entry.row, data.change().with(row, entry.cell, wanted));
                labels++;
            }
        }
        List<T> rows = new ArrayList<>();
        for (int row = 0; row < data.rows().size(); row++) {
            if (!removed.contains(row)) {
                rows.add(changed.getOrDefault(row, data.rows().get(row)));
            }
        }
        return new Edited<>(
                rows,
                String.format(
                        Locale.ROOT,
                        "corrections of %s: %,d labels changed, %,d rows removed",
                        source,
                        labels,
                        removed.size()));
    }

    private static <T> Cell requireFit(Entry entry, RowLabels<T> data) throws IOException {
        if (data.form() == Form.NUMBERS) {
            throw entry.failure.apply("the rows of the data have numbers, expected labels to correct");
        }
        if (entry.row >= data.rows().size()) {
            throw entry.failure.apply("is about row " + (entry.row + 1) + ", and the data has "
                    + data.rows().size() + " rows; expected corrections of this data");
        }
        List<Cell> cells = data.cells().apply(data.rows().get(entry.row));
        if (entry.cell >= cells.size()) {
            throw entry.failure.apply("is about word " + (entry.cell + 1) + " of row " + (entry.row + 1)
                    + ", which has " + cells.size() + " words; expected corrections of this data");
        }
        Cell cell = cells.get(entry.cell);
        boolean sameTexts = cell.text().equals(entry.text)
                && cell.secondText()
                        .equals(entry.secondText.filter(
                                second -> cell.secondText().isPresent() || !second.isEmpty()));
        if (!sameTexts) {
            throw entry.failure.apply("the text is " + Quoted.value(entry.text) + ", and that of row "
                    + (entry.row + 1) + " of the data is " + Quoted.value(cell.text())
                    + "; expected corrections of this data");
        }
        String given = joined(cell.labels().stream().map(data.labels()::get).toList(), data);
        if (!given.equals(entry.given)) {
            throw entry.failure.apply("the given label is " + Quoted.value(entry.given) + ", and row " + (entry.row + 1)
                    + " of the data has " + Quoted.value(given) + "; expected corrections of this data");
        }
        return cell;
    }

    private static List<Integer> parsed(Entry entry, RowLabels<?> data) throws IOException {
        Set<Integer> indices = new TreeSet<>();
        for (String name : data.form() == Form.SEVERAL ? several(entry, data) : List.of(entry.label)) {
            int index = data.labels().indexOf(name);
            if (index < 0) {
                throw entry.failure.apply("label " + Quoted.value(name) + " does not occur in the data (labels: "
                        + Quoted.shortened(String.join(", ", data.labels())) + ")");
            }
            indices.add(index);
        }
        return List.copyOf(indices);
    }

    private static List<String> several(Entry entry, RowLabels<?> data) throws IOException {
        for (String name : data.labels()) {
            if (name.contains(SEPARATOR) || name.equals(NONE)) {
                throw entry.failure.apply("the data has the label " + Quoted.value(name) + ", and in corrections "
                        + SEPARATOR + " separates labels and " + NONE + " is no label; rename it in the data first");
            }
        }
        return entry.label.equals(NONE)
                ? List.of()
                : Arrays.stream(entry.label.split(Pattern.quote(SEPARATOR), -1))
                        .map(String::strip)
                        .toList();
    }

    static String joined(List<String> names, RowLabels<?> data) {
        return data.form() != Form.SEVERAL ? names.get(0) : names.isEmpty() ? NONE : String.join(SEPARATOR, names);
    }
}

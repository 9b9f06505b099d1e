package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Controls;

/** A table as plain text or Markdown. The first columns are names, aligned left; the others are numbers, aligned right. */
public final class TextTable {

    private final List<String> header;
    private final int names;
    private final List<List<String>> rows = new ArrayList<>();
    private final Set<Place> highlighted = new HashSet<>();

    private record Place(int row, int column) {}

    /** Creates an empty table, the first columns of which, from the left, are names. */
    public TextTable(int names, List<String> header) {
        this.names = names;
        this.header = List.copyOf(header);
    }

    /** Adds a row, which has as many cells as the header. */
    public void add(List<String> cells) {
        if (cells.size() != header.size()) {
            throw new IllegalArgumentException("table: a row of " + cells.size() + " cells, expected " + header.size());
        }
        rows.add(List.copyOf(cells));
    }

    /** Sets a cell of the last row in bold type. */
    public void highlight(int column) {
        highlighted.add(new Place(rows.size() - 1, column));
    }

    boolean isHighlighted(int row, int column) {
        return highlighted.contains(new Place(row, column));
    }

    List<String> header() {
        return header;
    }

    /** Returns the number of columns, from the left, that are names. */
    int names() {
        return names;
    }

    List<List<String>> rows() {
        return List.copyOf(rows);
    }

    /** Returns aligned columns, with two spaces between them. Each line ends with a line feed. Control characters are escaped. */
    public String toText() {
        List<List<String>> all = new ArrayList<>();
        all.add(header);
        all.addAll(rows);
        all.replaceAll(row -> row.stream().map(Controls::escaped).toList());
        int[] widths = new int[header.size()];
        all.forEach(row ->
                Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length())));
        StringBuilder text = new StringBuilder();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(i == 0 ? "" : "  ").append(padded(row.get(i), widths[i], i < names));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Returns a Markdown table with escaped cells. Each line ends with a line feed. */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder();
        appendMarkdown(text, header.stream().map(MarkdownText::inline).toList());
        List<String> rule = new ArrayList<>();
        for (int i = 0; i < header.size(); i++) {
            rule.add(i < names ? "---" : "---:");
        }
        appendMarkdown(text, rule);
        for (int i = 0; i < rows.size(); i++) {
            int row = i;
            appendMarkdown(
                    text,
                    IntStream.range(0, header.size())
                            .mapToObj(column -> markdown(row, column))
                            .toList());
        }
        return text.toString();
    }

    private String markdown(int row, int column) {
        String cell = MarkdownText.inline(rows.get(row).get(column));
        return isHighlighted(row, column) ? "**" + cell + "**" : cell;
    }

    private static void appendMarkdown(StringBuilder text, List<String> row) {
        text.append(row.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    private static String padded(String cell, int width, boolean left) {
        String space = " ".repeat(width - cell.length());
        return left ? cell + space : space + cell;
    }
}

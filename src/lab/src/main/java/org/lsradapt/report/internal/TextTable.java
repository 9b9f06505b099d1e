package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table as plain text or Markdown: the first columns are names, set left, the others numbers, set right. */
public final class TextTable {

    private final List<String> header;
    private final int names;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * An empty table.
     *
     * @param names how many columns, from the left, are names
     */
    public TextTable(int names, List<String> header) {
        this.names = names;
        this.header = List.copyOf(header);
    }

    /** Adds a row of as many cells as the header has. */
    public void add(List<String> cells) {
        if (cells.size() != header.size()) {
            throw new IllegalArgumentException("table: a row of " + cells.size() + " cells, expected " + header.size());
        }
        rows.add(List.copyOf(cells));
    }

    List<String> header() {
        return header;
    }

    /** How many columns, from the left, are names. */
    int names() {
        return names;
    }

    List<List<String>> rows() {
        return List.copyOf(rows);
    }

    /** Aligned columns, two spaces between them; each line ends with a line feed. */
    public String toText() {
        List<Integer> widths = widths();
        StringBuilder text = new StringBuilder();
        for (List<String> row : all()) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(i == 0 ? "" : "  ").append(padded(row.get(i), widths.get(i), i < names));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** A Markdown table; each line ends with a line feed. */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder();
        appendMarkdown(text, header);
        List<String> rule = new ArrayList<>();
        for (int i = 0; i < header.size(); i++) {
            rule.add(i < names ? "---" : "---:");
        }
        appendMarkdown(text, rule);
        rows.forEach(row -> appendMarkdown(text, row));
        return text.toString();
    }

    private static void appendMarkdown(StringBuilder text, List<String> row) {
        text.append(row.stream()
                .map(cell -> cell.replace("|", "\\|").replaceAll("\\R", " "))
                .collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    private List<List<String>> all() {
        List<List<String>> all = new ArrayList<>();
        all.add(header);
        all.addAll(rows);
        return all;
    }

    private List<Integer> widths() {
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < header.size(); i++) {
            int column = i;
            widths.add(all().stream()
                    .mapToInt(row -> row.get(column).length())
                    .max()
                    .orElse(0));
        }
        return widths;
    }

    private static String padded(String cell, int width, boolean left) {
        String space = " ".repeat(width - cell.length());
        return left ? cell + space : space + cell;
    }
}

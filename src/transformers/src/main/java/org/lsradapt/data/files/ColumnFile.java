package org.lsradapt.data.files;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a file in the format of the CoNLL shared tasks: a word with its columns on each line, and empty lines between sentences. Columns
 * are separated by tabs if the first line of a word has one, otherwise by spaces. All lines have as many columns as the first one. Lines
 * that begin with {@code -DOCSTART-} are skipped. In a file with tabs, so are comments: lines that begin with {@code #} and have no tab.
 */
public final class ColumnFile {
    private static final String DOCUMENT = "-DOCSTART-";

    private final LineReader lines;
    private final List<List<Line>> sentences = new ArrayList<>();
    private List<Line> sentence = new ArrayList<>();
    private final boolean tabs;
    private int columns;
    private int first;

    /**
     * The line of a word.
     *
     * @param number the line's number in the file, from 1
     * @param columns the columns; none is empty
     */
    public record Line(int number, List<String> columns) {

        /** Describes the place of this line in a file. */
        public String place(Object file) {
            return file + ", line " + number;
        }
    }

    private ColumnFile(LineReader lines, boolean tabs) {
        this.lines = lines;
        this.tabs = tabs;
    }

    /**
     * Reads all sentences of a file.
     *
     * @return at least one sentence, each with at least one line of at least two columns
     * @throws IOException if the file cannot be read, has no line, or has a line with an empty column or another number of columns; the
     *     message names the file and the line
     */
    public static List<List<Line>> readAll(TextSource file) throws IOException {
        boolean tabs = hasTabs(file);
        try (LineReader lines = file.open()) {
            ColumnFile read = new ColumnFile(lines, tabs);
            for (String line = lines.next(); line != null; line = lines.next()) {
                read.add(line);
            }
            read.endSentence();
            if (read.sentences.isEmpty()) {
                throw new IOException(file + ": there is no word, expected one on each line, with its tag");
            }
            return read.sentences;
        }
    }

    /** Whether the first line that is not blank, a document break or a possible comment has a tab. */
    private static boolean hasTabs(TextSource file) throws IOException {
        try (LineReader lines = file.open()) {
            String line = lines.next();
            while (line != null && (isBreak(line) || line.startsWith("#")) && line.indexOf('\t') < 0) {
                line = lines.next();
            }
            return line != null && line.indexOf('\t') >= 0;
        }
    }

    private static boolean isBreak(String line) {
        return line.isBlank() || line.startsWith(DOCUMENT);
    }

    private void add(String line) throws IOException {
        if (isBreak(line)) {
            endSentence();
            return;
        }
        if (tabs && line.startsWith("#") && line.indexOf('\t') < 0) {
            return;
        }
        List<String> found = List.of(tabs ? line.split("\t", -1) : line.strip().split(" +"));
        if (columns == 0) {
            columns = found.size();
            first = lines.lineNumber();
            if (columns < 2) {
                throw lines.failure("found one column, expected a word and its tag, separated by a tab or spaces");
            }
        }
        if (found.size() != columns) {
            throw lines.failure("found " + found.size() + (found.size() == 1 ? " column" : " columns")
                    + " separated by " + (tabs ? "tabs" : "spaces") + ", expected " + columns + " as on line " + first);
        }
        if (found.stream().anyMatch(String::isBlank)) {
            throw lines.failure(
                    "column " + (1 + indexOfBlank(found)) + " is empty, expected a word, a tag or another text");
        }
        sentence.add(new Line(lines.lineNumber(), found));
    }

    private static int indexOfBlank(List<String> found) {
        int at = 0;
        while (!found.get(at).isBlank()) {
            at++;
        }
        return at;
    }

    private void endSentence() {
        if (!sentence.isEmpty()) {
            sentences.add(sentence);
            sentence = new ArrayList<>();
        }
    }
}

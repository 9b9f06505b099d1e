package org.lsradapt.tasks.internal.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file with a word on each line and its columns, sentences between empty lines, as the shared tasks of CoNLL have it. Columns are
 * separated by tabs where the first line of a word has one, else by spaces. All lines have as many columns as the first one. Lines that begin with
 * {@code -DOCSTART-} are passed over, and of a file with tabs those that begin with {@code #} and have none, which are comments.
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
     * A word's line.
     *
     * @param number its number in the file, from 1
     * @param columns what it has, none of them empty
     */
    public record Line(int number, List<String> columns) {

        /** Where it is, for messages. */
        public String place(Path file) {
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
     * @return at least one, each of at least one line of at least two columns
     * @throws IOException if the file cannot be read, has no line, or has a line with another number of columns or an empty one; the
     *     message names file and line
     */
    public static List<List<Line>> readAll(Path file) throws IOException {
        boolean tabs = hasTabs(file);
        try (LineReader lines = new LineReader(file)) {
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

    /** Whether the first line that is no comment, if those are possible, has a tab. */
    private static boolean hasTabs(Path file) throws IOException {
        try (LineReader lines = new LineReader(file)) {
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

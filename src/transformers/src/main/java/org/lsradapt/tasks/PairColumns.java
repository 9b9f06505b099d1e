package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.tasks.internal.DataRow;
import org.lsradapt.tasks.internal.Quoted;

/**
 * Which columns of a file are read as pairs.
 *
 * @param anchor the anchor
 * @param positive the positive; of an array of texts, each makes a pair
 * @param negatives the negatives; a row may lack any of them
 */
record PairColumns(String anchor, String positive, List<String> negatives) {

    PairColumns {
        requireDifferent(
                Stream.concat(Stream.of(anchor, positive), negatives.stream()).toList());
    }

    /** Checks the names of the columns of a file. */
    static void requireDifferent(List<String> columns) {
        if (columns.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a column's name is empty, expected one of the header");
        }
        if (columns.stream().distinct().count() != columns.size()) {
            throw new IllegalArgumentException("columns " + String.join(", ", columns) + ": expected different ones");
        }
    }

    /** A text that is there. */
    static String text(DataRow row, String column) throws IOException {
        return checked(row, column, row.text(column));
    }

    /** The pairs of a file, in the order of its rows, at least one. */
    List<TextPair> read(Path file, DataFormat format) throws IOException {
        Set<String> filled = new HashSet<>();
        List<TextPair> pairs = DataFile.read(file, format, names(), row -> pairs(row, filled)).stream()
                .flatMap(List::stream)
                .toList();
        for (String column : negatives) {
            if (!filled.contains(column)) {
                throw new IOException(
                        file + ": no row has a text in column " + Quoted.value(column) + ", expected negatives there");
            }
        }
        return pairs;
    }

    private List<String> names() {
        return Stream.concat(Stream.of(anchor, positive), negatives.stream()).toList();
    }

    private List<TextPair> pairs(DataRow row, Set<String> filled) throws IOException {
        String query = text(row, anchor);
        List<String> against = new ArrayList<>();
        for (String column : negatives) {
            for (String text : row.has(column) ? row.texts(column) : List.<String>of()) {
                if (!text.isBlank()) {
                    against.add(checked(row, column, text));
                    filled.add(column);
                }
            }
        }
        List<TextPair> pairs = new ArrayList<>();
        for (String text : row.texts(positive)) {
            pairs.add(new TextPair(query, checked(row, positive, text), against));
        }
        if (pairs.isEmpty()) {
            throw row.failure(positive, "is an empty array, expected a text");
        }
        return pairs;
    }

    private static String checked(DataRow row, String column, String text) throws IOException {
        Optional<String> complaint = Complaint.aboutText(text);
        if (complaint.isPresent()) {
            throw row.failure(column, complaint.get());
        }
        return text;
    }
}

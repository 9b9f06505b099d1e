package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.lsradapt.tasks.internal.LabelParser;
import org.lsradapt.tasks.internal.LabelSet;

/**
 * Labelled texts by key, such as the texts of each user.
 *
 * <pre>{@code
 * KeyedTexts mails = KeyedTexts.from(Path.of("mails.csv")).key("user").text("subject").label("folder").read(classes);
 * }</pre>
 *
 * @param labels the classes in index order
 * @param byKey texts or pairs with their labels, in row order; keys in the order of {@link String#compareTo}; copied
 */
public record KeyedTexts(List<String> labels, Map<String, List<Example>> byKey) {

    /** Copies the list and the map. */
    public KeyedTexts {
        labels = List.copyOf(labels);
        Map<String, List<Example>> copied = new TreeMap<>();
        byKey.forEach((key, examples) -> copied.put(key, List.copyOf(examples)));
        byKey = Collections.unmodifiableMap(copied);
    }

    /** Reads the rows of a file in the forms that {@link LabelledData} reads. */
    public static Reader from(Path file) {
        return new Reader(file);
    }

    /**
     * Takes texts in memory.
     *
     * @param labels the classes, at least two
     * @param texts the texts by key
     * @throws IllegalArgumentException if a text has another label; the message names the key
     */
    public static KeyedTexts of(List<String> labels, Map<String, List<LabelledText>> texts) {
        LabelParser<Label> classes = new LabelSet(labels, labels).as(Label.Category::new);
        Map<String, List<Example>> byKey = new TreeMap<>();
        texts.forEach((key, rows) -> {
            for (LabelledText row : rows) {
                if (classes.parse(row.label()).isEmpty()) {
                    throw new IllegalArgumentException("key '" + key + "': " + classes.complaint(row.label()));
                }
            }
            byKey.put(key, rows.stream().map(row -> row.example(classes)).toList());
        });
        return new KeyedTexts(labels, byKey);
    }

    /**
     * Returns the keys of a file's rows, in row order.
     *
     * @param format the file's format; empty to take it from the extension
     * @param column the column of the keys
     * @throws IOException as {@link Reader#read}
     */
    public static List<String> keys(Path file, Optional<DataFormat> format, String column) throws IOException {
        return Rows.of(file, format, List.of(column), row -> row.filledLabel(column))
                .all();
    }

    /** The number of rows of all keys together. */
    public long rows() {
        return byKey.values().stream().mapToLong(List::size).sum();
    }

    /** Reads a file. For one thread. */
    public static final class Reader {
        private final Path file;
        private Optional<DataFormat> format = Optional.empty();
        private TextColumns text = new TextColumns("text", Optional.empty());
        private String label = "label";
        private String key = "key";

        private Reader(Path file) {
            this.file = Objects.requireNonNull(file, "file");
        }

        /** Sets the format of the file; by default the extension determines it. */
        public Reader format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /** Sets the column of the text; "text" by default. */
        public Reader text(String column) {
            text = new TextColumns(column, Optional.empty());
            return this;
        }

        /** Sets the columns of a pair of texts. */
        public Reader text(String first, String second) {
            text = new TextColumns(first, Optional.of(second));
            return this;
        }

        /** Sets the column of the label; "label" by default. */
        public Reader label(String column) {
            label = column;
            return this;
        }

        /** Sets the column of the key, a word or a number; "key" by default. */
        public Reader key(String column) {
            key = column;
            return this;
        }

        /**
         * Reads the file.
         *
         * @param labels the classes in the order of a model's outputs, at least two
         * @throws IllegalArgumentException if the columns are not distinct or the extension does not determine a format
         * @throws IOException if the file cannot be read, does not follow its format or has an unexpected value; the message names the
         *     file, the line, what was found and what was expected
         */
        public KeyedTexts read(List<String> labels) throws IOException {
            LabelParser<Label> classes = new LabelSet(labels, labels).as(Label.Category::new);
            Map<String, List<Example>> byKey = new TreeMap<>();
            Rows.of(file, format, text.and(label, key), row -> {
                Example read = text.read(row).labelled(row.parsed(label, classes));
                return byKey.computeIfAbsent(row.filledLabel(key), one -> new ArrayList<>())
                        .add(read);
            });
            return new KeyedTexts(labels, byKey);
        }
    }
}

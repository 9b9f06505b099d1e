package org.lsradapt.data;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lsradapt.data.rules.LabelParser;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.lsr.internal.Require;

/**
 * Labelled texts by key, such as the texts of each user.
 *
 * <pre>{@code
 * KeyedTexts mails =
 *         LabelledData.classification(Path.of("mails.csv")).text("subject").label("folder").byKey("user", classes);
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

    /**
     * Takes texts in memory.
     *
     * @param labels the classes, at least two
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

    /** Returns the keys of a table's rows, in row order; see {@link LabelledData.FromFiles#byKey}. */
    public static List<String> keys(Table table, String column) throws IOException {
        return Rows.of(table, List.of(column), row -> row.filledLabel(column)).all();
    }

    /** Returns the texts of a key that there is, as training data without evaluation data. */
    public LabelledData data(String key) {
        Require.argument(byKey.containsKey(key), "data: there are no texts of key '%s'", key);
        return new OwnTask("key", labels, OwnTask.metrics(labels.size()), byKey.get(key), List.of()).load();
    }

    /** The number of rows of all keys together. */
    public long rows() {
        return byKey.values().stream().mapToLong(List::size).sum();
    }
}

package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;

/**
 * Vectors with their texts, as {@code embed} writes them: JSON lines with the fields "embedding", "text" and, optionally,
 * "id", one of the latter two at least.
 *
 * @param vectors the vectors in the order of the rows
 * @param texts the texts; empty where the file has ids alone
 * @param byKey the rows of each id and of each text
 */
@SuppressWarnings("ArrayRecordComponent")
record VectorFile(float[][] vectors, List<Optional<String>> texts, Map<String, List<Integer>> byKey) {
    private static final String VECTOR = "embedding";
    private static final String TEXT = "text";
    private static final String ID = "id";

    /** Reads a file, whose rows have vectors of one length, and an id or a text. */
    static VectorFile read(Table file) throws IOException {
        List<float[]> vectors = new ArrayList<>();
        List<Optional<String>> texts = new ArrayList<>();
        Map<String, List<Integer>> byKey = new HashMap<>();
        Rows.of(file, List.of(VECTOR), row -> {
            Optional<String> text = row.has(TEXT) ? Optional.of(row.text(TEXT)) : Optional.empty();
            Optional<String> id = row.has(ID) ? Optional.of(row.label(ID)) : Optional.empty();
            if (text.isEmpty() && id.isEmpty()) {
                throw row.failure("has neither \"" + ID + "\" nor \"" + TEXT + "\", expected one of them at least");
            }
            int number = vectors.size();
            vectors.add(vector(row, vectors));
            texts.add(text);
            id.ifPresent(key -> add(byKey, key, number));
            text.filter(key -> !id.equals(text)).ifPresent(key -> add(byKey, key, number));
            return number;
        });
        return new VectorFile(vectors.toArray(float[][]::new), texts, byKey);
    }

    private static void add(Map<String, List<Integer>> byKey, String key, int row) {
        byKey.computeIfAbsent(key, any -> new ArrayList<>()).add(row);
    }

    private static float[] vector(DataRow row, List<float[]> before) throws IOException {
        List<Double> numbers = row.numbers(VECTOR);
        int expected = before.isEmpty() ? numbers.size() : before.get(0).length;
        if (numbers.isEmpty() || numbers.size() != expected) {
            throw row.failure(
                    VECTOR,
                    "has " + numbers.size() + " numbers, expected "
                            + (before.isEmpty() ? "one at least" : expected + " as the rows before"));
        }
        float[] vector = new float[expected];
        for (int i = 0; i < expected; i++) {
            vector[i] = numbers.get(i).floatValue();
        }
        return vector;
    }

    /** Returns the rows of an id or a text; empty if there are none. */
    List<Integer> rows(String key) {
        return byKey.getOrDefault(key, List.of());
    }

    /** Returns the vectors of texts, in their order; the first row of a text that occurs twice. */
    float[][] of(Collection<String> some, Path file) throws IOException {
        List<float[]> found = new ArrayList<>();
        for (String text : some) {
            if (rows(text).isEmpty()) {
                throw new IOException(
                        file + ": has no vector of " + Quoted.value(text) + ", expected one for each query");
            }
            found.add(vectors[rows(text).get(0)]);
        }
        return found.toArray(float[][]::new);
    }
}

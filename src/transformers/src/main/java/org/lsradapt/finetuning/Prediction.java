package org.lsradapt.finetuning;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.data.Example;

/** A model's answer to an input, as programs print it. Immutable. */
@FunctionalInterface
public interface Prediction {

    /** Returns the input and the answer by name, for JSON, with the probabilities of all classes or labels if asked; new. */
    Map<String, Object> fields(boolean all);

    /** Returns the cells of a plain line, with all probabilities if asked; empty if the answer is printed as JSON only. */
    default Optional<List<String>> cells(boolean all) {
        return Optional.empty();
    }

    /**
     * Returns how certain the answer is: how much more probable the label is than the next one or, of several labels, how far the
     * probability that is closest to its threshold is from it; empty if there are no such probabilities.
     */
    default OptionalDouble margin() {
        return OptionalDouble.empty();
    }

    /** Returns the fields of a text or a pair of texts. */
    static Map<String, Object> texts(Example example) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", example.first());
        if (example.second() != null) {
            fields.put("second_text", example.second());
        }
        return fields;
    }

    /** Returns the cells of a label with its probability. */
    static List<String> pair(String label, double probability) {
        return List.of(label, String.format(Locale.ROOT, "%.4f", probability));
    }
}

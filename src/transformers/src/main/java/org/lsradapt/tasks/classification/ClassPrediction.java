package org.lsradapt.tasks.classification;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.Prediction;

/**
 * One of several classes.
 *
 * @param input the input by name, for JSON
 * @param last the last cell of a plain line
 * @param classes the classes with their probabilities
 */
public record ClassPrediction(Map<String, Object> input, Optional<String> last, Classification classes)
        implements Prediction {

    /** Returns the class of a text or a pair of texts. */
    public static Prediction ofText(Example example, Classification classes) {
        return new ClassPrediction(Prediction.texts(example), Optional.empty(), classes);
    }

    /** Returns the class of an image. */
    public static Prediction ofImage(String location, Classification classes) {
        return new ClassPrediction(Map.of("image", location), Optional.of(location), classes);
    }

    @Override
    public Map<String, Object> fields(boolean all) {
        Map<String, Object> fields = new LinkedHashMap<>(input);
        fields.put("label", classes.label());
        fields.put("probability", classes.probability());
        if (all) {
            Map<String, Double> byLabel = new LinkedHashMap<>();
            order().forEach(i ->
                    byLabel.put(classes.labels().get(i), classes.probabilities().get(i)));
            fields.put("probabilities", byLabel);
        }
        return fields;
    }

    @Override
    public Optional<List<String>> cells(boolean all) {
        List<Integer> shown = all ? order() : order().subList(0, 1);
        List<String> cells = new ArrayList<>();
        shown.forEach(i -> cells.addAll(
                Prediction.pair(classes.labels().get(i), classes.probabilities().get(i))));
        last.ifPresent(cells::add);
        return Optional.of(cells);
    }

    @Override
    public OptionalDouble margin() {
        return OptionalDouble.of(classes.probabilities().get(order().get(0))
                - classes.probabilities().get(order().get(1)));
    }

    /** Returns the classes by falling probability; equal ones keep the model's order. */
    private List<Integer> order() {
        return IntStream.range(0, classes.labels().size())
                .boxed()
                .sorted(Comparator.comparing(i -> -classes.probabilities().get(i)))
                .toList();
    }
}

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
 * @param answered whether the most probable class is the answer; without it the label is empty
 */
public record ClassPrediction(
        Map<String, Object> input, Optional<String> last, Classification classes, boolean answered)
        implements Prediction {

    /** Returns the class of a text or a pair of texts. */
    public static ClassPrediction ofText(Example example, Classification classes) {
        return new ClassPrediction(Prediction.texts(example), Optional.empty(), classes, true);
    }

    /** Returns the class of an image. */
    public static ClassPrediction ofImage(String location, Classification classes) {
        return new ClassPrediction(Map.of("image", location), Optional.of(location), classes, true);
    }

    /** Returns this prediction with its label, or an empty one if the label's probability is lower than the least. */
    public ClassPrediction from(OptionalDouble least) {
        return new ClassPrediction(input, last, classes, classes.probability() >= least.orElse(0));
    }

    @Override
    public Map<String, Object> fields(boolean all) {
        Map<String, Object> fields = new LinkedHashMap<>(input);
        fields.put("label", label());
        fields.put("probability", classes.probability());
        if (all) {
            Map<String, Double> byLabel = new LinkedHashMap<>();
            order().forEach(i ->
                    byLabel.put(classes.labels().get(i), classes.probabilities().get(i)));
            fields.put("probabilities", byLabel);
        }
        return fields;
    }

    private String label() {
        return answered ? classes.label() : "";
    }

    /** Returns the label and its probability, or all labels, also of an input without an answer. */
    @Override
    public Optional<List<String>> cells(boolean all) {
        List<String> cells = new ArrayList<>();
        if (all) {
            order().forEach(i -> cells.addAll(Prediction.pair(
                    classes.labels().get(i), classes.probabilities().get(i))));
        } else {
            cells.addAll(Prediction.pair(label(), classes.probability()));
        }
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

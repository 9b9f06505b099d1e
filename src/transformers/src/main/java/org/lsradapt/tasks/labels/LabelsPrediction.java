package org.lsradapt.tasks.labels;

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
 * Any number of labels.
 *
 * @param example the text or pair of texts
 */
public record LabelsPrediction(Example example, ChosenLabels labels) implements Prediction {
    @Override
    public Map<String, Object> fields(boolean all) {
        Map<String, Object> fields = Prediction.texts(example);
        fields.put("labels", labels.chosen());
        Map<String, Double> byLabel = new LinkedHashMap<>();
        shown(all).forEach(label -> byLabel.put(label, labels.probability(label)));
        fields.put("probabilities", byLabel);
        return fields;
    }

    @Override
    public Optional<List<String>> cells(boolean all) {
        return Optional.of(shown(all).stream()
                .flatMap(label -> Prediction.pair(label, labels.probability(label)).stream())
                .toList());
    }

    @Override
    public OptionalDouble margin() {
        return IntStream.range(0, labels.labels().size())
                .mapToDouble(i -> Math.abs(
                        labels.probabilities().get(i) - labels.thresholds().get(i)))
                .min();
    }

    private List<String> shown(boolean all) {
        return all
                ? labels.labels().stream()
                        .sorted(Comparator.comparing(label -> -labels.probability(label)))
                        .toList()
                : labels.chosen();
    }
}

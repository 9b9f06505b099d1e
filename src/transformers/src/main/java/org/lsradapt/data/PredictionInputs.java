package org.lsradapt.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;

/**
 * The texts of a file that a trained model is to label. If the file also has the right labels, predictions can be measured.
 *
 * <pre>{@code
 * PredictionInputs inputs =
 *         LabelledData.classification(Path.of("new.csv")).text("review").label("opinion").inputs(labels);
 * if (inputs.hasLabels()) {
 *     Map<String, Double> metrics = inputs.evaluate(outputs);
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param examples the texts in file order, at least one; either all or none have a label; copied
 * @param task the task of the labels, with the metrics of {@link LabelledData#task()}; empty without labels
 */
public record PredictionInputs(List<Example> examples, Optional<Task> task) {

    /** Copies the list. */
    public PredictionInputs {
        examples = List.copyOf(examples);
    }

    /** Whether the file has the requested labels. */
    public boolean hasLabels() {
        return task.isPresent();
    }

    /**
     * Compares a model's outputs with the labels, by the metrics of {@link LabelledData#task()}.
     *
     * @param outputs for each example, the finite logits or the value; not modified
     * @return the metrics by name; unmodifiable
     * @throws IllegalStateException if there are no labels
     * @throws IllegalArgumentException if the sizes disagree or an output is not finite
     */
    public Map<String, Double> evaluate(double[][] outputs) {
        return task.orElseThrow(() -> new IllegalStateException("evaluate: the file has no labels to compare with"))
                .evaluate(examples, outputs);
    }

    /** Computes the metrics on bootstrap samples of the rows; arguments and exceptions as for {@link #evaluate}. */
    public Resamples resamples(double[][] outputs) {
        return task.orElseThrow(() -> new IllegalStateException("resamples: the file has no labels to compare with"))
                .resamples(examples, outputs);
    }

    /**
     * A sentence on classes or labels that no row has. Their F1 cannot be measured and is not in the mean. Empty if each occurs, or
     * no labels.
     */
    public Optional<String> unmeasured() {
        Map<Integer, Integer> support = support();
        return task.filter(one -> !one.labels().isEmpty())
                .flatMap(one -> LabelScores.unmeasured(one.labels(), support::containsKey));
    }

    /** The sentences of {@link #unmeasured} and {@link LabelScores#scarce}; empty if there are none. */
    public List<String> notes() {
        Map<Integer, Integer> support = support();
        return Stream.concat(
                        unmeasured().stream(),
                        task
                                .flatMap(one ->
                                        LabelScores.scarce(one.labels(), index -> support.getOrDefault(index, 0)))
                                .stream())
                .toList();
    }

    private Map<Integer, Integer> support() {
        return examples.stream()
                .flatMapToInt(one -> one.label() instanceof Label.Several several
                        ? several.indices().stream().mapToInt(Integer::intValue)
                        : one.label() instanceof Label.Category category
                                ? IntStream.of(category.index())
                                : IntStream.empty())
                .boxed()
                .collect(Collectors.toMap(index -> index, index -> 1, Integer::sum));
    }
}

package org.lsradapt.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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

    /**
     * A sentence on classes or labels that no row has. Their F1 cannot be measured and is not in the mean. Empty if each occurs, or
     * no labels.
     */
    public Optional<String> unmeasured() {
        Set<Integer> found = examples.stream()
                .flatMapToInt(one -> one.label() instanceof Label.Several several
                        ? several.indices().stream().mapToInt(Integer::intValue)
                        : one.label() instanceof Label.Category category
                                ? IntStream.of(category.index())
                                : IntStream.empty())
                .boxed()
                .collect(Collectors.toSet());
        return task.filter(one -> !one.labels().isEmpty())
                .flatMap(one -> LabelScores.unmeasured(one.labels(), found::contains));
    }
}

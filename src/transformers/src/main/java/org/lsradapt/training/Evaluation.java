package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.ModelInput;

/** A measurement of a model on data that it is not trained on. */
public interface Evaluation {

    /**
     * A task's metrics.
     *
     * @param task what is measured, and in which order its metrics choose
     * @param examples examples with labels, at least one; copied
     */
    static Evaluation of(Task task, List<EncodedExample> examples) {
        return new TaskEvaluation(task, examples, PassExecutor.LOCAL);
    }

    /**
     * How well a causal language model predicts the tokens that are not given: {@code perplexity}, exp of
     * the mean of −log p over these tokens of all sequences together. Smaller is better.
     *
     * @param sequences at least one with a token to predict; copied
     */
    static Evaluation nextToken(List<? extends ModelInput> sequences) {
        return CallbackEvaluation.nextToken(sequences);
    }

    /**
     * Custom metrics.
     *
     * @param primaryMetric the one that chooses the best parameters; larger values are better
     * @param metrics gives finite values by name, that of the primary metric among them, for a model that it may ask
     *     for outputs; called in the thread that trains
     */
    static Evaluation of(String primaryMetric, Function<AdaptedModel, Map<String, Double>> metrics) {
        return of(List.of(primaryMetric), Stream::empty, metrics);
    }

    /**
     * Custom metrics, several of which choose, with the data that they are measured on.
     *
     * @param choosing the metrics that choose the best parameters, the primary one first, at least one; the first in which two
     *     evaluations differ decides, and larger values are better
     * @param evaluated as of {@link #evaluated()}, asked for where there are checkpoints
     * @param metrics gives finite values by name, as above
     */
    static Evaluation of(
            List<String> choosing, Supplier<Stream<?>> evaluated, Function<AdaptedModel, Map<String, Double>> metrics) {
        return of(choosing, evaluated, List.of(), metrics);
    }

    /**
     * As the other, of metrics whose memory can be counted before the training.
     *
     * @param largest as of {@link #largest()}
     */
    static Evaluation of(
            List<String> choosing,
            Supplier<Stream<?>> evaluated,
            List<? extends ModelInput> largest,
            Function<AdaptedModel, Map<String, Double>> metrics) {
        return new CallbackEvaluation(choosing, true, evaluated, List.copyOf(largest), metrics);
    }

    /**
     * The data that is measured on, in its order, so that a checkpoint of a training that was measured on other data is refused. The
     * text of each element, or its content if it is a {@link ModelInput}, tells it from any other. Empty unless it is overridden:
     * then nothing is compared.
     */
    default Stream<?> evaluated() {
        return Stream.empty();
    }

    /**
     * Inputs that have no fewer tokens than any batch of {@link #evaluate}, so that its memory can be counted before the training.
     * Empty unless it is overridden: then that memory is not counted.
     */
    default List<ModelInput> largest() {
        return List.of();
    }

    /** The metric that chooses the best parameters: a key of what {@link #evaluate} gives. */
    String primaryMetric();

    /** Whether larger values of {@link #primaryMetric()} are better. */
    boolean higherIsBetter();

    /**
     * Says which of two evaluations is the better one; the primary metric alone decides unless this is overridden. Of
     * evaluations that it calls equal, the one with the lower training loss is kept.
     *
     * @param one metrics that {@link #evaluate} gave
     * @param other metrics that it gave another time
     * @return a positive number if the first is better, a negative one if the second is, 0 if they are equal
     */
    default int compare(Map<String, Double> one, Map<String, Double> other) {
        int gain = (int) Math.signum(one.get(primaryMetric()) - other.get(primaryMetric()));
        return higherIsBetter() ? gain : -gain;
    }

    /** Told, after each {@link #evaluate} in training whose parameters are the best so far. */
    default void bestSoFar() {}

    /**
     * Measures a model with its parameters as they are now.
     *
     * @param model the model, whose objective is what is measured here
     * @return metrics by name, the primary one first
     * @throws DivergedException if an output or a metric is not finite
     */
    Map<String, Double> evaluate(AdaptedModel model);
}

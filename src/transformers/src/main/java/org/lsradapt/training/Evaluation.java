package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.data.Task;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.transformer.inputs.ModelInput;

/** Measures a model on data that it is not trained on. */
public interface Evaluation {

    /** Computes a task's metrics, in the order in which they choose, on labelled examples, at least one; copied. */
    static Evaluation of(Task task, List<EncodedExample> examples) {
        return new TaskEvaluation(task, examples, PassExecutor.LOCAL);
    }

    /**
     * Measures next-token prediction on the tokens that are not given: {@code perplexity}, exp of the mean of −log p over these tokens of
     * all sequences together. Smaller is better.
     *
     * @param sequences the sequences, at least one with a token to predict; copied
     */
    static Evaluation nextToken(List<? extends ModelInput> sequences) {
        return nextTokenByText(sequences.stream().map(List::of).toList());
    }

    /** Measures like {@link #nextToken}, with intervals over texts, of any number of windows each, instead of sequences. */
    static Evaluation nextTokenByText(List<? extends List<? extends ModelInput>> texts) {
        return CallbackEvaluation.nextToken(texts);
    }

    /**
     * Computes custom metrics.
     *
     * @param primaryMetric the metric that chooses the best parameters; larger values are better
     * @param metrics returns finite values by name, including the primary metric; it may ask the model for outputs, and runs in the
     *     training thread
     */
    static Evaluation of(String primaryMetric, Function<AdaptedModel, Map<String, Double>> metrics) {
        return of(List.of(primaryMetric), Stream::empty, metrics);
    }

    /**
     * Computes custom metrics, several of which choose, with their data.
     *
     * @param choosing the metrics that choose the best parameters, the primary one first, at least one; the first in which two
     *     evaluations differ decides, and larger values are better
     * @param evaluated supplies {@link #evaluated()}; called if there are checkpoints
     * @param metrics returns finite values by name, as above
     */
    static Evaluation of(
            List<String> choosing, Supplier<Stream<?>> evaluated, Function<AdaptedModel, Map<String, Double>> metrics) {
        return of(choosing, evaluated, List.of(), metrics);
    }

    /** Like the preceding method, for metrics whose memory can be counted before the training by {@link #largest()}. */
    static Evaluation of(
            List<String> choosing,
            Supplier<Stream<?>> evaluated,
            List<? extends ModelInput> largest,
            Function<AdaptedModel, Map<String, Double>> metrics) {
        return measuring(choosing, evaluated, largest, metrics.andThen(Measurement::ofWhole));
    }

    /** Like the preceding method, for metrics with finite values by name for each row, from which intervals are drawn. */
    static Evaluation measuring(
            List<String> choosing,
            Supplier<Stream<?>> evaluated,
            List<? extends ModelInput> largest,
            Function<AdaptedModel, Measurement> measured) {
        return new CallbackEvaluation(choosing, true, evaluated, List.copyOf(largest), measured);
    }

    /**
     * The evaluation data in order. A checkpoint of a training with other evaluation data is refused. Elements are compared by their
     * texts, or by their contents if they are {@link ModelInput}s. Empty by default: then nothing is compared.
     */
    default Stream<?> evaluated() {
        return Stream.empty();
    }

    /**
     * Inputs with at least as many tokens as any batch of {@link #evaluate}, for counting its memory before the training. Empty by
     * default: then that memory is not counted.
     */
    default List<ModelInput> largest() {
        return List.of();
    }

    /** The metric that chooses the best parameters: a key of the result of {@link #evaluate}. */
    String primaryMetric();

    /** Whether larger values of {@link #primaryMetric()} are better. */
    boolean higherIsBetter();

    /**
     * Compares two evaluations; by default the primary metric alone decides. Of two equal evaluations, the one with the lower training
     * loss is kept.
     *
     * @param other another result of {@link #evaluate}
     * @return a positive number if the first is better, a negative one if the second is, 0 if they are equal
     */
    default int compare(Map<String, Double> one, Map<String, Double> other) {
        int gain = (int) Math.signum(one.get(primaryMetric()) - other.get(primaryMetric()));
        return higherIsBetter() ? gain : -gain;
    }

    /** Called during training after each {@link #evaluate} whose parameters are the best so far. */
    default void bestSoFar() {}

    /**
     * Measures a model with its current parameters.
     *
     * @param model the model, with the objective that is measured
     * @return metrics by name, the primary one first
     * @throws DivergedException if an output or a metric is not finite
     */
    Map<String, Double> evaluate(AdaptedModel model);

    /** Returns the measurement of the best model, measured again after an interruption, with values by row; empty by default. */
    default Optional<Measurement> bestByRow(AdaptedModel best) {
        return Optional.empty();
    }
}

package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.ModelInput;

/** What a model is measured by, on data that it is not trained on. */
public interface Evaluation {

    /**
     * A task's metrics.
     *
     * @param task what is measured; larger values of its primary metric are better
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
        return new NextTokenEvaluation(sequences);
    }

    /**
     * Metrics of one's own.
     *
     * @param primaryMetric the one by which the best parameters are chosen; larger values are better
     * @param metrics gives finite values by name, that of the primary metric among them, for a model that it may ask
     *     for outputs; called in the thread that trains
     */
    static Evaluation of(String primaryMetric, Function<AdaptedModel, Map<String, Double>> metrics) {
        return of(primaryMetric, Stream::empty, metrics);
    }

    /**
     * As the other, with what is measured on, which a checkpoint is compared by.
     *
     * @param evaluated as of {@link #evaluated()}, asked for where there are checkpoints
     */
    static Evaluation of(
            String primaryMetric, Supplier<Stream<?>> evaluated, Function<AdaptedModel, Map<String, Double>> metrics) {
        return new CallbackEvaluation(primaryMetric, evaluated, metrics);
    }

    /**
     * What is measured on, in its order, so that a checkpoint of a training that was measured on something else is refused. The
     * text of each element, or its content if it is a {@link ModelInput}, tells it from any other. Empty unless it is overridden:
     * then nothing is compared.
     */
    default Stream<?> evaluated() {
        return Stream.empty();
    }

    /** The metric by which the best parameters are chosen: a key of what {@link #evaluate} gives. */
    String primaryMetric();

    /** Whether larger values of {@link #primaryMetric()} are better. */
    boolean higherIsBetter();

    /**
     * Measures a model with its parameters as they are now.
     *
     * @param model the model, whose objective is what is measured here
     * @return metrics by name, the primary one first
     * @throws DivergedException if an output or a metric is not finite
     */
    Map<String, Double> evaluate(AdaptedModel model);
}

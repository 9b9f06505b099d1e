package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.transformer.inputs.ModelInput;

/** Evaluates the outputs of a model's objective, and keeps the result of the best evaluation. */
public abstract class OutputEvaluation<R> implements Evaluation {
    private final List<ModelInput> inputs;
    private final PassExecutor passes;
    private Optional<R> last = Optional.empty();
    private Optional<R> best = Optional.empty();

    /** Creates an evaluation of the outputs for inputs, which are copied; {@code passes} computes them. */
    public OutputEvaluation(List<? extends ModelInput> inputs, PassExecutor passes) {
        this.inputs = List.copyOf(inputs);
        this.passes = passes;
    }

    /** Evaluates the outputs of the inputs, in their order. */
    protected abstract R result(double[][] outputs);

    /** Returns the metrics of a result by name, the primary one first. */
    protected abstract Map<String, Double> metrics(R result);

    /** Returns the metrics that choose the best parameters, the primary one first. */
    protected abstract List<String> choosing();

    private List<List<ModelInput>> batches() {
        return EvaluationBatches.of(inputs);
    }

    @Override
    public final List<ModelInput> largest() {
        return EvaluationBatches.largest(batches());
    }

    @Override
    public final String primaryMetric() {
        return choosing().get(0);
    }

    @Override
    public final boolean higherIsBetter() {
        return true;
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        return choosing().stream()
                .mapToInt(name -> Double.compare(one.get(name), other.get(name)))
                .filter(difference -> difference != 0)
                .findFirst()
                .orElse(0);
    }

    @Override
    public final void bestSoFar() {
        best = last;
    }

    @Override
    public final Map<String, Double> evaluate(AdaptedModel model) {
        last = Optional.of(measure(model));
        return metrics(last.get());
    }

    /** Returns the result of a training's best evaluation; empty if it took place before an interruption. */
    public final Optional<R> best() {
        return best;
    }

    /** Evaluates a model with its current parameters; throws a {@link DivergedException} if an output is not finite. */
    public final R measure(AdaptedModel model) {
        double[][] outputs = passes.outputs(model, batches());
        for (double[] scores : outputs) {
            for (double score : scores) {
                DivergedException.requireFinite(score, "a score in evaluation");
            }
        }
        return result(outputs);
    }
}

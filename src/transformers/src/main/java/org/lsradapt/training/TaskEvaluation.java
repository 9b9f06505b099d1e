package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.ModelInput;

/** Measures a task's metrics on examples, and keeps the outputs of the best evaluation for reuse. */
public final class TaskEvaluation implements Evaluation {
    private final Task task;
    private final List<EncodedExample> examples;
    private final PassExecutor passes;
    private Optional<double[][]> last = Optional.empty();
    private Optional<double[][]> best = Optional.empty();

    /**
     * Creates an evaluation.
     *
     * @param task the task
     * @param examples labelled examples, at least one; copied
     * @param passes computes the outputs
     */
    public TaskEvaluation(Task task, List<EncodedExample> examples, PassExecutor passes) {
        Require.argument(!examples.isEmpty(), "evaluation on %s: no examples, expected at least one", task.name());
        this.task = task;
        this.examples = List.copyOf(examples);
        this.passes = passes;
    }

    @Override
    public Stream<?> evaluated() {
        return Stream.concat(
                task.labels().stream(),
                examples.stream().flatMap(example -> Stream.of(example.example(), example.tokens())));
    }

    @Override
    public List<ModelInput> largest() {
        return EvaluationBatches.largest(batches());
    }

    private List<List<ModelInput>> batches() {
        return EvaluationBatches.of(
                examples.stream().<ModelInput>map(EncodedExample::tokens).toList());
    }

    @Override
    public String primaryMetric() {
        return task.primaryMetric();
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
        double[][] outputs = outputs(model);
        last = Optional.of(outputs);
        return task.evaluate(examples.stream().map(EncodedExample::example).toList(), outputs);
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        return task.compare(one, other);
    }

    @Override
    public void bestSoFar() {
        best = last;
    }

    /**
     * The outputs of the best evaluation of a training with this evaluation.
     *
     * @return one row per example, not a copy; empty if that evaluation took place before an interruption
     */
    public Optional<double[][]> best() {
        return best;
    }

    /**
     * Computes a model's outputs for the examples, in the batches of {@link #evaluate}.
     *
     * @param model the model, with its current parameters
     * @return one row per example
     * @throws DivergedException if an output is not finite
     */
    public double[][] outputs(AdaptedModel model) {
        double[][] outputs = passes.outputs(model, batches());
        for (double[] scores : outputs) {
            for (double score : scores) {
                DivergedException.requireFinite(score, "a score in evaluation");
            }
        }
        return outputs;
    }
}

package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.ModelInput;

/** A task's metrics on examples; knows the outputs that had the best, so that they need not be computed again. */
public final class TaskEvaluation implements Evaluation {
    private final Task task;
    private final List<EncodedExample> examples;
    private final PassExecutor passes;
    /** How often this has measured. */
    private int evaluations;

    /** Which of them was the best, the first if several were. */
    private int bestIndex;

    private double bestMetric;
    private double[][] bestOutputs;

    /**
     * An evaluation.
     *
     * @param task what is measured
     * @param examples examples with labels, at least one; copied
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
        List<Example> plain = examples.stream().map(EncodedExample::example).toList();
        Map<String, Double> metrics = task.evaluate(plain, outputs);
        double metric = metrics.get(task.primaryMetric());
        if (evaluations == 0 || metric > bestMetric) {
            bestIndex = evaluations;
            bestMetric = metric;
            bestOutputs = outputs;
        }
        evaluations++;
        return metrics;
    }

    /**
     * The outputs of the evaluation that was the best of a training that was measured by this.
     *
     * @param result how the training went
     * @return a row per example; empty if this has not seen them, because they are from before an interruption
     */
    public Optional<double[][]> best(TrainingResult result) {
        int before = result.evaluations().size() - evaluations;
        return evaluations > 0 && before + bestIndex == result.bestIndex() ? Optional.of(bestOutputs) : Optional.empty();
    }

    /**
     * A model's outputs for the examples, in the batches of {@link #evaluate}.
     *
     * @param model the model, with its parameters as they are now
     * @return a row per example
     * @throws DivergedException if one is not finite
     */
    public double[][] outputs(AdaptedModel model) {
        List<List<ModelInput>> batches = Batches.split(
                        examples, example -> example.tokens().length(), Batches.EVALUATION, Batches.EVALUATION_TOKENS)
                .stream()
                .map(batch -> batch.stream().map(EncodedExample::tokens).toList())
                .toList();
        double[][] outputs = passes.outputs(model, batches);
        for (double[] scores : outputs) {
            for (double score : scores) {
                DivergedException.requireFinite(score, "a score in evaluation");
            }
        }
        return outputs;
    }
}

package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Task;
import org.lsradapt.transformer.ModelInput;

/** A task's metrics on examples. */
final class TaskEvaluation implements Evaluation {
    private final Task task;
    private final List<EncodedExample> examples;
    private final PassExecutor passes;

    TaskEvaluation(Task task, List<EncodedExample> examples, PassExecutor passes) {
        Require.argument(!examples.isEmpty(), "evaluation on %s: no examples, expected at least one", task.name());
        this.task = task;
        this.examples = List.copyOf(examples);
        this.passes = passes;
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
        List<Example> plain = examples.stream().map(EncodedExample::example).toList();
        return task.evaluate(plain, outputs);
    }
}

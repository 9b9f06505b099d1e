package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Task;

/** A task's metrics on examples. */
final class TaskEvaluation implements Evaluation {
    private final Task task;
    private final List<EncodedExample> examples;

    TaskEvaluation(Task task, List<EncodedExample> examples) {
        Require.argument(!examples.isEmpty(), "evaluation on %s: no examples, expected at least one", task.name());
        this.task = task;
        this.examples = List.copyOf(examples);
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
        double[][] outputs = new double[examples.size()][];
        int done = 0;
        List<List<EncodedExample>> batches = Batches.split(
                examples, example -> example.tokens().length(), Batches.EVALUATION, Batches.EVALUATION_TOKENS);
        for (int b = 0; b < batches.size(); b++) {
            List<EncodedExample> batch = batches.get(b);
            if (b + 1 < batches.size()) {
                batches.get(b + 1).forEach(example -> example.tokens().prepare());
            }
            double[][] scores =
                    model.predict(batch.stream().map(EncodedExample::tokens).toList());
            for (int i = 0; i < scores.length; i++) {
                for (double score : scores[i]) {
                    DivergedException.requireFinite(score, "a score in evaluation");
                }
                outputs[done++] = scores[i];
            }
        }
        List<Example> plain = examples.stream().map(EncodedExample::example).toList();
        return task.evaluate(plain, outputs);
    }
}

package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Task;

/** A model's metrics on a task. */
public final class Evaluation {
    private static final int BATCH = 64;

    private Evaluation() {}

    /**
     * The task's metrics with the model's parameters as they are now.
     *
     * @param model the model
     * @param task what is measured
     * @param examples examples with labels
     * @return metrics by name, in the task's order
     * @throws DivergedException if a score is not finite
     */
    public static Map<String, Double> of(AdaptedModel model, Task task, List<EncodedExample> examples) {
        double[][] outputs = new double[examples.size()][];
        for (int from = 0; from < outputs.length; from += BATCH) {
            List<EncodedExample> batch = examples.subList(from, Math.min(outputs.length, from + BATCH));
            double[][] scores =
                    model.predict(batch.stream().map(EncodedExample::tokens).toList());
            for (int i = 0; i < scores.length; i++) {
                for (double score : scores[i]) {
                    DivergedException.requireFinite(score, "a score in evaluation");
                }
                outputs[from + i] = scores[i];
            }
        }
        List<Example> plain = examples.stream().map(EncodedExample::example).toList();
        return task.evaluate(plain, outputs);
    }
}

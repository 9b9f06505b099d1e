package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.data.Task;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.examples.EncodedExample;

/** Measures a task's metrics on examples, and keeps the outputs of the best evaluation for reuse. */
public final class TaskEvaluation extends OutputEvaluation<double[][]> {
    private final Task task;
    private final List<EncodedExample> examples;

    /** Creates an evaluation of labelled examples, at least one, copied; {@code passes} computes their outputs. */
    public TaskEvaluation(Task task, List<EncodedExample> examples, PassExecutor passes) {
        super(examples.stream().map(EncodedExample::tokens).toList(), passes);
        Require.argument(!examples.isEmpty(), "evaluation on %s: no examples, expected at least one", task.name());
        this.task = task;
        this.examples = List.copyOf(examples);
    }

    @Override
    public Stream<?> evaluated() {
        return Stream.concat(
                task.labels().stream(),
                examples.stream().flatMap(example -> Stream.of(example.example(), example.tokens())));
    }

    @Override
    protected List<String> choosing() {
        return task.metricNames();
    }

    @Override
    protected double[][] result(double[][] outputs) {
        return outputs;
    }

    @Override
    protected Map<String, Double> metrics(double[][] outputs) {
        return task.evaluate(examples.stream().map(EncodedExample::example).toList(), outputs);
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        return task.compare(one, other);
    }
}

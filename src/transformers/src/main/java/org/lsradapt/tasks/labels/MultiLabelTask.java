package org.lsradapt.tasks.labels;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.lsr.internal.Require;

/** A task on texts with any number of labels each: {@link Label.Several}. Immutable. */
public final class MultiLabelTask implements Task {
    private final String name;
    private final List<String> labels;
    private final Optional<List<Double>> thresholds;
    private final List<Example> train;
    private final List<Example> evaluation;

    /**
     * @param thresholds for each label, the lowest probability that counts as found; empty for the thresholds that are best on the
     *     measured examples
     */
    MultiLabelTask(
            String name,
            List<String> labels,
            Optional<List<Double>> thresholds,
            List<Example> train,
            List<Example> evaluation) {
        this.name = name;
        this.labels = List.copyOf(labels);
        this.thresholds = thresholds.map(List::copyOf);
        this.train = train;
        this.evaluation = evaluation;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Class<? extends Label> labelType() {
        return Label.Several.class;
    }

    @Override
    public List<String> labels() {
        return labels;
    }

    @Override
    public List<String> metricNames() {
        return MultiLabelScores.METRICS;
    }

    @Override
    public LabelledData load() {
        return LabelledData.of(this, train, evaluation);
    }

    private Set<Integer> set(Example example) {
        SortedSet<Integer> indices = example.several().indices();
        Require.argument(
                indices.isEmpty() || (indices.first() >= 0 && indices.last() < labels.size()),
                "evaluate %s: an example has the labels %s, expected indices from 0 to %d",
                name,
                indices,
                labels.size() - 1);
        return indices;
    }

    /**
     * Computes the metrics at the task's thresholds or, if it has none, at the thresholds that are best on these examples.
     *
     * @throws IllegalArgumentException as {@link Task#evaluate}
     */
    @Override
    public Map<String, Double> evaluate(List<Example> examples, double[][] outputs) {
        return measured(examples, outputs).metrics();
    }

    @Override
    public Optional<LabelScores> labelScores(List<Example> examples, double[][] outputs) {
        return Optional.of(measured(examples, outputs));
    }

    /** Computes the metrics at the thresholds of {@link #evaluate}, which are not chosen again for each sample. */
    @Override
    public Resamples resamples(List<Example> examples, double[][] outputs) {
        return resamples(examples, outputs, thresholds.orElseGet(() -> bestThresholds(examples, outputs)));
    }

    /** Computes the metrics on bootstrap samples of the examples; arguments and exceptions as for {@link #scores}. */
    public Resamples resamples(List<Example> examples, double[][] outputs, List<Double> atThresholds) {
        Choices all = choices(examples, outputs, atThresholds);
        return Resamples.of(
                outputs.length,
                rows -> all.of(rows).scores(labels, atThresholds).metrics());
    }

    /** For each text and label, whether the text has the label and whether the model predicts it. */
    private static final class Choices {
        private final boolean[][] truth;
        private final boolean[][] predicted;

        Choices(boolean[][] truth, boolean[][] predicted) {
            this.truth = truth;
            this.predicted = predicted;
        }

        Choices of(int[] rows) {
            return new Choices(
                    Arrays.stream(rows).mapToObj(row -> truth[row]).toArray(boolean[][]::new),
                    Arrays.stream(rows).mapToObj(row -> predicted[row]).toArray(boolean[][]::new));
        }

        MultiLabelScores scores(List<String> labels, List<Double> thresholds) {
            return MultiLabelScores.of(labels, truth, predicted, thresholds);
        }
    }

    private MultiLabelScores measured(List<Example> examples, double[][] outputs) {
        return scores(examples, outputs, thresholds.orElseGet(() -> bestThresholds(examples, outputs)));
    }

    /**
     * Compares a model's outputs with the examples' labels.
     *
     * @param examples examples of this task, at least one
     * @param outputs for each example, the finite logits of all labels; not modified
     * @param atThresholds for each label, the lowest probability that counts as found
     * @throws IllegalArgumentException if the sizes disagree, an output is not finite, or an example has other labels
     */
    public MultiLabelScores scores(List<Example> examples, double[][] outputs, List<Double> atThresholds) {
        return choices(examples, outputs, atThresholds).scores(labels, atThresholds);
    }

    private Choices choices(List<Example> examples, double[][] outputs, List<Double> atThresholds) {
        requireUsable(examples, outputs);
        boolean[][] truth = new boolean[outputs.length][labels.size()];
        boolean[][] predicted = new boolean[outputs.length][labels.size()];
        for (int i = 0; i < outputs.length; i++) {
            Set<Integer> right = set(examples.get(i));
            for (int c = 0; c < labels.size(); c++) {
                truth[i][c] = right.contains(c);
                predicted[i][c] = Thresholds.probability(outputs[i][c]) >= atThresholds.get(c);
            }
        }
        return new Choices(truth, predicted);
    }

    /**
     * Returns the thresholds with the largest F1 of each label. Of several best thresholds it takes the one nearest to 0.5; a label that
     * no example has gets 0.5.
     *
     * @param examples as {@link #scores} takes them
     * @param outputs for each example, the finite logits of all labels; not modified
     * @return one threshold per label, above 0 and not above 1
     * @throws IllegalArgumentException as {@link #scores}
     */
    public List<Double> bestThresholds(List<Example> examples, double[][] outputs) {
        requireUsable(examples, outputs);
        return IntStream.range(0, labels.size())
                .mapToObj(c -> {
                    boolean[] truth = new boolean[outputs.length];
                    double[] probabilities = new double[outputs.length];
                    for (int i = 0; i < outputs.length; i++) {
                        truth[i] = set(examples.get(i)).contains(c);
                        probabilities[i] = Thresholds.probability(outputs[i][c]);
                    }
                    return Thresholds.best(truth, probabilities);
                })
                .toList();
    }

    private void requireUsable(List<Example> examples, double[][] outputs) {
        Require.argument(
                !examples.isEmpty() && examples.size() == outputs.length,
                "evaluate %s: %d examples and %d outputs, expected as many, at least 1",
                name,
                examples.size(),
                outputs.length);
        for (double[] output : outputs) {
            Require.argument(
                    output.length == labels.size() && Arrays.stream(output).allMatch(Double::isFinite),
                    "evaluate %s: an output is %s, expected %d finite numbers",
                    name,
                    Arrays.toString(output),
                    labels.size());
        }
    }

    @Override
    public String toString() {
        return name;
    }
}

package org.lsradapt.data;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.data.rules.StratifiedSplit;
import org.lsradapt.lsr.internal.Logits;

/** The base of tasks with a name, classes and metrics; it computes the metrics from a model's outputs. */
public abstract class ScoredTask implements Task {

    private final String name;
    private final String title;
    private final List<String> labels;
    private final List<Metric> metrics;

    /**
     * Creates a task.
     *
     * @param name the name in lower case
     * @param title the usual name, for headings
     * @param labels the names of the classes, at least two; empty for a regression; copied
     * @param metrics the metrics, the primary one first; copied
     */
    public ScoredTask(String name, String title, List<String> labels, List<Metric> metrics) {
        this.name = name;
        this.title = title;
        this.labels = List.copyOf(labels);
        this.metrics = List.copyOf(metrics);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String title() {
        return title;
    }

    @Override
    public final Class<? extends Label> labelType() {
        return labels.isEmpty() ? Label.Value.class : Label.Category.class;
    }

    @Override
    public final List<String> labels() {
        return labels;
    }

    @Override
    public final List<String> metricNames() {
        return metrics.stream().map(Metric::key).toList();
    }

    @Override
    public final String toString() {
        return name;
    }

    @Override
    public final Map<String, Double> evaluate(List<Example> examples, double[][] outputs) {
        return answers(examples, outputs).metrics(metrics);
    }

    @Override
    public final Resamples resamples(List<Example> examples, double[][] outputs) {
        Answers all = answers(examples, outputs);
        return Resamples.of(all.truth.length, rows -> all.of(rows).metrics(metrics));
    }

    /** True and predicted classes or values. */
    private static final class Answers {
        private final double[] truth;
        private final double[] predicted;

        Answers(double[] truth, double[] predicted) {
            this.truth = truth;
            this.predicted = predicted;
        }

        Answers of(int[] rows) {
            return new Answers(
                    Arrays.stream(rows).mapToDouble(row -> truth[row]).toArray(),
                    Arrays.stream(rows).mapToDouble(row -> predicted[row]).toArray());
        }

        Map<String, Double> metrics(List<Metric> metrics) {
            Map<String, Double> values = new LinkedHashMap<>();
            metrics.forEach(metric -> values.put(metric.key(), metric.of(truth, predicted)));
            return Collections.unmodifiableMap(values);
        }
    }

    private Answers answers(List<Example> examples, double[][] outputs) {
        requireUsable(examples, outputs);
        boolean grouped = examples.get(0).group() != Example.NO_GROUP;
        Collection<List<Integer>> questions = grouped ? questions(examples) : List.of();
        double[] truth = grouped
                ? questions.stream()
                        .mapToDouble(rows -> rightAlternative(rows, examples))
                        .toArray()
                : examples.stream().mapToDouble(this::truth).toArray();
        double[] predicted = grouped
                ? questions.stream()
                        .mapToDouble(rows -> chosenAlternative(rows, outputs))
                        .toArray()
                : Arrays.stream(outputs).mapToDouble(this::answer).toArray();
        return new Answers(truth, predicted);
    }

    private double truth(Example example) {
        return labels.isEmpty() ? example.value() : example.category();
    }

    private double answer(double[] output) {
        return labels.isEmpty() ? output[0] : Logits.largest(output);
    }

    private void requireUsable(List<Example> examples, double[][] outputs) {
        if (examples.isEmpty() || examples.size() != outputs.length) {
            throw invalid(examples.size() + " examples and " + outputs.length + " outputs, expected as many, "
                    + "at least 1");
        }
        boolean grouped = examples.get(0).group() != Example.NO_GROUP;
        for (int i = 0; i < outputs.length; i++) {
            requireUsable(i, examples.get(i), outputs[i]);
            if ((examples.get(i).group() != Example.NO_GROUP) != grouped) {
                throw invalid("examples[0] has group " + examples.get(0).group() + ", examples[" + i + "] has "
                        + examples.get(i).group() + ", expected a group for all rows or for none");
            }
        }
        if (grouped && labels.size() != 2) {
            throw invalid("examples[0] has group " + examples.get(0).group() + ", but questions need a task "
                    + "of two classes");
        }
    }

    private void requireUsable(int i, Example example, double[] output) {
        if (output.length != outputWidth()) {
            throw invalid("outputs[" + i + "] has length " + output.length + ", expected " + outputWidth());
        }
        for (double value : output) {
            if (!Double.isFinite(value)) {
                throw invalid("outputs[" + i + "] holds " + value + ", expected finite numbers");
            }
        }
        if (!example.hasLabel()) {
            throw invalid("examples[" + i + "] has no label");
        }
        if (!labelType().isInstance(example.label())
                || (example.label() instanceof Label.Category label
                        && (label.index() < 0 || label.index() >= labels.size()))) {
            throw invalid("examples[" + i + "] has as its label " + example.label() + ", expected "
                    + (labels.isEmpty() ? "a value" : "a class from 0 to " + (labels.size() - 1)));
        }
    }

    /** The row numbers of each question, in the order of their first occurrence. */
    private static Collection<List<Integer>> questions(List<Example> examples) {
        return StratifiedSplit.groups(examples.stream().map(Example::group).toList());
    }

    private int rightAlternative(List<Integer> rows, List<Example> examples) {
        List<Integer> right =
                rows.stream().filter(row -> truth(examples.get(row)) == 1).toList();
        if (right.size() != 1) {
            throw invalid("the question with group " + examples.get(rows.get(0)).group() + " has " + rows.size()
                    + " alternatives of which " + right.size() + " are right, expected exactly 1");
        }
        return rows.indexOf(right.get(0));
    }

    private static int chosenAlternative(List<Integer> rows, double[][] outputs) {
        return Logits.largest(rows.stream()
                .mapToDouble(row -> outputs[row][1] - outputs[row][0])
                .toArray());
    }

    private IllegalArgumentException invalid(String message) {
        return new IllegalArgumentException("evaluate " + name + ": " + message);
    }
}

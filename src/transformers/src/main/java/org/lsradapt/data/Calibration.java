package org.lsradapt.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;

/**
 * How far a classifier's probabilities agree with the shares of right answers.
 *
 * @param temperatures the divisors of the logits, which are part of the model: one for classes, one per label for several labels; empty
 *     if the model is not calibrated
 * @param errorBefore the expected calibration error with all temperatures 1
 * @param error the model's expected calibration error
 */
public record Calibration(List<Double> temperatures, double errorBefore, double error) {
    /** The number of bins of equal width of the expected calibration error. */
    public static final int BINS = 15;

    private static final double MOST = 20;
    private static final int STEPS = 100;

    /** Copies the list. */
    public Calibration {
        temperatures = List.copyOf(temperatures);
    }

    /**
     * Measures a model.
     *
     * @param task a task of classes or of several labels
     * @param examples labelled examples, at least one
     * @param outputs the model's logits for each example, with its temperatures
     * @param temperatures the model's temperatures; empty for none
     */
    public static Calibration of(Task task, List<Example> examples, double[][] outputs, List<Double> temperatures) {
        double error = error(task, examples, outputs);
        return temperatures.isEmpty()
                ? new Calibration(temperatures, error, error)
                : new Calibration(temperatures, error(task, examples, undone(outputs, temperatures)), error);
    }

    /**
     * Fits temperatures by the likelihood of the labels (Guo et al. 2017), for several labels one for each label. A temperature that the
     * examples do not determine is 1: all are right, or no example has the label, or all have it, or the best one is outside of [0.05, 20].
     *
     * @param task a task of classes or of several labels
     * @param examples labelled examples, at least one
     * @param outputs the logits of each example; not modified
     */
    public static List<Double> temperatures(Task task, List<Example> examples, double[][] outputs) {
        requireClasses(task);
        if (task.labelType() == Label.Category.class) {
            int[] classes = examples.stream().mapToInt(Example::category).toArray();
            return List.of(temperature(outputs, classes));
        }
        return IntStream.range(0, task.labels().size())
                .mapToObj(label -> temperature(
                        Arrays.stream(outputs)
                                .map(row -> new double[] {0, row[label]})
                                .toArray(double[][]::new),
                        examples.stream()
                                .mapToInt(one -> one.several().indices().contains(label) ? 1 : 0)
                                .toArray()))
                .toList();
    }

    private static void requireClasses(Task task) {
        Require.argument(
                task.labelType() != Label.Value.class,
                "calibration: task %s predicts numbers, expected classes or labels",
                task.name());
    }

    private static double temperature(double[][] logits, int[] classes) {
        DoubleUnaryOperator slope = inverse -> slope(logits, classes, inverse);
        double low = 1 / MOST;
        double high = MOST;
        if (slope.applyAsDouble(low) >= 0 || slope.applyAsDouble(high) <= 0) {
            return 1;
        }
        for (int step = 0; step < STEPS; step++) {
            double middle = Math.sqrt(low * high);
            if (slope.applyAsDouble(middle) < 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 1 / Math.sqrt(low * high);
    }

    /** The derivative of Σ (log Σ_c exp(β·z_c) − β·z_y) by β = 1/T, which rises with β because the sum is convex. */
    private static double slope(double[][] logits, int[] classes, double inverse) {
        double slope = 0;
        for (int i = 0; i < logits.length; i++) {
            double top = Arrays.stream(logits[i]).max().orElseThrow();
            double total = 0;
            double weighted = 0;
            for (double logit : logits[i]) {
                double weight = Math.exp(inverse * (logit - top));
                total += weight;
                weighted += weight * (logit - logits[i][classes[i]]);
            }
            slope += weighted / total;
        }
        return slope;
    }

    /** Divides logits by temperatures; returns new rows. */
    public static double[][] divided(double[][] outputs, List<Double> temperatures) {
        return Arrays.stream(outputs)
                .map(row -> IntStream.range(0, row.length)
                        .mapToDouble(c -> row[c] / ofOutput(temperatures, c))
                        .toArray())
                .toArray(double[][]::new);
    }

    /** Multiplies logits by temperatures, the inverse of {@link #divided}; returns new rows. */
    public static double[][] undone(double[][] outputs, List<Double> temperatures) {
        return divided(outputs, temperatures.stream().map(one -> 1 / one).toList());
    }

    /** Returns the temperature of an output. */
    public static double ofOutput(List<Double> temperatures, int output) {
        return temperatures.get(temperatures.size() == 1 ? 0 : output);
    }

    /**
     * Returns the expected calibration error Σ_b n_b/n·|share of right answers − mean probability| over {@value #BINS} bins of equal width,
     * each without its lower end: of the predicted class or, for several labels, of each pair of an example and a label.
     */
    private static double error(Task task, List<Example> examples, double[][] outputs) {
        requireClasses(task);
        double[] probabilities;
        boolean[] right;
        if (task.labelType() == Label.Category.class) {
            probabilities = Arrays.stream(outputs)
                    .mapToDouble(Logits::largestProbability)
                    .toArray();
            right = right(examples, outputs);
        } else {
            int labels = task.labels().size();
            probabilities = Arrays.stream(outputs)
                    .flatMapToDouble(Arrays::stream)
                    .map(logit -> 1 / (1 + Math.exp(-logit)))
                    .toArray();
            right = new boolean[probabilities.length];
            for (int i = 0; i < right.length; i++) {
                right[i] = examples.get(i / labels).several().indices().contains(i % labels);
            }
        }
        return error(probabilities, right);
    }

    static boolean[] right(List<Example> examples, double[][] outputs) {
        boolean[] right = new boolean[outputs.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = Logits.largest(outputs[i]) == examples.get(i).category();
        }
        return right;
    }

    static double error(double[] probabilities, boolean[] right) {
        double[] gaps = new double[BINS];
        for (int i = 0; i < probabilities.length; i++) {
            int bin = Math.max(0, (int) Math.ceil(probabilities[i] * BINS) - 1);
            gaps[bin] += (right[i] ? 1 : 0) - probabilities[i];
        }
        return Arrays.stream(gaps).map(Math::abs).sum() / probabilities.length;
    }

    /** Returns a sentence for reports, without its full stop. */
    public String describe() {
        String after = String.format(Locale.ROOT, "expected calibration error %.4f", error);
        if (temperatures.isEmpty()) {
            return after + ", not calibrated";
        }
        return temperatures.stream()
                .map(one -> String.format(Locale.ROOT, "%.3f", one))
                .collect(Collectors.joining(
                        ", ",
                        temperatures.size() == 1 ? "temperature " : "temperatures ",
                        String.format(Locale.ROOT, "; %s, %.4f before", after, errorBefore)));
    }
}

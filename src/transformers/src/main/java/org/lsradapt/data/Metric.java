package org.lsradapt.data;

import java.util.Arrays;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.DoubleStream;
import org.lsradapt.lsr.internal.Require;

/** The metrics of tasks, with their names in reports. */
public enum Metric {
    ACCURACY("accuracy", (truth, predicted) -> Metrics.accuracy(classes(truth), classes(predicted))),
    /** The F1 of class 1 in a task of two classes. */
    BINARY_F1("f1", (truth, predicted) -> Metrics.binaryF1(classes(truth), classes(predicted))),
    /** The mean F1 of the classes. */
    MACRO_F1("f1", (truth, predicted) -> Metrics.macroF1(classes(truth), classes(predicted))),
    MATTHEWS("matthews", (truth, predicted) -> Metrics.matthews(classes(truth), classes(predicted))),
    PEARSON("pearson", Metrics::pearson),
    SPEARMAN("spearman", Metrics::spearman),
    /** Smaller is better, so this is never the primary metric. */
    MEAN_ABSOLUTE_ERROR("mae", Metrics::meanAbsoluteError);

    private final String key;
    private final ToDoubleBiFunction<double[], double[]> formula;

    Metric(String key, ToDoubleBiFunction<double[], double[]> formula) {
        this.key = key;
        this.formula = formula;
    }

    /** The name in reports. */
    public String key() {
        return key;
    }

    /**
     * Computes the metric for true and predicted classes (as whole numbers) or scores.
     *
     * @throws IllegalArgumentException if the lengths differ or are 0, or a value is not finite
     */
    public double of(double[] truth, double[] predicted) {
        Require.argument(
                truth.length == predicted.length && truth.length > 0,
                "%s: %d true values and %d predictions, expected as many, at least 1",
                key,
                truth.length,
                predicted.length);
        DoubleStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                .filter(value -> !Double.isFinite(value))
                .findFirst()
                .ifPresent(value -> {
                    throw new IllegalArgumentException(key + ": found " + value + ", expected finite numbers");
                });
        return formula.applyAsDouble(truth, predicted);
    }

    private static int[] classes(double[] values) {
        return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
    }
}

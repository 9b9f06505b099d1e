package org.lsradapt.data.metrics;

import java.util.Arrays;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.DoubleStream;
import org.lsradapt.lsr.internal.Require;

/** A metric of tasks, with its name in reports. Immutable. */
public final class Metric {
    /** The fraction of right classes. */
    public static final Metric ACCURACY = ofClasses("accuracy", Metrics::accuracy);

    /** The F1 of class 1 in a task of two classes. */
    public static final Metric BINARY_F1 = ofClasses("f1", Metrics::binaryF1);

    /** The mean F1 of the classes. */
    public static final Metric MACRO_F1 = ofClasses("f1", Metrics::macroF1);

    /** Matthews' correlation of two classes. */
    public static final Metric MATTHEWS = ofClasses("matthews", Metrics::matthews);

    /** Pearson's correlation. */
    public static final Metric PEARSON = new Metric("pearson", Metrics::pearson);

    /** Spearman's rank correlation. */
    public static final Metric SPEARMAN = new Metric("spearman", Metrics::spearman);

    /**
     * The mean absolute error, of classes in steps of their order. Smaller is better, so this is never the primary
     * metric.
     */
    public static final Metric MEAN_ABSOLUTE_ERROR = new Metric("mae", Metrics::meanAbsoluteError);

    private final String key;
    private final ToDoubleBiFunction<double[], double[]> formula;

    private Metric(String key, ToDoubleBiFunction<double[], double[]> formula) {
        this.key = key;
        this.formula = formula;
    }

    /** Creates a metric of true and predicted classes, arrays of one length that is at least 1. */
    public static Metric ofClasses(String key, ToDoubleBiFunction<int[], int[]> formula) {
        return new Metric(key, (truth, predicted) -> formula.applyAsDouble(classes(truth), classes(predicted)));
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

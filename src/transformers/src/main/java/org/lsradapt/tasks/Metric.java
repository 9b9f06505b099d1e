package org.lsradapt.tasks;

import java.util.Arrays;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.DoubleStream;
import org.lsradapt.lsr.internal.Require;

/** The metrics that tasks are measured by, under the names that reports use. */
public enum Metric {
    ACCURACY("accuracy", (truth, predicted) -> Metrics.accuracy(classes(truth), classes(predicted))),
    /** F1 of class 1 of two. */
    BINARY_F1("f1", (truth, predicted) -> Metrics.binaryF1(classes(truth), classes(predicted))),
    /** Mean F1 over the classes. */
    MACRO_F1("f1", (truth, predicted) -> Metrics.macroF1(classes(truth), classes(predicted))),
    MATTHEWS("matthews", (truth, predicted) -> Metrics.matthews(classes(truth), classes(predicted))),
    PEARSON("pearson", Metrics::pearson),
    SPEARMAN("spearman", Metrics::spearman),
    /** Smaller is better, so never the primary metric. */
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
     * The value for true and predicted classes (as whole numbers) or scores.
     *
     * @throws IllegalArgumentException if there are not as many of both, at least one, or one is not finite
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

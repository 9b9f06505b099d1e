package org.lsradapt.tasks;

import java.util.function.ToDoubleBiFunction;

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

    /** The value for true and predicted classes (as whole numbers) or scores, at least one. */
    public double of(double[] truth, double[] predicted) {
        return formula.applyAsDouble(truth, predicted);
    }

    private static int[] classes(double[] values) {
        int[] classes = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            classes[i] = (int) values[i];
        }
        return classes;
    }
}

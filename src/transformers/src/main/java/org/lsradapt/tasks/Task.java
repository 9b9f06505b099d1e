package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A data set and its metrics: an official one, or one of the user's own ({@link OwnData}). Immutable, and safe for use
 * by many threads.
 */
public interface Task {

    /** The name, in lower case; names of published tasks are reserved. */
    String name();

    /** The task's usual name, for headings, such as {@code SST-2}. */
    String title();

    /** Whether a model chooses a class, chooses labels or predicts a number. */
    TaskKind kind();

    /** The names of the classes in the order of their indices; empty for a regression. Cannot be modified. */
    List<String> labels();

    /** How many values a model gives for one example: one logit per class, or the one value of a regression. */
    default int outputWidth() {
        return kind() == TaskKind.REGRESSION ? 1 : labels().size();
    }

    /**
     * The metrics, at least one, of "accuracy", "f1", "f1_macro", "f1_micro", "matthews", "pearson", "spearman" and "mae", in the
     * order in which they choose the best epoch; see {@link #compare}.
     */
    List<String> metricNames();

    /** The metric that chooses the best epoch (larger is better): the first of {@link #metricNames()}. */
    String primaryMetric();

    /**
     * Says which of two evaluations is the better one. The first of {@link #metricNames()} in which they differ decides:
     * larger is better, of "mae" smaller.
     *
     * @param one what {@link #evaluate} gave
     * @param other what it gave another time
     * @return a positive number if the first is better, a negative one if the second is, 0 if all metrics are equal
     */
    default int compare(Map<String, Double> one, Map<String, Double> other) {
        for (String name : metricNames()) {
            int gain = (int) Math.signum(one.get(name) - other.get(name));
            if (gain != 0) {
                return name.equals("mae") ? -gain : gain;
            }
        }
        return 0;
    }

    /** Whether the data lies in a folder; where not, it comes with a Maven artifact or has been read. */
    boolean needsFolder();

    /**
     * Reads training and evaluation data that the task brings along. Every row has a label, and neither part is empty.
     *
     * @return the data, the same at each call
     * @throws IllegalArgumentException if the task {@link #needsFolder() needs a folder}
     * @throws IOException if the data cannot be read
     */
    TaskData load() throws IOException;

    /**
     * Reads training and evaluation data from a folder. Every row has a label, and neither part is empty.
     *
     * @param dataFolder the folder that holds the task's files itself, not one above it; ignored unless
     *     {@link #needsFolder()}
     * @return new data, the same at each call as long as the files are the same
     * @throws IOException if a file is missing, cannot be read or does not follow its official form; the message names
     *     file, line and value, and what was expected
     */
    TaskData load(Path dataFolder) throws IOException;

    /**
     * Computes the metrics from a model's outputs.
     *
     * <p>The predicted class is the one with the largest logit, the first of them if several are equal. Where rows form
     * questions ({@link Example#group()}, COPA), the answer to a question is the alternative whose logit of class 1
     * exceeds that of class 0 by most, the first of them if several are equal, and the metrics count questions.
     *
     * @param examples labelled examples, at least one; of a question, all its alternatives
     * @param outputs for each example {@link #outputWidth()} finite numbers: the logits or the value; not modified
     * @return the metrics in the order of {@link #metricNames()}; cannot be modified
     * @throws IllegalArgumentException if the sizes disagree, an output is not finite, a label is missing or out of
     *     range, or a question has not exactly one right alternative
     */
    Map<String, Double> evaluate(List<Example> examples, double[][] outputs);

    /**
     * How well each label is found, where an example may have several.
     *
     * @param examples as {@link #evaluate} takes them
     * @param outputs as {@link #evaluate} takes them
     * @return empty where an example has one label, or a number
     */
    default Optional<LabelScores> labelScores(List<Example> examples, double[][] outputs) {
        return Optional.empty();
    }
}

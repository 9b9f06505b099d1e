package org.lsradapt.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;

/** A data set with its metrics: an official one, or a user's own ({@link LabelledData}). Immutable and thread-safe. */
public interface Task {

    /** The name, in lower case; names of published tasks are reserved. */
    String name();

    /** The task's usual name, for headings, such as {@code SST-2}. */
    default String title() {
        return name();
    }

    /** The type of the examples' labels: {@link Label.Category}, {@link Label.Value} or {@link Label.Several}. */
    Class<? extends Label> labelType();

    /** The names of the classes in index order; empty for a regression. Unmodifiable. */
    List<String> labels();

    /** The number of values that a model gives for one example: one logit per class, or the one value of a regression. */
    default int outputWidth() {
        return labelType() == Label.Value.class ? 1 : labels().size();
    }

    /**
     * The names of the metrics, such as "accuracy", at least one, in the order in which they choose the best epoch; see
     * {@link #compare}.
     */
    List<String> metricNames();

    /** The metric that chooses the best epoch (larger is better): the first of {@link #metricNames()}. */
    default String primaryMetric() {
        return metricNames().get(0);
    }

    /**
     * Compares two evaluations. The first of {@link #metricNames()} in which they differ decides: larger is better, except for "mae".
     *
     * @param other another result of {@link #evaluate}
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

    /** Whether the data lies in a folder; otherwise it comes with a Maven artifact or is in memory. */
    default boolean needsFolder() {
        return false;
    }

    /**
     * Reads the training and evaluation data that comes with the task. Every row has a label, and neither part is empty.
     *
     * @return the data, equal at each call
     * @throws IllegalArgumentException if the task {@link #needsFolder() needs a folder}
     * @throws IOException if the data cannot be read
     */
    LabelledData load() throws IOException;

    /**
     * Reads the training and evaluation data from a folder. Every row has a label, and neither part is empty.
     *
     * @param dataFolder the folder that directly holds the task's files; ignored unless {@link #needsFolder()}
     * @return new data, equal at each call unless the files change
     * @throws IOException if a file is missing, cannot be read or does not follow its official form; the message names the file, the
     *     line, the value and what was expected
     */
    default LabelledData load(Path dataFolder) throws IOException {
        return load();
    }

    /**
     * Computes the metrics from a model's outputs.
     *
     * <p>The predicted class is the one with the largest logit, the first of several equal ones. If rows form questions
     * ({@link Example#group()}, COPA), the answer to a question is the alternative whose logit of class 1 exceeds that of class 0 by
     * most, the first of several equal ones, and the metrics count questions.
     *
     * @param examples labelled examples, at least one; of a question, all alternatives
     * @param outputs for each example, {@link #outputWidth()} finite numbers: the logits or the value; not modified
     * @return the metrics in the order of {@link #metricNames()}; unmodifiable
     * @throws IllegalArgumentException if the sizes disagree, an output is not finite, a label is missing or out of range, or a question
     *     does not have exactly one right alternative
     */
    Map<String, Double> evaluate(List<Example> examples, double[][] outputs);

    /** Computes the scores of each label; empty if each example has one label or a number. */
    default Optional<LabelScores> labelScores(List<Example> examples, double[][] outputs) {
        return Optional.empty();
    }

    /** Computes the metrics on bootstrap samples of the examples, or of the questions that they form; by default none. */
    default Resamples resamples(List<Example> examples, double[][] outputs) {
        return Resamples.NONE;
    }
}

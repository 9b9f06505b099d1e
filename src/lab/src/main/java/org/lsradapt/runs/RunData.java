package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;

/** The data for the training and the evaluation of a run. */
public interface RunData {

    /** Returns the task's name in folders. */
    String name();

    /** Returns the task's name in headings. */
    default String title() {
        return name();
    }

    /** Describes the size of the data in one line. */
    String describe();

    /** Returns notes for the owner of the data, one sentence each. */
    List<String> notes();

    /**
     * Reduces training data with labels to a subset, the same one each time.
     *
     * @param count the approximate number of training examples to keep
     * @throws IllegalArgumentException if the data has no labels
     */
    default RunData limit(int count) {
        throw new IllegalArgumentException(
                "examples: task " + name() + " has no labels, expected a classification or a regression");
    }

    /**
     * Replaces the evaluation data by a part of the training data; the rest of the training data remains for training.
     *
     * @param fraction the size of the part, above 0 and below 1
     * @param seed selects the part
     * @throws IllegalArgumentException if nothing can be held out
     */
    RunData holdOut(double fraction, long seed);

    /** Returns the number of training examples with labels; empty if there are no labels. */
    default Optional<Integer> labelledExamples() {
        return Optional.empty();
    }

    /** Whether a head is trained. */
    default boolean hasHead() {
        return false;
    }

    /** Whether the model has two towers, for images and texts. */
    default boolean wantsTowers() {
        return false;
    }

    /** Returns the augmentation of images in training; empty for other data. */
    default Optional<Augmentation> augmentation() {
        return Optional.empty();
    }

    /** Whether there are classes, which can have weights. */
    default boolean hasClasses() {
        return false;
    }

    /** Whether labels, of classes or of tokens, can be smoothed. */
    default boolean hasLabelsToSmooth() {
        return false;
    }

    /** Returns a text in which {@code {}} stands for the name of a class; empty if classes are not compared with texts. */
    default Optional<String> template() {
        return Optional.empty();
    }

    /** Returns settings that are specific to this data, by name, for the report. */
    default Map<String, Object> settings() {
        return Map.of();
    }

    /**
     * Shows how to use a model that was trained on this data.
     *
     * @param adapter the folder of a trained adapter
     */
    Usage usage(String adapter);

    /**
     * Creates the experiment of a run on this data.
     *
     * @param settings the settings of the run
     * @param base the base model: with two towers if {@link #wantsTowers}, else with one; kept
     * @throws IOException if a file of the model is missing or malformed
     */
    Experiment<?> on(FrozenModel base, RunSettings settings) throws IOException;

    /** Returns the name of the metric that chooses the best evaluation. */
    String primaryMetric();
}

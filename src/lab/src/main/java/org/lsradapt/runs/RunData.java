package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;

/** The data that a run trains and evaluates on. */
public interface RunData {

    /** The task's name, as folders have it. */
    String name();

    /** The task's name in headings. */
    default String title() {
        return name();
    }

    /** How much there is, in a line. */
    String describe();

    /** Notes for the owner of the data, a sentence each. */
    List<String> notes();

    /**
     * Leaves training examples out of data with labels, the same ones each time.
     *
     * @param count about how many to train on
     * @throws IllegalArgumentException if the data has no labels
     */
    default RunData limit(int count) {
        throw new IllegalArgumentException(
                "examples: task " + name() + " has no labels, expected a classification or a regression");
    }

    /**
     * Puts a part of the training data in place of the evaluation data, and leaves the rest of it to train on.
     *
     * @param fraction how much, above 0 and below 1
     * @param seed decides which part
     * @throws IllegalArgumentException if nothing can be held out
     */
    RunData holdOut(double fraction, long seed);

    /** How many training examples with labels there are; empty where there are no labels. */
    default Optional<Integer> labelledExamples() {
        return Optional.empty();
    }

    /** Whether a head is trained. */
    default boolean hasHead() {
        return false;
    }

    /** Whether the model is one of two towers, for images and texts. */
    default boolean wantsTowers() {
        return false;
    }

    /** How images are varied in training; empty where there are none. */
    default Optional<Augmentation> augmentation() {
        return Optional.empty();
    }

    /** Whether there are classes to weigh. */
    default boolean hasClasses() {
        return false;
    }

    /** Whether labels, of classes or of tokens, can be smoothed. */
    default boolean hasLabelsToSmooth() {
        return false;
    }

    /** A text in which {@code {}} stands for the name of a class; empty where classes are not compared with texts. */
    default Optional<String> template() {
        return Optional.empty();
    }

    /** Settings of learning from this data for the report, by name. */
    default Map<String, Object> settings() {
        return Map.of();
    }

    /**
     * How to use what was trained on this data.
     *
     * @param adapter the folder of a trained adapter
     */
    Usage usage(String adapter);

    /**
     * The experiment of a run on this data.
     *
     * @param settings what to do
     * @param base the base model: of two towers where the data wants them, else of one; kept
     * @throws IOException if a file of the model is missing or malformed
     */
    Experiment<?> on(FrozenModel base, RunSettings settings) throws IOException;

    /** The name of the metric by which the best evaluation is chosen. */
    String primaryMetric();
}

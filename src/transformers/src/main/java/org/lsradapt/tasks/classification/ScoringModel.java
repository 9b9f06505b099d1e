package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.tasks.description.TaskDescription;

/** A source of outputs for texts, pairs of texts or images: one model, or several together. Safe for use by many threads. */
public interface ScoringModel {

    /** The meaning of the outputs. */
    TaskDescription task();

    /**
     * Whether an input is a pair of texts; empty if unknown, as for a Hugging Face folder; then the model takes either.
     */
    Optional<Boolean> pairs();

    /** Whether inputs are images. */
    boolean readsImages();

    /**
     * The outputs: logits of the classes, or the value of a regression.
     *
     * @param examples texts, or pairs if the model reads pairs, including blank ones, which official task files have;
     *     or the locations of images. Labels are not read.
     * @return [examples, classes], or [examples, 1] for a regression, in the order of the examples
     * @throws IllegalArgumentException if an example is a pair and the model reads texts, or vice versa
     * @throws java.io.UncheckedIOException if an image cannot be read; the message names it
     */
    double[][] outputs(List<Example> examples);
}

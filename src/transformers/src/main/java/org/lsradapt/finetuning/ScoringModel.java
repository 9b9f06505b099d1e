package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.tasks.Example;

/** A source of outputs for texts, pairs of texts or images: one model, or several together. Safe for use by many threads. */
public sealed interface ScoringModel permits SequenceModel, Ensemble, RememberedOutputs {

    /** The meaning of the outputs. */
    TaskDescription task();

    /**
     * Whether an input is a pair of texts; empty where that is not known, as a Hugging Face folder does not tell: then either
     * is taken.
     */
    Optional<Boolean> pairs();

    /** Whether inputs are images. */
    boolean readsImages();

    /**
     * The outputs: logits of the classes, or the value of a regression.
     *
     * @param examples texts, or pairs where pairs are wanted, also blank ones, as official task files have them; or the
     *     locations of images. Labels are not read.
     * @return [examples, classes], or [examples, 1] of a regression, in the order of the examples
     * @throws IllegalArgumentException if one is a pair and texts are wanted, or the other way about
     * @throws java.io.UncheckedIOException if an image cannot be read; the message names it
     */
    double[][] outputs(List<Example> examples);
}

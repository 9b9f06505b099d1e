package org.lsradapt.finetuning;

import java.util.Map;
import java.util.stream.Stream;

/** What embeddings of images and texts are measured by, in training or after it. */
interface ImageTextEvaluation {

    /** The metric by which the best parameters are chosen: a key of what {@link #evaluate} gives; larger is better. */
    String primaryMetric();

    /**
     * What is measured on, as {@link org.lsradapt.training.Evaluation#evaluated} says.
     *
     * @throws java.io.UncheckedIOException if an image cannot be read; the message names it
     */
    Stream<?> evaluated();

    /**
     * Measures embeddings.
     *
     * @param encoder makes them
     * @return finite values by name, the primary metric first
     * @throws java.io.UncheckedIOException if an image cannot be read; the message names it
     */
    Map<String, Double> evaluate(TowerEncoder encoder);
}

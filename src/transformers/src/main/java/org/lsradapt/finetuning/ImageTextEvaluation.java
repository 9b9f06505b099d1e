package org.lsradapt.finetuning;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What embeddings of images and texts are measured by, in training or after it. */
interface ImageTextEvaluation {

    /**
     * The metrics that choose the best parameters, the primary one first: the first in which two evaluations differ decides,
     * and larger is better.
     */
    List<String> choosingMetrics();

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

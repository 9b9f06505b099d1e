package org.lsradapt.finetuning;

import java.util.Map;

/** What embeddings of images and texts are measured by, in training or after it. */
interface ImageTextEvaluation {

    /** The metric by which the best parameters are chosen: a key of what {@link #evaluate} gives; larger is better. */
    String primaryMetric();

    /**
     * Measures embeddings.
     *
     * @param encoder makes them
     * @return finite values by name, the primary metric first
     * @throws java.io.UncheckedIOException if an image cannot be read; the message names it
     */
    Map<String, Double> evaluate(TowerEncoder encoder);
}

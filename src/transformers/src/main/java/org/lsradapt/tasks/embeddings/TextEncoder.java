package org.lsradapt.tasks.embeddings;

import java.util.List;

/** Makes embeddings of texts, which an {@link EmbeddingEvaluation} measures. */
public interface TextEncoder {

    /** Embeds any number of texts to be found or compared, in their order, each with the model's prefix of passages; new. */
    float[][] embed(List<String> texts);

    /** Embeds any number of texts to search with, in their order, each with the model's prefix of queries; new. */
    float[][] embedQueries(List<String> queries);

    /**
     * Returns an encoder whose vectors are cut to their first numbers and divided by their Euclidean norms, for models
     * that were trained for it, as by {@link org.lsradapt.objectives.EmbeddingLoss#matryoshka}.
     *
     * @param dimensions the length of the vectors, at least 1; a call that embeds throws
     *     {@link IllegalArgumentException} if a vector is shorter
     * @return a view of this encoder
     */
    default TextEncoder truncated(int dimensions) {
        return new TruncatedEncoder(this, dimensions);
    }
}

package org.lsradapt.finetuning;

import java.util.List;

/** Makes embeddings of texts: what an {@link EmbeddingEvaluation} sees of a model. */
public interface TextEncoder {

    /**
     * The embeddings of texts to be found or compared, each behind the model's prefix of passages.
     *
     * @param texts any number
     * @return a vector per text, in their order, new
     */
    float[][] embed(List<String> texts);

    /**
     * The embeddings of texts that others are searched with, each behind the model's prefix of queries.
     *
     * @param queries any number
     * @return a vector per text, in their order, new
     */
    float[][] embedQueries(List<String> queries);

    /**
     * The same with vectors that are cut to their first numbers and divided by their Euclidean norms, for models that were trained for it, as by
     * {@link org.lsradapt.objectives.EmbeddingLoss#matryoshka}.
     *
     * @param dimensions how many numbers, from 1; a call that embeds throws {@link IllegalArgumentException} if a vector has fewer
     * @return a view of this
     */
    default TextEncoder truncated(int dimensions) {
        return new TruncatedEncoder(this, dimensions);
    }
}

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
}

package org.lsradapt.spark;

/** The columns that the embedder's estimator and model share. */
public interface LsrEmbedderParams<S extends LsrEmbedderParams<S>> extends LsrStage<S> {

    /** The column of the text that the model embeds; "text" by default. */
    default S setTextCol(String value) {
        return setParam("textCol", value);
    }

    /** The column of the embedding, a vector; "embedding" by default. */
    default S setEmbeddingCol(String value) {
        return setParam("embeddingCol", value);
    }

    /** Whether the texts are queries, which some models read with another prefix than the texts to be found. */
    default S setQueries(boolean value) {
        return setParam("queries", value);
    }
}

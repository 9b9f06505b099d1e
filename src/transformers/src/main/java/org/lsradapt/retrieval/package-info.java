/**
 * Searching by embeddings, and how good what is found is.
 *
 * <p>{@link org.lsradapt.retrieval.ExactSearch} finds the documents with the largest dot products with a query;
 * {@link org.lsradapt.retrieval.RankingMetrics} measures rankings as trec_eval does. What is measured on,
 * {@link org.lsradapt.tasks.RetrievalData}, and pairs to train on are in {@link org.lsradapt.tasks}. Embeddings are
 * plain arrays: nothing here knows the model that they come from.
 *
 * <p>Depends on {@link org.lsradapt.tasks}, {@link org.lsradapt.lsr.internal} and ND4J.
 *
 * <p>Limits: every document is compared with every query, and all embeddings are in memory, 4 bytes for each number.
 */
package org.lsradapt.retrieval;

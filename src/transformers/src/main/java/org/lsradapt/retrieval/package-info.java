/**
 * Search by embeddings, and metrics of its quality.
 *
 * <p>{@link org.lsradapt.retrieval.ExactSearch} finds the documents with the largest dot products with a query;
 * {@link org.lsradapt.retrieval.RankingMetrics} measures rankings as trec_eval does. The evaluation data,
 * {@link org.lsradapt.retrieval.RetrievalData}, and the training pairs are in {@link org.lsradapt.tasks}. Embeddings are
 * plain arrays: this package does not depend on the model that makes them.
 *
 * <p>Depends on {@link org.lsradapt.tasks}, {@link org.lsradapt.lsr.internal} and ND4J.
 *
 * <p>Limits: every document is compared with every query, and all embeddings are in memory, 4 bytes for each number.
 */
package org.lsradapt.retrieval;

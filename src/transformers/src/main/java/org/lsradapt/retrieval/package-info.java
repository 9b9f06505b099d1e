/**
 * Queries, passages and judgments; search by embeddings, and metrics of its quality.
 *
 * <p>{@link org.lsradapt.retrieval.PairData}, {@link org.lsradapt.retrieval.ScoredPairData} and {@link org.lsradapt.retrieval.RankingData}
 * are training data for embeddings and rerankers, {@link org.lsradapt.retrieval.RetrievalData} and
 * {@link org.lsradapt.retrieval.Candidates} measure them. {@link org.lsradapt.retrieval.ExactSearch} finds the documents with the largest dot
 * products with a query; {@link org.lsradapt.retrieval.RankingMetrics} measures rankings as trec_eval does. Embeddings are plain arrays: this
 * package does not depend on the model that makes them.
 *
 * <p>Limits: every document is compared with every query, and all embeddings are in memory, 4 bytes for each number.
 */
package org.lsradapt.retrieval;

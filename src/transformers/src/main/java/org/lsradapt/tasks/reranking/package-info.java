/**
 * Passages that are ranked for a query: {@link org.lsradapt.tasks.reranking.Reranker}.
 */
package org.lsradapt.tasks.reranking;

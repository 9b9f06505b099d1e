/**
 * Adapted embedding models and rerankers for LangChain4j: {@link org.lsradapt.langchain4j.AdaptedEmbeddingModel} and
 * {@link org.lsradapt.langchain4j.AdaptedScoringModel}.
 *
 * <p>May depend on {@link org.lsradapt.finetuning}, on the names in {@link org.lsradapt.serving} and
 * {@link org.lsradapt.models}, and on LangChain4j ({@code langchain4j-core} 1.x, an optional dependency), which no other
 * package uses. Limits: text only; one adapter per call, whereas {@link org.lsradapt.tasks.embeddings.MultiAdapterEmbedder#embed}
 * mixes them.
 */
package org.lsradapt.langchain4j;

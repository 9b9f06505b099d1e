/**
 * LangChain4j's interfaces over adapted models: chat ({@link org.lsradapt.langchain4j.AdaptedChatModel}), embeddings
 * ({@link org.lsradapt.langchain4j.AdaptedEmbeddingModel}), queries of any embedding model
 * ({@link org.lsradapt.langchain4j.AdaptedQueryModel}), reranking ({@link org.lsradapt.langchain4j.AdaptedScoringModel}),
 * and classification ({@link org.lsradapt.langchain4j.AdaptedTextClassifier}) with the guardrails and the query router that
 * a classifier decides.
 *
 * <p>May depend on {@link org.lsradapt.finetuning} and the tasks, on the names in {@link org.lsradapt.serving} and
 * {@link org.lsradapt.models}, and on LangChain4j ({@code langchain4j-core} 1.x, and {@code langchain4j}, an optional dependency), which no other package uses. Limits: text only; one adapter per call,
 * whereas {@link org.lsradapt.tasks.embeddings.MultiAdapterEmbedder#embed} mixes them.
 */
package org.lsradapt.langchain4j;

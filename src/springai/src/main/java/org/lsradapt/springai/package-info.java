/**
 * Adapted models for Spring AI: {@link org.lsradapt.springai.AdaptedChatModel} and
 * {@link org.lsradapt.springai.AdaptedEmbeddingModel}, which {@link org.lsradapt.springai.LsrAdaptAutoConfiguration} creates
 * from the properties of a Spring Boot application, and {@link org.lsradapt.springai.AdaptedDocumentReranker}.
 *
 * <p>May depend on {@link org.lsradapt.finetuning}, on {@link org.lsradapt.adapters} to inspect a folder, on the names in
 * {@link org.lsradapt.serving} and {@link org.lsradapt.models}, on Spring AI 2 ({@code
 * spring-ai-model} with its Reactor and Micrometer, and {@code spring-ai-rag}, optional) and on Spring Boot 4 ({@code
 * spring-boot-autoconfigure}, optional), which no other package uses. Limits: text only, no tools; one adapter per call,
 * whereas {@link org.lsradapt.tasks.embeddings.MultiAdapterEmbedder#embed} mixes them.
 */
package org.lsradapt.springai;

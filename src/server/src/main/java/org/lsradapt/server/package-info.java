/**
 * An HTTP server for one base model and many adapters: {@link org.lsradapt.server.AdapterServer}. It speaks the shapes of OpenAI,
 * Cohere, text-embeddings-inference and vLLM, and computes the texts of all waiting requests together, whatever their adapters.
 *
 * <p>May depend on {@link org.lsradapt.store}, {@link org.lsradapt.serving}, {@link org.lsradapt.finetuning} and tasks that have a door
 * of their own. Limits: no TLS and no CORS, which are a proxy's; one base model; texts, not images.
 */
package org.lsradapt.server;

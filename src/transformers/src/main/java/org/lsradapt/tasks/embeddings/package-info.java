/**
 * Embeddings of texts: {@link org.lsradapt.tasks.embeddings.TextEmbedder}, trained on pairs or scored pairs, and the mining of hard
 * negatives.
 */
package org.lsradapt.tasks.embeddings;

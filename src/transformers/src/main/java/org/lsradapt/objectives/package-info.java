/**
 * Heads that read a model's last hidden states, and losses for classes, numbers, next tokens and embeddings of texts.
 *
 * <p>{@link org.lsradapt.objectives.AdaptedModel} combines frozen weights, adapters and an
 * {@link org.lsradapt.objectives.Objective}. It computes outputs for sequences, and the gradients of a loss.
 *
 * <p>Depends on {@link org.lsradapt.transformer}, {@link org.lsradapt.lsr} and ND4J.
 */
package org.lsradapt.objectives;

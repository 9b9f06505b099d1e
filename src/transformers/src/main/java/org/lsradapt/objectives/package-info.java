/**
 * Heads that read a model's last hidden states, and losses: classes, a number, the next token, or texts'
 * embeddings.
 *
 * <p>{@link org.lsradapt.objectives.AdaptedModel} puts frozen weights, adapters and an
 * {@link org.lsradapt.objectives.Objective} together: outputs for sequences, and the gradients of a loss.
 *
 * <p>Depends on {@link org.lsradapt.transformer}, {@link org.lsradapt.lsr} and ND4J.
 */
package org.lsradapt.objectives;

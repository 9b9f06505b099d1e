/**
 * Runs transformers with frozen weights and updates of their linear layers, forward and backward.
 *
 * <p>A model is a composition of the records in {@link org.lsradapt.transformer.parts};
 * {@link org.lsradapt.transformer.TransformerWeights} holds its arrays, and
 * {@link org.lsradapt.transformer.TransformerPass} takes batches through it. One generic block runs every family.
 *
 * <p>Sequences are packed, not padded: a batch is one matrix [tokens, width] of the real tokens of all its sequences
 * one after the other, and attention runs within each sequence. The last layer computes keys and values for all tokens
 * but everything else only for the wanted {@linkplain org.lsradapt.transformer.inputs.Rows rows}. The backward pass goes down
 * to the lowest adapted layer and computes no gradient of a frozen weight.
 *
 * <p>The models' own dropout is not applied: the adapters are small and the weights frozen.
 *
 * <p>Depends on {@link org.lsradapt.lsr} and ND4J. Runs in FLOAT; DOUBLE is supported for checks.
 */
package org.lsradapt.transformer;

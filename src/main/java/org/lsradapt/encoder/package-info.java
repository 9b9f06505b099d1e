/**
 * A BERT-family encoder (BERT, MiniLM, RoBERTa) with frozen weights, its classification and regression heads, and the
 * forward and backward passes that adapters need.
 *
 * <p>Sequences are packed, not padded: a batch is one matrix [tokens, hidden] of the real tokens of all its sequences one
 * after the other, and attention runs within each sequence. The last layer computes keys and values for all tokens but
 * everything else only for each sequence's first token, which is all a head reads. The backward pass goes down to the
 * lowest adapted layer and computes no gradient of a frozen weight.
 *
 * <p>Dropout is left out: the adapters are small and the weights frozen.
 *
 * <p>Depends on {@link org.lsradapt.lsr} and ND4J. Runs in FLOAT; DOUBLE is supported for checks. A
 * {@link org.lsradapt.encoder.SequenceModel} is for one thread at a time.
 */
package org.lsradapt.encoder;

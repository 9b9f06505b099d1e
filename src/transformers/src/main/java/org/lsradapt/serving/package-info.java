/**
 * Many adapters on one model, for inference: {@link org.lsradapt.serving.MultiAdapterModel} holds adapters and heads by
 * name, and each sequence of a batch chooses its adapter. The model computes
 *
 * <pre>
 *   y = x·W + b + c_i·(x·A_i)·B_i          i: the adapter of the sequence that the row x belongs to
 * </pre>
 *
 * <p>The frozen products are computed once for all rows of a batch, in its order; the thin ones for each sequence
 * separately. So, to the bit, a sequence's result does not depend on the adapters of the other sequences of the batch,
 * and a sequence without an adapter has the base model's result for the batch.
 *
 * <p>All methods may be called by many threads at once.
 *
 * <p>With an {@link org.lsradapt.serving.AdapterSource}, the model has more adapters than fit into memory: each is read
 * on its first use, and the dense matrices of those used last stay in memory, up to a limit in bytes.
 *
 * <p>May depend on {@link org.lsradapt.lsr}, {@link org.lsradapt.transformer}, {@link org.lsradapt.models} and
 * {@link org.lsradapt.adapters}. Limits: no training; the other sequences of a batch change a result in the last
 * digits, as with the encoder alone.
 */
package org.lsradapt.serving;

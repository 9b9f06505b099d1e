/**
 * Many adapters on one model, to use without training: {@link org.lsradapt.serving.MultiAdapterModel} holds adapters
 * and heads by name, and each sequence of a batch can ask for another one. What it computes:
 *
 * <pre>
 *   y = x·W + b + c_i·(x·A_i)·B_i          i: the adapter of the sequence that the row x belongs to
 * </pre>
 *
 * <p>The frozen products are computed once for all rows of a batch, in its order; the thin ones for each sequence on
 * its own. So, to the bit, a sequence's result does not depend on which adapters the other sequences of the batch use,
 * and one without an adapter has what the base model gives for the batch.
 *
 * <p>All methods may be called by many threads at once.
 *
 * <p>With an {@link org.lsradapt.serving.AdapterSource} it has more adapters than fit into memory: each is read when it is
 * first asked for, and its dense matrices stay within a number of bytes, those used last.
 *
 * <p>May depend on {@link org.lsradapt.lsr}, {@link org.lsradapt.transformer}, {@link org.lsradapt.models} and
 * {@link org.lsradapt.adapters}.
 * Limits: no training; which other sequences are in a batch changes a result in the last digits, as it does for the
 * encoder alone.
 */
package org.lsradapt.serving;

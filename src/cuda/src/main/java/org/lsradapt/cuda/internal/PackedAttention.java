package org.lsradapt.cuda.internal;

/** Attention of packed sequences and its gradients, by one kind of kernel. For one thread at a time. */
public interface PackedAttention {

    /**
     * out ← softmax(scores)·V.
     *
     * @param seen address of two numbers of 32 bits per query row: its first key row, and its last key row + 1
     * @param out address of [rows, heads·size]
     * @param logs address of [rows, heads], FLOAT, which the gradients read
     * @param rows the number of query rows
     */
    void attention(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seen,
            long out,
            long logs,
            int rows);

    /**
     * Computes the gradient of the queries.
     *
     * @param out the output of {@link #attention}
     * @param logs the output of {@link #attention}
     * @param dOut address of the gradient of out
     * @param sums address of [rows, heads], FLOAT, which {@link #keyGradient} reads
     * @param dQueries address of the first head's first number
     * @param rows the number of query rows
     */
    void queryGradient(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seen,
            long out,
            long logs,
            long dOut,
            long sums,
            long dQueries,
            int rows);

    /**
     * Computes the gradients of keys and values.
     *
     * @param seers address of two numbers of 32 bits per key row: the first query row that sees it, and the last + 1
     * @param logs the output of {@link #attention}
     * @param sums the output of {@link #queryGradient}
     * @param gradients addresses of the gradients; that of the queries is not used
     * @param rows the number of key rows
     */
    void keyGradient(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seers,
            long logs,
            long dOut,
            long sums,
            AttentionKernels.Inputs gradients,
            int rows);
}

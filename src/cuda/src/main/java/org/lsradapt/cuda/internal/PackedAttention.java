package org.lsradapt.cuda.internal;

/** Attention of packed sequences and its gradients, by one kind of kernels. For one thread at a time. */
public interface PackedAttention {

    /**
     * out ← softmax(scores)·V.
     *
     * @param seen address of two numbers of 32 bits per query row: its first key row, and behind its last
     * @param out address of [rows, heads·size]
     * @param logs address of [rows, heads], FLOAT, for the gradients
     * @param rows of queries
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
     * The gradient of the queries.
     *
     * @param out as {@link #attention} left it
     * @param logs as {@link #attention} left it
     * @param dOut address of the gradient of out
     * @param sums address of [rows, heads], FLOAT, for {@link #keyGradient}
     * @param dQueries address of the first head's first number
     * @param rows of queries
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
     * The gradients of keys and values.
     *
     * @param seers address of two numbers of 32 bits per key row: the first query row that sees it, and behind the last
     * @param logs as {@link #attention} left it
     * @param sums as {@link #queryGradient} left it
     * @param gradients addresses of where they go; the queries' is not read
     * @param rows of keys
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

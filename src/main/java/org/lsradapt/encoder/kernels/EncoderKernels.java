package org.lsradapt.encoder.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The operations of an encoder besides matrix products with weights. Matrices are 'c' ordered [rows, width], possibly
 * blocks of columns of wider ones; vectors are contiguous. Everything is of one type. Shapes are the caller's to check.
 */
public interface EncoderKernels {

    /**
     * out[t] = Σ_i tables_i[rows_i[t]].
     *
     * @param tables embedding tables [n_i, width]
     * @param rows for each table, the row of each token, in range
     * @param out [tokens, width], overwritten
     */
    void embed(INDArray[] tables, int[][] rows, INDArray out);

    /**
     * out ← gelu(product + bias), gelu(x) = x·Φ(x), the exact (erf) form.
     *
     * @param product [rows, width]; overwritten with gelu'(product + bias) if {@code keepDerivative}, else unspecified
     * @param bias [width]
     * @param out [rows, width], overwritten; may be {@code product} if the derivative is not kept
     * @param keepDerivative whether the derivative is wanted
     */
    void gelu(INDArray product, INDArray bias, INDArray out, boolean keepDerivative);

    /** inOut ← inOut ∘ factor, both [rows, width]. */
    void multiply(INDArray factor, INDArray inOut);

    /**
     * Layer normalization of a sum: with z = product + bias + residual, out ← (z − mean)/√(var + ε) ∘ γ + β per row; the
     * variance is that of the row, divided by its width.
     *
     * @param product [rows, width]
     * @param bias [width], or null
     * @param residual [rows, width], or null
     * @param gamma γ [width]
     * @param beta β [width]
     * @param epsilon ε
     * @param out [rows, width], overwritten; may be {@code product}
     * @param normalized [rows, width], overwritten with the rows before γ and β; null if no gradient is wanted
     * @param inverseDeviation [rows], overwritten with 1/√(var + ε); null if no gradient is wanted
     */
    void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation);

    /**
     * The gradient of {@link #addNormalize} with respect to z.
     *
     * @param gradOut [rows, width]
     * @param gamma γ [width]
     * @param normalized as kept
     * @param inverseDeviation as kept
     * @param gradIn [rows, width], overwritten; may be {@code gradOut}
     */
    void normalizeGradient(
            INDArray gradOut, INDArray gamma, INDArray normalized, INDArray inverseDeviation, INDArray gradIn);

    /** z ← tanh(z), z [rows, width]. */
    void tanh(INDArray z);

    /**
     * The gradient of {@link #tanh}: grad ← grad ∘ (1 − y²).
     *
     * @param y [rows, width], as {@code tanh} left it
     * @param grad [rows, width], overwritten
     */
    void tanhGradient(INDArray y, INDArray grad);

    /** to[i] ← from[rows[i]]. */
    void gatherRows(INDArray from, int[] rows, INDArray to);

    /** to[rows[i]] ← from[i]; the rows are distinct. */
    void scatterRows(INDArray from, int[] rows, INDArray to);

    /** to[rows[i]] ← to[rows[i]] + from[i]; the rows are distinct. */
    void scatterAddRows(INDArray from, int[] rows, INDArray to);

    /**
     * Multi-head attention within each sequence: per sequence and head, P = softmax(Q·Kᵀ/√width) and out = P·V.
     *
     * @param spans the sequences' rows
     * @param heads number of heads; head i is the i-th block of columns of q, k, v and out
     * @param q queries [query rows, hidden]
     * @param k keys [key rows, hidden]
     * @param v values [key rows, hidden]
     * @param probabilities vector of at least {@link Spans#probabilities} numbers, overwritten with P of each sequence and
     *     head, in an order of the implementation's own
     * @param out [query rows, hidden], overwritten
     */
    void attention(Spans spans, int heads, INDArray q, INDArray k, INDArray v, INDArray probabilities, INDArray out);

    /**
     * The gradient of {@link #attention}.
     *
     * @param probabilities as {@code attention} of the same implementation left it
     * @param gradOut [query rows, hidden]
     * @param gradQ [query rows, hidden], overwritten
     * @param gradK [key rows, hidden], overwritten; null to leave it out
     * @param gradV [key rows, hidden], overwritten
     */
    void attentionGradient(
            Spans spans,
            int heads,
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray probabilities,
            INDArray gradOut,
            INDArray gradQ,
            INDArray gradK,
            INDArray gradV);
}

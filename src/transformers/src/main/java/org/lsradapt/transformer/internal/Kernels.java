package org.lsradapt.transformer.internal;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.transformer.parts.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The operations of a transformer besides matrix products with weights. Matrices are 'c' ordered [rows, width],
 * possibly blocks of columns of wider ones; vectors are contiguous. Everything is of one type. Shapes are the caller's
 * to check.
 */
public interface Kernels {

    /**
     * The fastest kernels for a backend and a type.
     *
     * @param backend the backend of the matrix products
     * @param type the type of weights and activations
     * @return {@link CpuKernels} for FLOAT on {@link CpuBackend}, else {@link PlainKernels}
     */
    static Kernels standard(Backend backend, DataType type) {
        return backend instanceof CpuBackend && type == DataType.FLOAT ? new CpuKernels() : new PlainKernels();
    }

    /**
     * out[t] = scale·Σ_i tables_i[rows_i[t]].
     *
     * @param tables embedding tables of one width
     * @param rows for each table, the row of each token, in range
     * @param scale factor of the sum
     * @param out [tokens, width], overwritten
     */
    void embed(EmbeddingTable[] tables, int[][] rows, double scale, INDArray out);

    /** Whether {@link #activate}, {@link #activateGated} and {@link #gatedGradient} also round their result to BF16. */
    default boolean roundsToBfloat16() {
        return false;
    }

    /**
     * out ← f(product + bias).
     *
     * @param f the function
     * @param product [rows, width]; overwritten with f'(product + bias) if {@code keepDerivative}, else unspecified
     * @param bias [width], or null
     * @param out [rows, width], overwritten; may be {@code product} if the derivative is not kept; contiguous in
     *     BFLOAT16 where the result is rounded
     * @param keepDerivative whether the derivative is wanted
     */
    void activate(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative);

    /**
     * out ← f(g) ∘ u with [g u] = product + bias.
     *
     * @param f the function
     * @param product [rows, 2·width]; overwritten with [f'(g) ∘ u, f(g)], the derivatives of {@code out} with respect
     *     to g and u, if {@code keepDerivative}, else unspecified
     * @param bias [2·width], or null
     * @param out [rows, width], overwritten; shares no memory with {@code product}; may be in BFLOAT16 likewise
     * @param keepDerivative whether the derivatives are wanted
     */
    void activateGated(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative);

    /**
     * The gradient of {@link #activateGated}: [gradOut ∘ kept_g, gradOut ∘ kept_u].
     *
     * @param kept [rows, 2·width], as {@code activateGated} left it
     * @param gradOut [rows, width]
     * @param gradProduct [rows, 2·width], overwritten; may be in BFLOAT16 likewise
     */
    void gatedGradient(INDArray kept, INDArray gradOut, INDArray gradProduct);

    /**
     * out ← x ∘ mask, or out + x ∘ mask.
     *
     * @param x [rows, width]
     * @param mask as many rows
     * @param add whether it is added to {@code out}
     * @param out [rows, width], overwritten or added to; may be {@code x} where nothing is added
     */
    void drop(INDArray x, DropMask mask, boolean add, INDArray out);

    /** inOut ← inOut ∘ factor, both [rows, width]. */
    void multiply(INDArray factor, INDArray inOut);

    /**
     * out ← product + bias + residual.
     *
     * @param product [rows, width]
     * @param bias [width], or null
     * @param residual [rows, width], or null
     * @param out [rows, width], overwritten; may be one of the others
     */
    void add(INDArray product, INDArray bias, INDArray residual, INDArray out);

    /**
     * Normalizes a sum: with z = product + bias + residual, out ← norm(z) per row.
     *
     * @param product [rows, width]
     * @param bias [width], or null
     * @param residual [rows, width], or null
     * @param sum [rows, width], overwritten with z; null if it is not wanted
     * @param norm the formula and its weights
     * @param out [rows, width], overwritten; may be {@code product}
     * @param normalized [rows, width], overwritten with the rows before γ and β; null if no gradient is wanted or
     *     {@linkplain NormWeights#normalizes nothing is normalized}
     * @param inverseDeviation [rows], overwritten with 1/√(var + ε), or 1/√(mean square + ε); null as
     *     {@code normalized}
     */
    void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray sum,
            NormWeights norm,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation);

    /**
     * The gradient of {@link #addNormalize} with respect to z.
     *
     * @param gradOut [rows, width]
     * @param norm the formula and its weights
     * @param normalized as kept
     * @param inverseDeviation as kept
     * @param residual [rows, width], added to the gradient; null for none
     * @param gradIn [rows, width], overwritten; may be {@code gradOut} or {@code residual}
     */
    void normalizeGradient(
            INDArray gradOut,
            NormWeights norm,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray residual,
            INDArray gradIn);

    /**
     * out ← γ ∘ normalized + β: what {@link #addNormalize} gave, from what it kept.
     *
     * @param normalized [rows, width]
     * @param norm the weights
     * @param out [rows, width], overwritten
     */
    void scaleNormalized(INDArray normalized, NormWeights norm, INDArray out);

    /**
     * Normalizes each head of each row by its mean square: with z = one head, z ← z/√(mean(z²) + ε) ∘ γ.
     *
     * @param x [rows, heads·d], overwritten
     * @param norm the formula and its weights [d]; not {@link org.lsradapt.transformer.parts.Norm.Kind#LAYER}
     * @param normalized [rows, heads·d], overwritten with the heads before γ; null if no gradient is wanted
     * @param inverseDeviation [rows, heads], overwritten with 1/√(mean square + ε); null if no gradient is wanted
     */
    void normalizeHeads(INDArray x, NormWeights norm, INDArray normalized, INDArray inverseDeviation);

    /**
     * The gradient of {@link #normalizeHeads}.
     *
     * @param norm the formula and its weights
     * @param normalized as kept
     * @param inverseDeviation as kept
     * @param gradient of the result [rows, heads·d], overwritten with that of what was normalized
     */
    void normalizeHeadsGradient(NormWeights norm, INDArray normalized, INDArray inverseDeviation, INDArray gradient);

    /**
     * x ← c·tanh(x/c).
     *
     * @param cap c
     * @param x [rows, width], overwritten
     */
    void cap(double cap, INDArray x);

    /**
     * The gradient of {@link #cap}.
     *
     * @param cap c
     * @param capped what {@code cap} gave [rows, width]
     * @param gradient of that, overwritten with that of what was capped
     */
    void capGradient(double cap, INDArray capped, INDArray gradient);

    /**
     * Rotary positions: in each head, numbers i and i + n/2 of the first n turn by the angle of the row's position.
     *
     * @param rotation the angles
     * @param positions the position of each row; of one of a long sequence, {@link Rotation#inLongSequence} of that
     * @param x [rows, heads·d], overwritten
     * @param back whether to turn the other way, which is the gradient: a factor of the angles stays
     */
    void rotate(Rotation rotation, int[] positions, INDArray x, boolean back);

    /** to[i] ← from[rows[i]]. */
    void gatherRows(INDArray from, int[] rows, INDArray to);

    /** to[rows[i]] ← from[i]; the rows are distinct. */
    void scatterRows(INDArray from, int[] rows, INDArray to);

    /** to[rows[i]] ← to[rows[i]] + from[i], in order of i; rows may repeat. */
    void scatterAddRows(INDArray from, int[] rows, INDArray to);

    /**
     * Writes numbers to a part of an array.
     *
     * @param numbers what to write
     * @param from the place of the first of them
     * @param to contiguous, written
     */
    void write(float[] numbers, long from, INDArray to);

    /** How many numbers {@link #attention} keeps for its gradient. */
    long attentionMemory(Spans spans, Heads heads);

    /**
     * Multi-head attention within each sequence: per sequence and head, P = softmax(scale·S) and out = P·V, where S =
     * Q·Kᵀ, with relative rows K_r and Q_r S_ij = q_i·k_j + q_i·K_r(i−j) + k_j·Q_r(i−j). A bias of distances is added
     * to scale·S. P_ij = 0 where query i
     * does not see key j: in a causal model where j > i, with a window where it is too far away.
     *
     * @param probabilities vector of at least {@link #attentionMemory} numbers, overwritten with P of each sequence and
     *     head, in an order of the implementation's own; null to keep none, where no gradient is wanted
     * @param out [query rows, queries·d], overwritten
     */
    void attention(AttentionInputs inputs, INDArray probabilities, INDArray out);

    /**
     * The gradient of {@link #attention}.
     *
     * @param probabilities as {@code attention} of the same implementation left it
     * @param gradOut [query rows, queries·d]
     * @param gradients overwritten
     */
    void attentionGradient(
            AttentionInputs inputs, INDArray probabilities, INDArray gradOut, AttentionGradients gradients);

    /**
     * Cross-entropy of each row's softmax, with smoothed targets: losses[from + i] = log Σ_c e^z_ic − (1 − ε)·z_i,target(i) − ε·mean_c z_ic.
     *
     * @param logits z [rows, vocabulary], 'c' ordered; overwritten with scale·(softmax(z) − (1 − ε)·onehot(target) − ε/vocabulary), the
     *     gradient, if that is wanted, else unspecified
     * @param targets the target of row i is {@code targets[from + i]}, in range
     * @param from where the rows' targets and losses begin
     * @param smoothing ε
     * @param scale factor of the gradient
     * @param gradient whether the gradient is wanted
     * @param losses written
     */
    void crossEntropy(
            INDArray logits,
            int[] targets,
            int from,
            double smoothing,
            double scale,
            boolean gradient,
            double[] losses);
}

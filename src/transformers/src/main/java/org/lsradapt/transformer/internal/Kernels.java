package org.lsradapt.transformer.internal;

import java.util.function.Supplier;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.transformer.parts.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The operations of a transformer other than matrix products with weights. Matrices are 'c' ordered [rows, width],
 * possibly blocks of columns of wider ones; vectors are contiguous. All arrays have one type. The caller checks shapes.
 */
public interface Kernels {

    /** Returns {@link CpuKernels} for FLOAT on {@link CpuBackend}, otherwise {@link PlainKernels}. */
    static Kernels standard(Backend backend, DataType type) {
        return backend instanceof CpuBackend && type == DataType.FLOAT ? new CpuKernels() : new PlainKernels();
    }

    /** Computes out[t] = scale·Σ_i tables_i[rows_i[t]] [tokens, width]; rows are in range. */
    void embed(EmbeddingTable[] tables, int[][] rows, double scale, INDArray out);

    /** Whether {@link #activate}, {@link #activateGated} and {@link #gatedGradient} also round their result to BF16. */
    default boolean roundsToBfloat16() {
        return false;
    }

    /**
     * Computes out ← f(product + bias).
     *
     * @param product [rows, width]; overwritten with f'(product + bias) if {@code keepDerivative}, otherwise with
     *     unspecified values
     * @param bias [width], or null
     * @param out [rows, width], overwritten; may be {@code product} if the derivative is not kept; contiguous in
     *     BFLOAT16 if the result is rounded
     */
    void activate(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative);

    /**
     * Computes out ← f(g) ∘ u with [g u] = product + bias.
     *
     * @param product [rows, 2·width]; overwritten with [f'(g) ∘ u, f(g)], the derivatives of {@code out} with respect
     *     to g and u, if {@code keepDerivative}, otherwise with unspecified values
     * @param bias [2·width], or null
     * @param out [rows, width], overwritten; shares no memory with {@code product}; may also be BFLOAT16
     */
    void activateGated(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative);

    /**
     * Computes the gradient of {@link #activateGated}: [gradOut ∘ kept_g, gradOut ∘ kept_u].
     *
     * @param kept [rows, 2·width], the derivatives kept by {@code activateGated}
     * @param gradOut [rows, width]
     * @param gradProduct [rows, 2·width], overwritten; may also be BFLOAT16
     */
    void gatedGradient(INDArray kept, INDArray gradOut, INDArray gradProduct);

    /** Computes out ← x ∘ mask, or out + x ∘ mask; out may be x if it is not added to. */
    void drop(INDArray x, DropMask mask, boolean add, INDArray out);

    /** Computes inOut ← inOut ∘ factor, both [rows, width]. */
    void multiply(INDArray factor, INDArray inOut);

    /**
     * Computes out ← product + bias + residual.
     *
     * @param bias [width], or null
     * @param residual [rows, width], or null
     * @param out [rows, width], overwritten; may be the same array as one of the others
     */
    void add(INDArray product, INDArray bias, INDArray residual, INDArray out);

    /**
     * Normalizes a sum: with z = product + bias + residual, out ← norm(z) per row.
     *
     * @param bias [width], or null
     * @param residual [rows, width], or null
     * @param sum [rows, width], overwritten with z; null if it is not wanted
     * @param out [rows, width], overwritten; may be {@code product}
     * @param normalized [rows, width], overwritten with the rows before γ and β; null if no gradient is wanted or
     *     {@linkplain NormWeights#normalizes nothing is normalized}
     * @param inverseDeviation [rows], overwritten with 1/√(var + ε), or 1/√(mean square + ε); null if
     *     {@code normalized} is
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
     * Computes the gradient of {@link #addNormalize} with respect to z.
     *
     * @param normalized the array kept by {@code addNormalize}
     * @param inverseDeviation the array kept by {@code addNormalize}
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

    /** Computes out ← γ ∘ normalized + β, all [rows, width], from what {@link #addNormalize} kept. */
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

    /** Turns the gradient of {@link #normalizeHeads}'s result [rows, heads·d] into that of its input. */
    void normalizeHeadsGradient(NormWeights norm, INDArray normalized, INDArray inverseDeviation, INDArray gradient);

    /** Overwrites x [rows, width] with c·tanh(x/c). */
    void cap(double cap, INDArray x);

    /** Turns the gradient of {@link #cap}'s result {@code capped} into that of its input. */
    void capGradient(double cap, INDArray capped, INDArray gradient);

    /**
     * Applies rotary positions: in each head, numbers i and i + n/2 of the first n turn by the angle of the row's
     * position.
     *
     * @param positions the position of each row, through {@link Rotation#inLongSequence} for a long sequence
     * @param x [rows, heads·d], overwritten
     * @param back whether to turn the other way, which computes the gradient; a factor of the angles still applies
     */
    void rotate(Rotation rotation, int[] positions, INDArray x, boolean back);

    /** Copies to[i] ← from[rows[i]]. */
    void gatherRows(INDArray from, int[] rows, INDArray to);

    /** Copies to[rows[i]] ← from[i]; the rows are distinct. */
    void scatterRows(INDArray from, int[] rows, INDArray to);

    /**
     * Copies a block of rows to each of several arrays.
     *
     * @param begins the first row of each block, and finally the number of rows
     * @param places the row of each array that receives the first row of its block
     */
    void appendRows(INDArray from, int[] begins, INDArray[] to, int[] places);

    /** Adds to[rows[i]] ← to[rows[i]] + from[i], in order of i; rows may repeat. */
    void scatterAddRows(INDArray from, int[] rows, INDArray to);

    /** Writes numbers to a contiguous array from index {@code from} on. */
    void write(Supplier<float[]> numbers, long from, INDArray to);

    /** Returns how many numbers {@link #attention} keeps for its gradient. */
    long attentionMemory(Spans spans, Heads heads);

    /**
     * Computes multi-head attention within each sequence: for each sequence and head, P = softmax(scale·S) and out =
     * P·V, where S = Q·Kᵀ, or with relative rows K_r and Q_r S_ij = q_i·k_j + q_i·K_r(i−j) + k_j·Q_r(i−j). A bias of
     * distances is added to scale·S. P_ij = 0 if query i does not see key j: in a causal model if j > i, with a window
     * if j is too far away.
     *
     * @param kept vector of at least {@link #attentionMemory} numbers, overwritten with what the gradient needs, such as
     *     P of each sequence and head, in the implementation's order; null if no gradient is wanted
     * @param out [query rows, queries·d], overwritten
     */
    void attention(AttentionInputs inputs, INDArray kept, INDArray out);

    /** Computes the gradient of {@link #attention} from its result and what the same kernels kept. */
    void attentionGradient(
            AttentionInputs inputs, INDArray kept, INDArray out, INDArray gradOut, AttentionGradients gradients);

    /**
     * Computes the cross-entropy of each row's softmax, with smoothed targets: losses[from + i] = log Σ_c e^z_ic − (1 −
     * ε)·z_i,target(i) − ε·mean_c z_ic.
     *
     * @param logits z [rows, vocabulary], 'c' ordered; overwritten with the gradient scale·(softmax(z) − (1 −
     *     ε)·onehot(target) − ε/vocabulary) if that is wanted, otherwise with unspecified values
     * @param targets the target of row i is {@code targets[from + i]}, in range
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

package org.lsradapt.transformer;

import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.NormWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One normalization in a pass, with the arrays that its gradient needs. */
final class NormRun {
    private static final int DEVIATIONS = 64;

    private final NormWeights weights;
    private final Kernels kernels;
    private final Buffer normalized;
    private final Buffer deviation;

    NormRun(String name, NormWeights weights, Kernels kernels, MemoryPlan plan, boolean trains) {
        this.weights = weights;
        this.kernels = kernels;
        boolean keeps = trains && weights.normalizes();
        normalized = keeps ? plan.buffer(name + " normalized", weights.gamma().length(), true) : null;
        deviation = keeps ? plan.buffer(name + " deviations", DEVIATIONS, true) : null;
    }

    /** Computes out ← norm(product + bias + residual), and the sum before it unless null; bias [width] and residual may be null. */
    void forward(INDArray product, INDArray bias, INDArray residual, INDArray sum, INDArray out) {
        long rows = product.size(0);
        kernels.addNormalize(
                product,
                bias,
                residual,
                sum,
                weights,
                out,
                normalized == null ? null : normalized.rows(rows),
                deviation == null ? null : deviation.vector(rows));
    }

    /** Overwrites out with the last result of {@link #forward}. */
    void recompute(INDArray out) {
        kernels.scaleNormalized(normalized.rows(out.size(0)), weights, out);
    }

    /** Overwrites {@code gradIn} with the gradient of the normalized sum plus the residual, if any; it may be one of the others. */
    void backward(INDArray gradOut, INDArray residual, INDArray gradIn) {
        long rows = gradOut.size(0);
        kernels.normalizeGradient(
                gradOut,
                weights,
                normalized == null ? null : normalized.rows(rows),
                deviation == null ? null : deviation.vector(rows),
                residual,
                gradIn);
    }
}

package org.lsradapt.transformer;

import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.NormWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The normalization of each head of queries or keys in a pass, in place, with the arrays that its gradient needs. */
final class HeadNormRun {
    private final NormWeights weights;
    private final Kernels kernels;
    private final Buffer normalized;
    private final Buffer deviation;

    /** Plans a normalization of heads {@code width} wide together, of {@code query} or {@code key}. */
    HeadNormRun(String name, NormWeights weights, long width, Kernels kernels, MemoryPlan plan, boolean trains) {
        this.weights = weights;
        this.kernels = kernels;
        long heads = width / weights.gamma().length();
        normalized = trains ? plan.buffer(name + " heads normalized", width, true) : null;
        deviation = trains ? plan.buffer(name + " heads deviations", heads, true) : null;
    }

    /** Normalizes heads [rows, width]. */
    void forward(INDArray heads) {
        long rows = heads.size(0);
        kernels.normalizeHeads(
                heads,
                weights,
                normalized == null ? null : normalized.rows(rows),
                deviation == null ? null : deviation.rows(rows));
    }

    /** Overwrites the gradient of the output of {@link #forward} with that of its input. */
    void backward(INDArray gradient) {
        long rows = gradient.size(0);
        kernels.normalizeHeadsGradient(weights, normalized.rows(rows), deviation.rows(rows), gradient);
    }
}

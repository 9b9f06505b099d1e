package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer whose update is the thin product ΔW = c·L·R, with the arrays of its passes. */
final class ThinUse implements ProductUse {
    private final Backend backend;
    private final INDArray left;
    private final boolean transposed;
    private final @Nullable INDArray gradLeft;
    private final INDArray right;
    private final INDArray gradRight;
    private final double scaling;
    private final Buffer hidden;
    private final Buffer gradHidden;

    /**
     * Makes a use.
     *
     * @param left L [in, ρ], or Lᵀ [ρ, in] if transposed
     * @param gradLeft the gradient of {@code left}, to which passes add; null for a frozen one
     * @param right R [ρ, out] with its gradient, to which passes add
     */
    ThinUse(
            Backend backend,
            INDArray left,
            boolean transposed,
            @Nullable INDArray gradLeft,
            StackMemory.Piece right,
            double scaling) {
        this.backend = backend;
        this.left = left;
        this.transposed = transposed;
        this.gradLeft = gradLeft;
        this.right = right.value();
        gradRight = right.gradient();
        this.scaling = scaling;
        hidden = new Buffer(this.right.dataType(), this.right.size(0));
        gradHidden = new Buffer(this.right.dataType(), this.right.size(0));
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        backend.gemm(read(x), false, right, false, scaling, 1, y);
    }

    /** Computes x·L, which {@link #backward} reads. */
    INDArray read(INDArray x) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(x, false, left, transposed, 1, 0, h);
        return h;
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(h, true, gradOutput, false, scaling, 1, gradRight);
        if (gradLeft == null && gradInput == null) {
            return;
        }
        INDArray gradH = gradHidden.rows(x.size(0));
        backend.gemm(gradOutput, false, right, true, scaling, 0, gradH);
        if (gradLeft != null) {
            backend.gemm(transposed ? gradH : x, true, transposed ? x : gradH, false, 1, 1, gradLeft);
        }
        if (gradInput != null) {
            backend.gemm(gradH, false, left, !transposed, 1, 1, gradInput);
        }
    }

    @Override
    public void writeGradients(INDArray gradDelta) {
        if (gradLeft != null && transposed) {
            backend.gemm(right, false, gradDelta, true, scaling, 0, gradLeft);
        } else if (gradLeft != null) {
            backend.gemm(gradDelta, false, right, true, scaling, 0, gradLeft);
        }
        backend.gemm(left, !transposed, gradDelta, false, scaling, 0, gradRight);
    }

    @Override
    public void close() {
        hidden.close();
        gradHidden.close();
    }
}

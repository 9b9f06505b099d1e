package org.lsradapt.transformer;

import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.FeedForward;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The feed-forward part of a block, plain or gated; its output is the product without its bias. */
final class FeedForwardRun implements AutoCloseable {
    private final FeedForward part;
    private final Backend backend;
    private final Kernels kernels;
    private final boolean trains;
    private final FrozenLinear innerWeights;
    private final FrozenLinear down;
    private final LayerUpdate gateUpdate;
    private final LayerUpdate upUpdate;
    private final LayerUpdate downUpdate;
    private final long width;
    private final long innerWidth;

    /** The products before the activation, later their derivatives. */
    private final Buffer inner;
    /** The input of the down product; kept only for its adapter. */
    private final Buffer active;

    private final Buffer gradActive;
    private final Buffer gradInner;
    /** {@link #active} and {@link #gradInner} in BF16, used if only products that round to BF16 read them. */
    private final Buffer roundedActive;

    private final Buffer roundedGradInner;
    private final boolean takesRounded;

    FeedForwardRun(int block, FeedForward part, LaneTools tools, boolean trains) {
        this.part = part;
        backend = tools.backend();
        kernels = tools.kernels();
        TransformerWeights weights = tools.weights();
        MemoryPlan plan = tools.plan();
        this.trains = trains;
        innerWeights = weights.inner(block);
        down = weights.projection(part.down());
        gateUpdate = part.gate().map(gate -> tools.update(gate.name())).orElse(LayerUpdate.NONE);
        upUpdate = tools.update(part.up().name());
        downUpdate = tools.update(part.down().name());
        width = part.up().out();
        innerWidth = part.gate().isPresent() ? 2 * width : width;
        inner = plan.buffer("inner", innerWidth, trains);
        active = plan.buffer("active", width, trains && downUpdate.trains());
        gradActive = plan.scratch("gradient of active", width);
        gradInner = part.gate().isPresent() ? plan.scratch("gradient of inner", innerWidth) : gradActive;
        roundedActive = plan.roundedScratch("active", width);
        roundedGradInner = plan.roundedScratch("gradient of inner", innerWidth);
        takesRounded = kernels.roundsToBfloat16()
                && down.weight().takesBfloat16(backend)
                && innerWeights.weight().takesBfloat16(backend);
    }

    /** Whether an adapter reads the part's input in the backward pass. */
    boolean readsInput() {
        return gateUpdate.trains() || upUpdate.trains();
    }

    /** The bias that follows the down product, or null. */
    INDArray outputBias() {
        return down.bias().orElse(null);
    }

    /** Computes the part's output [rows, width] before its bias; {@code rows} has the first row of each sequence. */
    void forward(int[] rows, INDArray input, INDArray product) {
        recompute(rows, input);
        INDArray a = active(input.size(0));
        down.weight().multiply(backend, a, 0, product);
        if (!downUpdate.isNone()) {
            downUpdate.forward(rows, a, product);
        }
    }

    private INDArray active(long n) {
        return takesRounded && downUpdate.isNone() ? roundedActive.rows(n) : active.rows(n);
    }

    /** Fills what {@link #backward} reads like {@link #forward}, except what the down product's adapter keeps. */
    void recompute(int[] rows, INDArray input) {
        long n = input.size(0);
        INDArray z = inner.rows(n);
        INDArray a = active(n);
        innerWeights.weight().multiply(backend, input, 0, z);
        if (part.gate().isPresent()) {
            gateUpdate.forward(rows, input, inner.block(n, 0, width));
            upUpdate.forward(rows, input, inner.block(n, width, innerWidth));
            kernels.activateGated(part.activation(), z, innerWeights.bias().orElse(null), a, trains);
        } else {
            upUpdate.forward(rows, input, z);
            kernels.activate(part.activation(), z, innerWeights.bias().orElse(null), a, trains);
        }
    }

    /**
     * Collects the adapters' gradients and adds the gradient of the input.
     *
     * @param input as in the forward pass; read only if {@link #readsInput}
     * @param gradProduct ∂L/∂product [rows, width]; not read after the first write to {@code gradInput}
     * @param gradInput ∂L/∂input [rows, width], added to; may be {@code gradProduct}
     */
    void backward(INDArray input, INDArray gradProduct, double beta, INDArray gradInput) {
        long n = gradProduct.size(0);
        boolean gated = part.gate().isPresent();
        boolean rounded = takesRounded && gateUpdate.isNone() && upUpdate.isNone() && (gated || downUpdate.isNone());
        INDArray gradZ = rounded ? roundedGradInner.rows(n) : gradInner.rows(n);
        if (rounded && !gated) {
            down.weight().multiplyTransposedTimes(backend, gradProduct, inner.rows(n), gradZ);
            innerWeights.weight().multiplyTransposed(backend, gradZ, beta, gradInput);
            return;
        }
        INDArray gradA = gradActive.rows(n);
        down.weight().multiplyTransposed(backend, gradProduct, 0, gradA);
        if (!downUpdate.isNone()) {
            downUpdate.backward(active.rows(n), gradProduct, gradA);
        }
        if (gated) {
            kernels.gatedGradient(inner.rows(n), gradA, gradZ);
        } else {
            kernels.multiply(inner.rows(n), gradZ);
        }
        innerWeights.weight().multiplyTransposed(backend, gradZ, beta, gradInput);
        if (rounded) {
            return;
        }
        if (gated) {
            gateUpdate.backward(input, gradInner.block(n, 0, width), gradInput);
            upUpdate.backward(input, gradInner.block(n, width, innerWidth), gradInput);
        } else {
            upUpdate.backward(input, gradZ, gradInput);
        }
    }

    @Override
    public void close() {
        gateUpdate.close();
        upUpdate.close();
        downUpdate.close();
    }
}

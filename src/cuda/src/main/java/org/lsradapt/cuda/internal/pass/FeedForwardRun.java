package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.ElementKernels;
import org.lsradapt.transformer.parts.FeedForward;

/** Runs the feed-forward part of a block, plain or gated; gate and up lie next to each other. */
final class FeedForwardRun {
    private final Engine engine;
    private final Arena arena;
    private final DeviceWeights.Layers layers;
    private final ElementKernels.Function activation;
    private final Optional<AdapterRun> gate;
    private final AdapterRun up;
    private final AdapterRun down;
    private final int width;
    /** Address of the activation's input. */
    private long inner;

    private long active;

    FeedForwardRun(PassContext on, FeedForward part, DeviceWeights.Layers layers) {
        engine = on.engine();
        arena = on.arena();
        this.layers = layers;
        activation = ElementKernels.Function.valueOf(part.activation().name());
        gate = part.gate().map(on::adapter);
        up = on.adapter(part.up());
        down = on.adapter(part.down());
        width = part.up().out();
    }

    /** Whether one of its layers has an adapter that trains. */
    boolean isAdapted() {
        return gate.stream().anyMatch(AdapterRun::isAdapted) || up.isAdapted() || down.isAdapted();
    }

    private int innerWidth() {
        return gate.isPresent() ? 2 * width : width;
    }

    private Engine.Matrix gate(long rows) {
        return new Engine.Matrix(rows, innerWidth());
    }

    private Engine.Matrix up(long rows) {
        return gate.isPresent() ? gate(rows).from(width) : gate(rows);
    }

    /** Computes the part's output y [tokens, out] with its bias from x [tokens, in]. */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y) {
        int rows = batch.rows(counted);
        inner = arena.floats(rows, innerWidth());
        active = arena.floats(rows, width);
        layers.inner().forward(x, inner, rows);
        gate.ifPresent(run -> run.forward(batch, counted, x, gate(inner)));
        up.forward(batch, counted, x, up(inner));
        if (gate.isPresent()) {
            engine.elements.gated(activation, inner, active, rows, width);
        } else {
            engine.elements.activate(activation, inner, active, rows, width);
        }
        layers.down().forward(active, y, rows);
        down.forward(batch, counted, active, new Engine.Matrix(y, layers.down().out()));
    }

    /**
     * Collects the gradients of the adapters, and computes that of x.
     *
     * @param gy address of the gradient of y; not read once gx is written
     * @param gx address of the gradient of x; may be gy
     */
    void backward(int rows, long x, long gy, double beta, long gx) {
        Arena.Mark mark = arena.mark();
        long gradActive = arena.floats(rows, width);
        layers.down().backward(gy, 0, gradActive, rows);
        down.backward(rows, active, new Engine.Matrix(gy, layers.down().out()), gradActive);
        long gradInner = gradActive;
        if (gate.isPresent()) {
            gradInner = arena.floats(rows, innerWidth());
            engine.elements.gatedGradient(activation, inner, gradActive, gradInner, rows, width);
        } else {
            engine.elements.activationGradient(activation, inner, gradActive, gradInner, rows, width);
        }
        layers.inner().backward(gradInner, beta, gx, rows);
        Engine.Matrix gradGate = gate(gradInner);
        gate.ifPresent(run -> run.backward(rows, x, gradGate, gx));
        up.backward(rows, x, up(gradInner), gx);
        arena.release(mark);
    }
}

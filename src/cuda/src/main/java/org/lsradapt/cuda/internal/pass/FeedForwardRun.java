package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementType;
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

    private Engine.Factor active;

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

    /** Room for numbers in the products' type, and in FLOAT as well unless only products read them. */
    private Engine.Factor onlyProductsRead(int rows, int columns, boolean is) {
        ElementType type = engine.precision.operands();
        if (type == ElementType.F32 || !is) {
            return engine.room(rows, columns, arena);
        }
        long numbers = arena.take((long) type.bytes() * rows * columns);
        return new Engine.Factor(0, new Engine.Matrix(numbers, columns, type));
    }

    private static ElementKernels.Output output(Engine.Factor factor) {
        return factor.numbers() == 0
                ? new ElementKernels.Output(
                        factor.rounded().address(), factor.rounded().type())
                : new ElementKernels.Output(factor.numbers(), ElementType.F32);
    }

    /** Computes the part's output y [tokens, out] with its bias from x [tokens, in]. */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, long y) {
        int rows = batch.rows(counted);
        inner = arena.floats(rows, innerWidth());
        active = onlyProductsRead(rows, width, !down.isAdapted());
        layers.inner().forward(x.rounded(), inner, rows);
        gate.ifPresent(run -> run.forward(batch, counted, x, gate(inner)));
        up.forward(batch, counted, x, up(inner));
        if (gate.isPresent()) {
            engine.elements.gated(activation, inner, output(active), rows, width);
        } else {
            engine.elements.activate(activation, inner, output(active), rows, width);
        }
        if (active.numbers() != 0) {
            engine.round(active, rows, width);
        }
        layers.down().forward(active.rounded(), y, rows);
        down.forward(batch, counted, active, new Engine.Matrix(y, layers.down().out()));
    }

    /**
     * Collects the gradients of the adapters, and computes that of x.
     *
     * @param gy the gradient of y; not read once gx is written
     * @param gx address of the gradient of x; may be that of gy
     */
    void backward(int rows, Engine.Factor x, Engine.Factor gy, double beta, long gx) {
        Arena.Mark mark = arena.mark();
        long gradActive = arena.floats(rows, width);
        layers.down().backward(gy.rounded(), 0, gradActive, rows);
        down.backward(rows, active, gy.rounded(), gradActive);
        Engine.Factor gradInner = gate.isEmpty() && engine.precision.operands() == ElementType.F32
                ? engine.room(gradActive, rows, width, arena)
                : onlyProductsRead(rows, innerWidth(), true);
        if (gate.isPresent()) {
            engine.elements.gatedGradient(activation, inner, gradActive, output(gradInner), rows, width);
        } else {
            engine.elements.activationGradient(activation, inner, gradActive, output(gradInner), rows, width);
        }
        Engine.Matrix gradients = gradInner.rounded();
        layers.inner().backward(gradients, beta, gx, rows);
        gate.ifPresent(run -> run.backward(rows, x, gradients, gx));
        up.backward(rows, x, gate.isPresent() ? gradients.from(width) : gradients, gx);
        arena.release(mark);
    }
}

package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementKernels;

/** The adapter of one layer in a pass, y ← y + c·drop(x)·A·B; nothing where the layer has none. */
final class AdapterRun {
    private final Engine engine;
    private final Arena arena;
    private final String layer;
    private final Optional<DeviceAdapters.Adapter> adapter;
    private Optional<ElementKernels.Mask> mask = Optional.empty();
    /** x·A [rows, rank]. */
    private Engine.Matrix hidden;

    AdapterRun(Engine engine, Arena arena, String layer, Optional<DeviceAdapters.Adapter> adapter) {
        this.engine = engine;
        this.arena = arena;
        this.layer = layer;
        this.adapter = adapter;
    }

    boolean isAdapted() {
        return adapter.isPresent();
    }

    /**
     * Adds to the layer's product.
     *
     * @param batch the tokens
     * @param some whether dropout counts the wanted rows of a sequence alone
     * @param x address of the layer's input [tokens, in]
     * @param y the product
     */
    void forward(DeviceBatch batch, boolean some, long x, Engine.Matrix y) {
        if (adapter.isEmpty()) {
            return;
        }
        DeviceAdapters.Adapter a = adapter.get();
        int rows = batch.tokens();
        hidden = new Engine.Matrix(arena.take((long) Float.BYTES * rows * a.rank()), a.rank());
        mask = batch.mask(layer, some, arena);
        Arena.Mark mark = arena.mark();
        engine.multiply(read(x, rows), a.a(), hidden, rows, a.rank(), a.in(), 1, 0);
        arena.release(mark);
        engine.multiply(hidden, a.b(), y, rows, a.out(), a.rank(), a.scaling(), 1);
    }

    /** x, or through dropout in memory of the arena. */
    private Engine.Matrix read(long x, int rows) {
        int in = adapter.orElseThrow().in();
        if (mask.isEmpty()) {
            return new Engine.Matrix(x, in);
        }
        long dropped = arena.take((long) Float.BYTES * rows * in);
        engine.elements.drop(x, mask.get(), false, dropped, rows, in);
        return new Engine.Matrix(dropped, in);
    }

    /**
     * Collects the gradients of A and B, and adds that of x.
     *
     * @param rows how many
     * @param x as in {@link #forward}
     * @param gy the gradient of y
     * @param gx address of the gradient of x, added to; 0 to leave it out
     */
    void backward(int rows, long x, Engine.Matrix gy, long gx) {
        if (adapter.isEmpty()) {
            return;
        }
        DeviceAdapters.Adapter a = adapter.get();
        Arena.Mark mark = arena.mark();
        Engine.Matrix read = read(x, rows);
        Engine.Matrix gradHidden = new Engine.Matrix(arena.take((long) Float.BYTES * rows * a.rank()), a.rank());
        engine.multiplyTransposed(gy, a.b(), gradHidden, rows, a.rank(), a.out(), a.scaling(), 0);
        engine.collect(hidden, gy, a.gradB(), a.rank(), a.out(), rows, a.scaling());
        engine.collect(read, gradHidden, a.gradA(), a.in(), a.rank(), rows, 1);
        if (gx != 0) {
            boolean drops = mask.isPresent();
            long to = drops ? arena.take((long) Float.BYTES * rows * a.in()) : gx;
            engine.multiplyTransposed(
                    gradHidden, a.a(), new Engine.Matrix(to, a.in()), rows, a.in(), a.rank(), 1, drops ? 0 : 1);
            mask.ifPresent(m -> engine.elements.drop(to, m, true, gx, rows, a.in()));
        }
        arena.release(mark);
    }
}

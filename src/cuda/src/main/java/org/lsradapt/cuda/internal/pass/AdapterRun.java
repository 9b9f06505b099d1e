package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.function.Supplier;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementKernels;

/** The adapter of one layer in a pass, y ← y + c·drop(x)·A·B; nothing where the layer has none. */
final class AdapterRun {
    private final Engine engine;
    private final Arena arena;
    private final String layer;
    private final int use;
    private final Supplier<Optional<DeviceAdapters.Adapter>> adapter;
    private Optional<ElementKernels.Mask> mask = Optional.empty();
    /** x·A [rows, rank]. */
    private Engine.Matrix hidden;

    /**
     * An adapter of a layer.
     *
     * @param layer the layer's full name
     * @param use which use of the layer in the model this is, from 1: each has dropout of its own
     * @param adapter the adapter of the next call; empty for none
     */
    AdapterRun(Engine engine, Arena arena, String layer, int use, Supplier<Optional<DeviceAdapters.Adapter>> adapter) {
        this.engine = engine;
        this.arena = arena;
        this.layer = layer;
        this.use = use;
        this.adapter = adapter;
    }

    boolean isAdapted() {
        return adapter.get().isPresent();
    }

    /**
     * Adds to the layer's product.
     *
     * @param batch the tokens
     * @param counted which rows there are, and which of them dropout counts
     * @param x address of the layer's input [rows, in]
     * @param y the product
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y) {
        adapter.get().ifPresent(a -> {
            mask = batch.mask(layer, use, counted, arena);
            add(a, batch.rows(counted), x, y);
        });
    }

    /** Adds to the layer's product of rows that belong to the model and not to sequences, which are not dropped. */
    void forwardShared(int rows, long x, Engine.Matrix y) {
        adapter.get().ifPresent(a -> {
            mask = Optional.empty();
            add(a, rows, x, y);
        });
    }

    private void add(DeviceAdapters.Adapter a, int rows, long x, Engine.Matrix y) {
        hidden = new Engine.Matrix(arena.take((long) Float.BYTES * rows * a.rank()), a.rank());
        Arena.Mark mark = arena.mark();
        engine.multiply(read(x, rows, a.in()), a.a(), hidden, rows, a.rank(), a.in(), 1, 0);
        arena.release(mark);
        engine.multiply(hidden, a.b(), y, rows, a.out(), a.rank(), a.scaling(), 1);
    }

    /** x, or through dropout in memory of the arena. */
    private Engine.Matrix read(long x, int rows, int in) {
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
        adapter.get().ifPresent(a -> backward(a, rows, x, gy, gx));
    }

    private void backward(DeviceAdapters.Adapter a, int rows, long x, Engine.Matrix gy, long gx) {
        Arena.Mark mark = arena.mark();
        Engine.Matrix read = read(x, rows, a.in());
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

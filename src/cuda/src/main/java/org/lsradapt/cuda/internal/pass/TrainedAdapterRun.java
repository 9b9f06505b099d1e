package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementKernels;

/** Runs an adapter whose input passes through dropout, and which collects gradients. */
final class TrainedAdapterRun implements AdapterRun {
    private final Engine engine;
    private final Arena arena;
    private final String layer;
    private final int use;
    private final DeviceAdapters.Adapter adapter;
    private Optional<ElementKernels.Mask> mask = Optional.empty();
    /** x·A [rows, rank]. */
    private Engine.Matrix hidden;

    /**
     * Prepares the adapter of a layer.
     *
     * @param layer the layer's full name
     * @param use the ordinal of this use of the layer in the model, from 1; each use has its own dropout
     */
    TrainedAdapterRun(Engine engine, Arena arena, String layer, int use, DeviceAdapters.Adapter adapter) {
        this.engine = engine;
        this.arena = arena;
        this.layer = layer;
        this.use = use;
        this.adapter = adapter;
    }

    @Override
    public boolean isAdapted() {
        return true;
    }

    @Override
    public void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y) {
        mask = batch.mask(layer, use, counted, arena);
        add(batch.rows(counted), x, y);
    }

    @Override
    public void forwardShared(int rows, long x, Engine.Matrix y) {
        mask = Optional.empty();
        add(rows, x, y);
    }

    private void add(int rows, long x, Engine.Matrix y) {
        hidden = new Engine.Matrix(arena.take((long) Float.BYTES * rows * adapter.rank()), adapter.rank());
        Arena.Mark mark = arena.mark();
        engine.multiply(read(x, rows), adapter.a(), hidden, rows, adapter.rank(), adapter.in(), 1, 0);
        arena.release(mark);
        engine.multiply(hidden, adapter.b(), y, rows, adapter.out(), adapter.rank(), adapter.scaling(), 1);
    }

    /** x, or x after dropout in memory of the arena. */
    private Engine.Matrix read(long x, int rows) {
        int in = adapter.in();
        if (mask.isEmpty()) {
            return new Engine.Matrix(x, in);
        }
        long dropped = arena.take((long) Float.BYTES * rows * in);
        engine.elements.drop(x, mask.get(), false, dropped, rows, in);
        return new Engine.Matrix(dropped, in);
    }

    @Override
    public void backward(int rows, long x, Engine.Matrix gy, long gx) {
        Arena.Mark mark = arena.mark();
        Engine.Matrix read = read(x, rows);
        Engine.Matrix gradHidden =
                new Engine.Matrix(arena.take((long) Float.BYTES * rows * adapter.rank()), adapter.rank());
        engine.multiplyTransposed(
                gy, adapter.b(), gradHidden, rows, adapter.rank(), adapter.out(), adapter.scaling(), 0);
        engine.collect(hidden, gy, adapter.gradB(), adapter.rank(), adapter.out(), rows, adapter.scaling());
        engine.collect(read, gradHidden, adapter.gradA(), adapter.in(), adapter.rank(), rows, 1);
        if (gx != 0) {
            boolean drops = mask.isPresent();
            long to = drops ? arena.take((long) Float.BYTES * rows * adapter.in()) : gx;
            engine.multiplyTransposed(
                    gradHidden,
                    adapter.a(),
                    new Engine.Matrix(to, adapter.in()),
                    rows,
                    adapter.in(),
                    adapter.rank(),
                    1,
                    drops ? 0 : 1);
            mask.ifPresent(m -> engine.elements.drop(to, m, true, gx, rows, adapter.in()));
        }
        arena.release(mark);
    }
}

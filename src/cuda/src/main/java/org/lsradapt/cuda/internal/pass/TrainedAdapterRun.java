package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.cuda.internal.kernels.ElementKernels;

/** Runs an adapter whose input passes through dropout, and which collects gradients. */
final class TrainedAdapterRun implements AdapterRun {
    private final Engine engine;
    private final Arena arena;
    private final String layer;
    private final int use;
    private final DeviceAdapters.Adapter adapter;
    private final LowRank product;
    private Optional<ElementKernels.Mask> mask = Optional.empty();
    /** x·A [rows, rank]. */
    private Engine.Factor hidden;

    /** Prepares the adapter for a layer's {@code use}-th use in the model, from 1; each use has its own dropout. */
    TrainedAdapterRun(Engine engine, Arena arena, String layer, int use, DeviceAdapters.Adapter adapter) {
        this.engine = engine;
        this.arena = arena;
        this.layer = layer;
        this.use = use;
        this.adapter = adapter;
        product = adapter.product();
    }

    @Override
    public boolean isAdapted() {
        return true;
    }

    @Override
    public void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, Engine.Matrix y) {
        mask = batch.mask(layer, use, counted);
        add(batch.rows(counted), x, y);
    }

    @Override
    public void forwardShared(int rows, Engine.Factor x, Engine.Matrix y) {
        mask = Optional.empty();
        add(rows, x, y);
    }

    private void add(int rows, Engine.Factor x, Engine.Matrix y) {
        hidden = engine.room(rows, product.rank(), arena);
        Arena.Mark mark = arena.mark();
        product.add(engine, read(x, rows), hidden, y, rows);
        arena.release(mark);
    }

    /** x, or x after dropout in memory of the arena. */
    private Engine.Matrix read(Engine.Factor x, int rows) {
        int in = product.in();
        if (mask.isEmpty()) {
            return x.rounded();
        }
        ElementType type = engine.precision.operands();
        long dropped = arena.take((long) type.bytes() * rows * in);
        engine.elements.drop(x.numbers(), mask.get(), false, new ElementKernels.Output(dropped, type), rows, in);
        return new Engine.Matrix(dropped, in, type);
    }

    @Override
    public void backward(int rows, Engine.Factor x, Engine.Matrix gy, long gx) {
        Arena.Mark mark = arena.mark();
        Engine.Matrix read = read(x, rows);
        int in = product.in();
        int rank = product.rank();
        Engine.Factor gradHidden = engine.room(rows, rank, arena);
        Engine.Matrix exact = new Engine.Matrix(gradHidden.numbers(), rank);
        engine.multiply(gy, product.b(), true, exact, rows, rank, product.out(), product.scaling(), 0);
        engine.round(gradHidden, rows, rank);
        engine.collect(hidden.rounded(), gy, adapter.gradB(), rank, product.out(), rows, product.scaling());
        engine.collect(read, gradHidden.rounded(), adapter.gradA(), in, rank, rows, 1);
        if (gx != 0) {
            boolean drops = mask.isPresent();
            long to = drops ? arena.floats(rows, in) : gx;
            Engine.Matrix gradRead = new Engine.Matrix(to, in);
            engine.multiply(gradHidden.rounded(), product.a(), true, gradRead, rows, in, rank, 1, drops ? 0 : 1);
            mask.ifPresent(
                    m -> engine.elements.drop(to, m, true, new ElementKernels.Output(gx, ElementType.F32), rows, in));
        }
        arena.release(mark);
    }
}

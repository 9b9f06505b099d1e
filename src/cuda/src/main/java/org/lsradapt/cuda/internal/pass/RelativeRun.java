package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.AttentionKernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;

/** Projects the relative embeddings of one layer's disentangled attention, a row for each distance that a batch can have. */
final class RelativeRun {
    private final Engine engine;
    private final Arena arena;
    private final Optional<Side> keys;
    private final Optional<Side> queries;
    private final int width;

    RelativeRun(
            Engine engine,
            Arena arena,
            Positions.Disentangled positions,
            Attention attention,
            DeviceWeights weights,
            int block,
            Function<Linear, AdapterRun> adapters) {
        this.engine = engine;
        this.arena = arena;
        Function<Linear, Side> side =
                linear -> new Side(weights.relative(linear, attention, block), adapters.apply(linear));
        keys = positions.keys().map(side);
        queries = positions.queries().map(side);
        width = attention.query().out();
    }

    private record Side(DeviceWeights.Layer layer, AdapterRun adapter) {}

    private long room(int rows) {
        return arena.take((long) Float.BYTES * rows * width);
    }

    /** Projects the rows for a batch. */
    AttentionKernels.Relative forward(DeviceBatch.Distances distances) {
        return new AttentionKernels.Relative(forward(keys, distances), forward(queries, distances), width);
    }

    private long forward(Optional<Side> side, DeviceBatch.Distances distances) {
        if (side.isEmpty()) {
            return 0;
        }
        int rows = distances.rows();
        long out = room(rows);
        side.get().layer().forward(engine, distances.embeddings(), out, rows);
        side.get().adapter().forwardShared(rows, distances.embeddings(), new Engine.Matrix(out, width));
        return out;
    }

    /** Addresses for the gradients of the rows, 0 for those that no adapter needs. */
    AttentionKernels.Relative gradients(DeviceBatch.Distances distances) {
        return new AttentionKernels.Relative(gradient(keys, distances), gradient(queries, distances), width);
    }

    private long gradient(Optional<Side> side, DeviceBatch.Distances distances) {
        return side.filter(part -> part.adapter().isAdapted())
                .map(part -> room(distances.rows()))
                .orElse(0L);
    }

    void backward(DeviceBatch.Distances distances, AttentionKernels.Relative gradients) {
        keys.ifPresent(side -> backward(side, distances, gradients.keys()));
        queries.ifPresent(side -> backward(side, distances, gradients.queries()));
    }

    private void backward(Side side, DeviceBatch.Distances distances, long gradient) {
        side.adapter().backward(distances.rows(), distances.embeddings(), new Engine.Matrix(gradient, width), 0);
    }
}

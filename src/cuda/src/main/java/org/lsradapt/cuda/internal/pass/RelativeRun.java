package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
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

    RelativeRun(PassContext on, Positions.Disentangled positions, Attention attention, int block) {
        arena = on.arena();
        engine = on.engine();
        Function<Linear, Side> side =
                linear -> new Side(on.weights().relative(linear, attention, block), on.adapter(linear));
        keys = positions.keys().map(side);
        queries = positions.queries().map(side);
        width = attention.query().out();
    }

    private record Side(DeviceLayer layer, AdapterRun adapter) {}

    PackedAttention.Relative forward(DeviceBatch.Distances distances) {
        return new PackedAttention.Relative(forward(keys, distances), forward(queries, distances), width);
    }

    private long forward(Optional<Side> side, DeviceBatch.Distances distances) {
        if (side.isEmpty()) {
            return 0;
        }
        int rows = distances.rows();
        long out = arena.floats(rows, width);
        side.get().layer().forward(distances.embeddings().rounded(), out, rows);
        side.get().adapter().forwardShared(rows, distances.embeddings(), new Engine.Matrix(out, width));
        return out;
    }

    /** Addresses for the gradients of the rows, 0 for those that no adapter needs. */
    PackedAttention.Relative gradients(DeviceBatch.Distances distances) {
        return new PackedAttention.Relative(gradient(keys, distances), gradient(queries, distances), width);
    }

    private long gradient(Optional<Side> side, DeviceBatch.Distances distances) {
        return side.filter(part -> part.adapter().isAdapted())
                .map(part -> arena.floats(distances.rows(), width))
                .orElse(0L);
    }

    void backward(DeviceBatch.Distances distances, PackedAttention.Relative gradients) {
        keys.ifPresent(side -> backward(side, distances, gradients.keys()));
        queries.ifPresent(side -> backward(side, distances, gradients.queries()));
    }

    private void backward(Side side, DeviceBatch.Distances distances, long gradient) {
        if (gradient != 0) {
            int rows = distances.rows();
            Engine.Matrix rounded = engine.rounded(new Engine.Matrix(gradient, width), rows, width, arena);
            side.adapter().backward(rows, distances.embeddings(), rounded, 0);
        }
    }
}

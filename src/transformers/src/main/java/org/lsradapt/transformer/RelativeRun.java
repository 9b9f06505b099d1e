package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.RelativeRows;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.RelativeEmbeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The projected relative embeddings of one layer's disentangled attention. Only embeddings of distances that occur in
 * the batch are computed, each once; they are then spread so that every distance has a row.
 */
final class RelativeRun implements AutoCloseable {
    private final RelativeEmbeddings embeddings;
    private final INDArray table;
    private final Backend backend;
    private final Kernels kernels;
    private final Side keys;
    private final Side queries;
    private final Buffer input;
    private int centre;
    /** The table's rows that occur in the batch, and the index among them for each distance. */
    private int[] occurring;

    private int[] places;

    RelativeRun(Positions.Disentangled positions, LaneTools tools, boolean trains) {
        embeddings = positions.embeddings();
        table = tools.weights().relativeEmbeddings();
        backend = tools.backend();
        kernels = tools.kernels();
        input = tools.plan().scratch("relative embeddings", table.size(1));
        keys = positions
                .keys()
                .map(linear -> new Side("relative keys", linear, tools, trains))
                .orElse(null);
        queries = positions
                .queries()
                .map(linear -> new Side("relative queries", linear, tools, trains))
                .orElse(null);
    }

    /** A sequence's updates on either side; equal if both are the same objects. */
    private record Variant(Object keys, Object queries) {}

    /** Computes the rows for a batch: one element for all sequences, or one per sequence; memory of this run. */
    RelativeRows[] forward(TokenBatch batch) {
        look(batch);
        kernels.gatherRows(table, occurring, input.rows(occurring.length));
        List<Variant> variants = new ArrayList<>();
        Map<Variant, Integer> sequences = new LinkedHashMap<>();
        for (int b = 0; b < batch.size(); b++) {
            Variant variant = new Variant(
                    keys == null ? null : keys.update.variant(b), queries == null ? null : queries.update.variant(b));
            variants.add(variant);
            sequences.putIfAbsent(variant, b);
        }
        Map<Variant, RelativeRows> rows = new LinkedHashMap<>();
        sequences.forEach((variant, b) -> rows.put(
                variant,
                new RelativeRows(
                        keys == null ? null : keys.forward(b, rows.size()),
                        queries == null ? null : queries.forward(b, rows.size()),
                        centre)));
        return rows.size() == 1
                ? rows.values().toArray(new RelativeRows[0])
                : variants.stream().map(rows::get).toArray(RelativeRows[]::new);
    }

    /** Returns where a backward pass puts the gradients of the rows; a part is null if its gradient is not wanted. */
    RelativeRows gradients() {
        return new RelativeRows(
                keys != null && keys.update.trains() ? keys.gradient.rows(places.length) : null,
                queries != null && queries.update.trains() ? queries.gradient.rows(places.length) : null,
                centre);
    }

    /** Collects the gradients of both projections' adapters from {@link #gradients}. */
    void backward() {
        for (Side side : new Side[] {keys, queries}) {
            if (side != null && side.update.trains()) {
                kernels.gatherRows(table, occurring, input.rows(occurring.length));
                side.backward();
            }
        }
    }

    private void look(TokenBatch batch) {
        int longest = 0;
        for (int b = 0; b < batch.size(); b++) {
            longest = Math.max(longest, batch.offsets()[b + 1] - batch.offsets()[b]);
        }
        if (places != null && centre == longest - 1) {
            return;
        }
        centre = longest - 1;
        int first = embeddings.row(-centre);
        occurring = IntStream.rangeClosed(first, embeddings.row(centre)).toArray();
        places = IntStream.rangeClosed(-centre, centre)
                .map(distance -> embeddings.row(distance) - first)
                .toArray();
    }

    private boolean isSpread() {
        return places.length == occurring.length;
    }

    private final class Side {
        final LayerUpdate update;
        final Buffer gradient;
        private final FrozenLinear projection;
        private final Buffer product;
        private final Buffer adapted;
        private final Buffer joinedGradient;
        private final List<Buffer> spread = new ArrayList<>();
        private final MemoryPlan plan;
        private final String name;
        private final int width;
        private final boolean trains;

        Side(String name, Linear linear, LaneTools tools, boolean trains) {
            this.name = name;
            plan = tools.plan();
            this.trains = trains;
            width = linear.out();
            projection = tools.weights().projection(linear);
            update = tools.update(linear.name());
            product = plan.scratch(name + " product", width);
            adapted = plan.scratch(name + " adapted", width);
            gradient = plan.scratch(name + " gradient", width);
            joinedGradient = plan.scratch(name + " joined gradient", width);
        }

        /** Computes the rows with a sequence's update; the frozen product is kept after the first variant. */
        INDArray forward(int sequence, int variant) {
            INDArray x = input.rows(occurring.length);
            INDArray frozen = product.rows(occurring.length);
            if (variant == 0) {
                projection.apply(backend, x, frozen);
            }
            INDArray with = adapted.rows(occurring.length);
            kernels.add(frozen, null, null, with);
            update.forwardShared(sequence, x, with);
            if (variant == spread.size()) {
                spread.add(plan.buffer(name + " " + variant, width, trains));
            }
            INDArray rows = spread.get(variant).rows(places.length);
            kernels.gatherRows(with, places, rows);
            return rows;
        }

        void backward() {
            INDArray joined = gradient.rows(places.length);
            if (!isSpread()) {
                joined = joinedGradient.rows(occurring.length);
                backend.clear(joined);
                kernels.scatterAddRows(gradient.rows(places.length), places, joined);
            }
            update.backward(input.rows(occurring.length), joined, null);
        }
    }

    @Override
    public void close() {
        for (Side side : new Side[] {keys, queries}) {
            if (side != null) {
                side.update.close();
            }
        }
    }
}

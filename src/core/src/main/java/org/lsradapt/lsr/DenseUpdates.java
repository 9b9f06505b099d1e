package org.lsradapt.lsr;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The updates that an {@link AdapterSet} adds to the layers of a model, ΔW = c·A·B per layer, with A and B dense: all
 * that inference with adapters of any kind needs. Updates that {@link #weighted} makes are coefficients of shared terms,
 * and have no matrices until one is asked for.
 *
 * <p>Never written after construction, so threads may share it. It owns its memory, one vector, and its creator closes
 * it; the arrays of {@link #find} must not be used after that.
 */
public final class DenseUpdates implements AutoCloseable {
    /** The matrices; null for coefficients whose matrices nobody has asked for. */
    private volatile @Nullable Matrices matrices;

    private final @Nullable Weighted weighted;
    /** The adapters of these updates. Weakly: an open {@link InPlaceMerge} holds the adapters that it has merged. */
    private final List<WeakReference<LayerAdapter>> sources;

    private boolean closed;

    /** Matrices by layer in one vector, the number of updates that have it, and whether others count its bytes. */
    private record Matrices(
            Map<String, LoraMatrices> byLayer, INDArray storage, AtomicInteger owners, boolean isShare) {
        void release() {
            if (owners.decrementAndGet() == 0) {
                storage.close();
            }
        }
    }

    /**
     * Shared terms with coefficients.
     *
     * @param weights as {@link SharedTerms#coefficients} counts them; not modified
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Weighted(SharedTerms terms, float[] weights) {}

    private DenseUpdates(
            @Nullable Matrices matrices, @Nullable Weighted weighted, List<WeakReference<LayerAdapter>> sources) {
        this.matrices = matrices;
        this.weighted = weighted;
        this.sources = List.copyOf(sources);
    }

    /** Makes new updates, which the caller closes, from coefficients of terms, both kept. */
    public static DenseUpdates weighted(SharedTerms terms, float[] weights) {
        Require.argument(
                weights.length == terms.coefficients(),
                "weighted updates: %d coefficients, the terms have %d",
                weights.length,
                terms.coefficients());
        return new DenseUpdates(null, new Weighted(terms.share(), weights), List.of());
    }

    /** Returns equal updates on the same memory, which the caller closes too. */
    public DenseUpdates share() {
        Matrices all = matrices();
        all.owners.incrementAndGet();
        return new DenseUpdates(new Matrices(all.byLayer, all.storage, all.owners, true), null, sources);
    }

    /** The coefficients; null for matrices. */
    @Nullable
    Weighted weighted() {
        return weighted;
    }

    private Matrices matrices() {
        Matrices known = matrices;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            if (matrices == null) {
                matrices = materialized(weighted.terms, weighted.weights);
            }
            return matrices;
        }
    }

    private static Matrices materialized(SharedTerms terms, float[] weights) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, Double> scalings = new HashMap<>();
        for (String layer : terms.layers()) {
            shapes.put(layer, new long[] {terms.size(layer)[0], terms.rank(layer), terms.size(layer)[1]});
            scalings.put(layer, terms.scaling(layer));
        }
        Matrices made = allocate(terms.dataType(), shapes, scalings);
        made.byLayer.forEach((layer, product) -> terms.write(layer, weights, product.a(), product.b()));
        return made;
    }

    /** Copies the updates of a set's materialized adapters as their parameters are now; the caller closes them. */
    public static DenseUpdates of(AdapterSet adapters) {
        try (ThreadGuard.Call call = adapters.guard().enter("updates")) {
            adapters.materialize();
            return copy(adapters.adapters());
        }
    }

    /** Copies the update of one materialized adapter as its parameters are now; the caller closes it. */
    public static DenseUpdates of(LsrAdapter adapter) {
        try (ThreadGuard.Call call = adapter.guard().enter("updates")) {
            adapter.materialize();
            return copy(List.of(adapter));
        }
    }

    private static DenseUpdates copy(List<? extends LayerAdapter> adapters) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, Double> scalings = new HashMap<>();
        for (LayerAdapter adapter : adapters) {
            FrozenLinear layer = adapter.layer();
            shapes.put(adapter.name(), new long[] {layer.inFeatures(), adapter.productRank(), layer.outFeatures()});
            scalings.put(adapter.name(), adapter.productScaling());
        }
        List<WeakReference<LayerAdapter>> sources = new ArrayList<>();
        adapters.forEach(adapter -> sources.add(new WeakReference<>(adapter)));
        Matrices made = allocate(adapters.get(0).layer().weight().dataType(), shapes, scalings);
        for (LayerAdapter adapter : adapters) {
            LoraMatrices product = made.byLayer.get(adapter.name());
            adapter.writeProduct(product.a(), product.b());
        }
        return new DenseUpdates(made, null, sources);
    }

    /**
     * A weighted sum: per layer ΔW = Σ_i w_i·c_i·A_i·B_i as one product, A = [A_1 A_2 …] and B = [w_1·c_1·B_1;
     * w_2·c_2·B_2; …] with c = 1. Bottleneck ranks add up, and nothing is approximated: each element of B is rounded
     * once. A layer that only some of the sets adapt has the updates of those sets.
     *
     * @param updates the summands, at least one, of one model and type; copied
     * @param weights a finite weight w_i for each; updates of weight 0 are left out
     * @return new updates, which the caller closes
     * @throws IllegalArgumentException if numbers, types or a layer's shapes differ, or a weight is not finite
     */
    public static DenseUpdates sum(List<DenseUpdates> updates, double... weights) {
        Require.argument(
                !updates.isEmpty() && updates.size() == weights.length,
                "sum of updates: %d updates and %d weights, expected one weight each and at least one",
                updates.size(),
                weights.length);
        DataType type = updates.get(0).dataType();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int i = 0; i < weights.length; i++) {
            Require.argument(
                    Double.isFinite(weights[i]), "sum of updates: weight %s, expected a finite number", weights[i]);
            Require.type("sum of updates", "updates " + i, updates.get(i).matrices().storage, type, "the first");
            if (weights[i] != 0) {
                updates.get(i)
                        .matrices()
                        .byLayer
                        .forEach((layer, update) ->
                                shapes.merge(layer, shape(update), (sum, other) -> joined(layer, sum, other)));
            }
        }
        List<WeakReference<LayerAdapter>> sources = new ArrayList<>();
        updates.forEach(part -> sources.addAll(part.sources));
        Matrices sum = allocate(type, shapes, Map.of());
        shapes.keySet().forEach(layer -> fill(layer, updates, weights, sum.byLayer.get(layer)));
        return new DenseUpdates(sum, null, sources);
    }

    private static void fill(String layer, List<DenseUpdates> updates, double[] weights, LoraMatrices sum) {
        long from = 0;
        for (int i = 0; i < weights.length; i++) {
            LoraMatrices update = updates.get(i).find(layer);
            if (update != null && weights[i] != 0) {
                long to = from + update.a().size(1);
                Views.columns(sum.a(), from, to).assign(update.a());
                try (INDArray scaled = update.b().mul(weights[i] * update.scaling())) {
                    Views.rows(sum.b(), from, to).assign(scaled);
                }
                from = to;
            }
        }
    }

    /** in, r and out. */
    private static long[] shape(LoraMatrices update) {
        return new long[] {update.a().size(0), update.a().size(1), update.b().size(1)};
    }

    private static long[] joined(String layer, long[] sum, long[] other) {
        Require.argument(
                sum[0] == other[0] && sum[2] == other[2],
                "sum of updates: layer %s is [%d, %d] in one and [%d, %d] in another",
                layer,
                sum[0],
                sum[2],
                other[0],
                other[2]);
        return new long[] {sum[0], sum[1] + other[1], sum[2]};
    }

    private static Matrices allocate(DataType type, Map<String, long[]> shapes, Map<String, Double> scalings) {
        long length = 0;
        for (long[] shape : shapes.values()) {
            length += shape[1] * (shape[0] + shape[2]);
        }
        INDArray storage = Nd4j.createUninitialized(type, Math.max(1, length));
        Map<String, LoraMatrices> byLayer = new LinkedHashMap<>();
        long from = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            long[] shape = entry.getValue();
            INDArray a = Views.piece(storage, from, shape[0], shape[1]);
            from += shape[0] * shape[1];
            INDArray b = Views.piece(storage, from, shape[1], shape[2]);
            from += shape[1] * shape[2];
            byLayer.put(entry.getKey(), new LoraMatrices(a, b, scalings.getOrDefault(entry.getKey(), 1.0)));
        }
        return new Matrices(Collections.unmodifiableMap(byLayer), storage, new AtomicInteger(1), false);
    }

    /** Checks that no {@link InPlaceMerge} of one of their adapters is open, with which an update would count twice. */
    public void requireUnmerged() {
        for (WeakReference<LayerAdapter> source : sources) {
            LayerAdapter adapter = source.get();
            if (adapter != null) {
                adapter.requireUnmerged();
            }
        }
    }

    /** The type of all matrices. */
    public DataType dataType() {
        return weighted == null ? matrices().storage.dataType() : weighted.terms.dataType();
    }

    /** Bytes of memory that these updates add: matrices, or coefficients; none for a {@link #share}. */
    public long bytes() {
        Matrices own = matrices;
        return (own == null || own.isShare
                        ? 0
                        : own.storage.length() * own.storage.dataType().width())
                + (weighted == null ? 0 : (long) Float.BYTES * weighted.weights.length);
    }

    /** Bytes of the matrices of all layers, whether or not they are there yet. */
    public long matrixBytes() {
        return layers().stream()
                        .map(this::find)
                        .mapToLong(one -> one.a().length() + one.b().length())
                        .sum()
                * dataType().width();
    }

    /** The full names of the layers that have an update, in order. */
    public Set<String> layers() {
        return weighted == null ? matrices().byLayer.keySet() : weighted.terms.layers();
    }

    /** The update of a layer as views; null if there is none. The first call builds the matrices of coefficients, which are then kept. */
    public @Nullable LoraMatrices find(String layer) {
        return matrices().byLayer.get(layer);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (matrices != null) {
            matrices.release();
        }
        if (weighted != null) {
            weighted.terms.close();
        }
    }
}

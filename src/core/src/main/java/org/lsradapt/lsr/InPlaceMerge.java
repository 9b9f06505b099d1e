package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adds the updates of a set's adapters to the frozen weights while it is open, W ← W + ΔW, so that the layers run at
 * the speed of the model without adapters. Nothing else writes frozen weights. {@link #close} restores the original
 * bits.
 *
 * <pre>{@code
 * try (InPlaceMerge merge = InPlaceMerge.of(adapters)) {
 *     model.predict(sequences);
 * }
 * }</pre>
 *
 * <p>W + ΔW is computed in double and rounded once, see {@link LayerAdapter#merge(DataType)}. W + ΔW − ΔW is not W in
 * floating-point numbers, so a copy of each weight is kept: in·out numbers of its type per adapted layer, such as 57
 * MB for query and value of BERT-base in FLOAT.
 *
 * <p>While it is open, the adapters' {@code forward} is the merged layer alone, their gradients throw an
 * {@link IllegalStateException}, and changes of the parameters have no effect. Nothing else may write the weights; of
 * two sets on one weight, the one merged last is closed first.
 *
 * <p>For the one thread that uses the set, which is checked; not to be opened or closed while a pass runs. It owns the
 * copies of the weights, and its creator closes it, before or after the set.
 */
public final class InPlaceMerge implements AutoCloseable {

    /** A merged layer: its weight, the bits to restore, and a hash of the written bits. */
    private record Swapped(LayerAdapter adapter, INDArray weight, INDArray original, long written) {}

    private static final AtomicLong WRITES = new AtomicLong();

    private final ThreadGuard guard;
    private final List<Swapped> swapped = new ArrayList<>();

    private InPlaceMerge(ThreadGuard guard) {
        this.guard = guard;
    }

    /**
     * The number of times that weights of any model were written so far. Results that were computed from a frozen model and cached are
     * invalid once this number changes.
     */
    public static long writes() {
        return WRITES.get();
    }

    /**
     * Merges all adapters of a set into their weights.
     *
     * @param adapters the adapters, with their parameters as they are now
     * @return the merge, to be closed
     * @throws IllegalArgumentException if a weight is not stored as an array, see {@link FrozenWeight#writable};
     * or two of the layers share one; nothing is changed then
     * @throws IllegalStateException if an adapter is merged already; nothing is changed then
     * @throws OutOfMemoryError if the copies do not fit into memory; all weights are as they were then
     */
    public static InPlaceMerge of(AdapterSet adapters) {
        InPlaceMerge merge = new InPlaceMerge(adapters.guard());
        try (ThreadGuard.Call call = merge.guard.enter("merge in place")) {
            adapters.adapters().forEach(LayerAdapter::requireUnmerged);
            adapters.adapters().forEach(InPlaceMerge::writable);
            try {
                adapters.adapters().forEach(merge::swap);
                merge.swapped.stream().filter(merge::mayShare).forEach(InPlaceMerge::requireItsOwn);
            } catch (RuntimeException | Error e) {
                merge.restore();
                throw e;
            }
            return merge;
        }
    }

    private static INDArray writable(LayerAdapter adapter) {
        FrozenWeight weight = adapter.layer().weight();
        return weight.writable()
                .orElseThrow(() -> new IllegalArgumentException("merge in place: the weight of " + adapter.name()
                        + " is packed, rounded or quantized, so that W + ΔW does not fit into its place; expected an array"
                        + " (merge() gives the merged weight in a new one)"));
    }

    private boolean mayShare(Swapped layer) {
        return swapped.stream()
                        .filter(any -> Views.overlap(any.weight(), layer.weight()))
                        .count()
                > 1;
    }

    /** Refuses two adapters of a set on one weight: neither would hold the original bits alone. */
    private static void requireItsOwn(Swapped layer) {
        Require.argument(
                Views.hash(layer.weight()) == layer.written(),
                "merge in place: the weight of %s is that of another adapted layer too, expected a weight for each",
                layer.adapter().name());
    }

    /** Everything that needs memory comes before W is written, and by then the original bits are recorded. */
    private void swap(LayerAdapter adapter) {
        INDArray weight = writable(adapter);
        try (INDArray merged = adapter.merge(weight.dataType())) {
            long written = Views.hash(merged);
            swapped.add(new Swapped(adapter, weight, weight.dup('c').detach(), written));
            weight.assign(merged);
        }
        WRITES.incrementAndGet();
        adapter.setMerged(true);
    }

    /**
     * Restores the original bits; a second call does nothing.
     *
     * @throws IllegalStateException if a weight has changed since the merge, or another thread uses the adapters; all
     *     stay merged then
     */
    @Override
    public void close() {
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("unmerge")) {
            for (Swapped layer : swapped) {
                if (Views.hash(layer.weight()) != layer.written()) {
                    throw new IllegalStateException(
                            "unmerge: the weight of " + layer.adapter().name()
                                    + " was changed since it was merged; expected later merges into it to be closed first");
                }
            }
            restore();
        }
    }

    private void restore() {
        while (!swapped.isEmpty()) {
            Swapped layer = swapped.get(swapped.size() - 1);
            layer.weight().assign(layer.original());
            WRITES.incrementAndGet();
            layer.adapter().setMerged(false);
            swapped.remove(swapped.size() - 1);
            layer.original().close();
        }
    }
}

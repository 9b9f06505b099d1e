package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs predictions on a device. Passes of one engine take turns, so each may have its own thread. */
final class DeviceInference implements InferencePass {
    private final Engine engine;
    private final TransformerWeights weights;
    private final ServedAdapters adapters;
    private final DevicePass pass;
    private final Buffer joined;
    /** The largest number of bytes of adapters that were checked with a batch. */
    private long countedBytes;

    DeviceInference(Engine engine, TransformerWeights weights) {
        this.engine = engine;
        this.weights = weights;
        adapters = new ServedAdapters(engine);
        pass = engine.openServing(weights, adapters, Optional.empty());
        joined = new Buffer(DataType.FLOAT, weights.model().width());
    }

    @Override
    public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
        Require.argument(
                updates.size() == batch.size(), "pass: %d sequences and updates for %d", batch.size(), updates.size());
        updates.stream().filter(Objects::nonNull).distinct().forEach(DenseUpdates::requireUnmerged);
        synchronized (engine) {
            try (TransformerWeights.Use use = weights.use()) {
                Map<@Nullable DenseUpdates, List<Integer>> groups = new LinkedHashMap<>();
                for (int i = 0; i < updates.size(); i++) {
                    groups.computeIfAbsent(updates.get(i), unused -> new ArrayList<>())
                            .add(i);
                }
                boolean shares = weights.model().relativeEmbeddings().isPresent();
                return shares && groups.size() > 1 ? joined(batch, updates, groups.values()) : one(batch, updates);
            }
        }
    }

    private INDArray one(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
        adapters.use(updates);
        long bytes = ServedAdapters.bytes(updates);
        if (bytes > countedBytes) {
            pass.countAgain();
            countedBytes = bytes;
        }
        return pass.forward(batch);
    }

    /** Runs each adapter's sequences separately: projected relative embeddings apply to all sequences of a pass. */
    private INDArray joined(TokenBatch batch, List<@Nullable DenseUpdates> updates, Iterable<List<Integer>> groups) {
        INDArray out = joined.rows(batch.wantedRows().length);
        for (List<Integer> group : groups) {
            int[] sequences = group.stream().mapToInt(Integer::intValue).toArray();
            TokenBatch some = batch.select(sequences);
            INDArray rows = one(some, Collections.nCopies(sequences.length, updates.get(sequences[0])));
            for (int i = 0; i < sequences.length; i++) {
                int to = batch.wantedOffsets()[sequences[i]];
                int from = some.wantedOffsets()[i];
                int count = some.wantedOffsets()[i + 1] - from;
                Views.rows(out, to, to + count).assign(Views.rows(rows, from, from + count));
            }
        }
        return out;
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        synchronized (engine) {
            pass.close();
            joined.close();
        }
    }
}

package org.lsradapt.cuda.internal.pass;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementKernels;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Transformer;

/** A batch, and what a device has to know of it: who sees whom, and positions. */
final class DeviceBatch {
    private final TokenBatch batch;
    private final Optional<Dropout> dropout;
    private final Transfers transfers;
    private final Map<Sight, Seen> sights = new HashMap<>();
    private final IdentityHashMap<Positions.Rotary, Long> positions = new IdentityHashMap<>();

    /** What says which tokens see each other. */
    private record Sight(boolean causal, OptionalInt reach) {}

    /**
     * Ranges of rows.
     *
     * @param keys address of the key rows that each query sees
     * @param queries address of the query rows that see each key
     */
    record Seen(long keys, long queries) {}

    DeviceBatch(TokenBatch batch, Transformer model, Optional<Dropout> dropout, Transfers transfers, Arena arena) {
        this.batch = batch;
        this.dropout = dropout;
        this.transfers = transfers;
        for (Block block : model.blocks()) {
            Attention attention = block.attention();
            sights.computeIfAbsent(sight(attention), sight -> seen(sight, arena));
            if (attention.positions() instanceof Positions.Rotary rotary) {
                positions.computeIfAbsent(rotary, key -> transfers.up(rows(key), arena));
            }
        }
    }

    private static Sight sight(Attention attention) {
        return new Sight(attention.causal(), attention.scores().reach());
    }

    private Seen seen(Sight sight, Arena arena) {
        int[] keys = new int[2 * tokens()];
        int[] queries = new int[2 * tokens()];
        int[] offsets = batch.offsets();
        for (int b = 0; b < batch.size(); b++) {
            int first = offsets[b];
            int end = offsets[b + 1];
            for (int row = first; row < end; row++) {
                int back = sight.reach().isEmpty()
                        ? first
                        : Math.max(first, row - sight.reach().getAsInt());
                int ahead = sight.reach().isEmpty()
                        ? end
                        : Math.min(end, row + sight.reach().getAsInt() + 1);
                keys[2 * row] = back;
                keys[2 * row + 1] = sight.causal() ? row + 1 : ahead;
                queries[2 * row] = sight.causal() ? row : back;
                queries[2 * row + 1] = ahead;
            }
        }
        return new Seen(transfers.up(keys, arena), transfers.up(queries, arena));
    }

    /** The rows of the tables of {@link DeviceRotation}. */
    private int[] rows(Positions.Rotary rotary) {
        int[] rows = new int[tokens()];
        int[] offsets = batch.offsets();
        for (int b = 0; b < batch.size(); b++) {
            boolean isLong = rotary.isLong(offsets[b + 1] - offsets[b]);
            for (int row = offsets[b]; row < offsets[b + 1]; row++) {
                rows[row] = DeviceRotation.row(batch.positions()[row], isLong);
            }
        }
        return rows;
    }

    /** Of the longest sequence. */
    int longest() {
        int longest = 0;
        for (int b = 0; b < batch.size(); b++) {
            longest = Math.max(longest, batch.offsets()[b + 1] - batch.offsets()[b]);
        }
        return longest;
    }

    int tokens() {
        return batch.tokens();
    }

    Seen seen(Attention attention) {
        return sights.get(sight(attention));
    }

    long positions(Positions.Rotary rotary) {
        return positions.get(rotary);
    }

    /**
     * The mask of a layer's input.
     *
     * @param layer the layer's full name
     * @param some whether the wanted rows of each sequence are counted from 0, as where the others are not computed
     * @param arena where its keys lie
     * @return empty where nothing is dropped
     */
    Optional<ElementKernels.Mask> mask(String layer, boolean some, Arena arena) {
        return dropout.filter(Dropout::isOn).map(on -> {
            long[] keys;
            if (some) {
                keys = new long[tokens()];
                long[] wanted = on.keys(layer, batch.wantedOffsets());
                for (int i = 0; i < wanted.length; i++) {
                    keys[batch.wantedRows()[i]] = wanted[i];
                }
            } else {
                keys = on.keys(layer, batch.offsets());
            }
            return new ElementKernels.Mask(transfers.up(keys, arena), on.rate());
        });
    }
}

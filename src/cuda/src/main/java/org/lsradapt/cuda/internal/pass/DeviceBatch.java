package org.lsradapt.cuda.internal.pass;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.ElementKernels;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.RelativeEmbeddings;
import org.lsradapt.transformer.parts.Transformer;

/** A batch on a device, with the rows that see each other, and positions. */
final class DeviceBatch {
    private final TokenBatch batch;
    private final Optional<Dropout> dropout;
    private final Transfers transfers;
    private final Map<Sight, PackedAttention.Seen> sights = new HashMap<>();
    private final IdentityHashMap<Positions.Rotary, Long> positions = new IdentityHashMap<>();
    private final Optional<Distances> distances;
    private final Optional<PackedAttention.Seen> pooled;

    private record Sight(boolean causal, OptionalInt reach) {}

    /** The rows that a part computes, and how dropout counts them. */
    enum Counted {
        ALL,
        /** All tokens, of which only the wanted ones are read; dropout counts those from 0 in each sequence. */
        WANTED_OF_ALL,
        /** Only the wanted tokens, contiguous. */
        WANTED
    }

    /** The relative embedding of each distance [2·centre + 1, width]; that of 0 is in the row {@code centre}. */
    record Distances(Engine.Factor embeddings, int centre) {
        int rows() {
            return 2 * centre + 1;
        }
    }

    DeviceBatch(
            TokenBatch batch,
            Transformer model,
            DeviceWeights weights,
            Optional<Dropout> dropout,
            Engine engine,
            Arena arena) {
        this.batch = batch;
        this.dropout = dropout;
        transfers = engine.transfers;
        distances =
                model.relativeEmbeddings().map(relative -> distances(relative, model.width(), weights, engine, arena));
        pooled = model.pooling().map(pooling -> seenByPooling(arena));
        for (Block block : model.blocks()) {
            Attention attention = block.attention();
            sights.computeIfAbsent(sight(attention), sight -> seen(sight, arena));
            if (attention.positions() instanceof Positions.Rotary rotary) {
                positions.computeIfAbsent(rotary, key -> transfers.up(rows(key), arena));
            }
        }
    }

    private Distances distances(
            RelativeEmbeddings relative, int width, DeviceWeights weights, Engine engine, Arena arena) {
        int centre = longest() - 1;
        int[] rows = IntStream.rangeClosed(-centre, centre).map(relative::row).toArray();
        long embeddings = arena.floats(rows.length, width);
        engine.rows.gather(weights.relativeEmbeddings(), transfers.up(rows, arena), embeddings, rows.length, width);
        return new Distances(engine.factor(embeddings, rows.length, width, arena), centre);
    }

    /** The ranges of a pooling: one query per sequence sees all its tokens. */
    private PackedAttention.Seen seenByPooling(Arena arena) {
        int[] offsets = batch.offsets();
        int[] keys = new int[2 * batch.size()];
        int[] queries = new int[2 * tokens()];
        for (int b = 0; b < batch.size(); b++) {
            keys[2 * b] = offsets[b];
            keys[2 * b + 1] = offsets[b + 1];
            for (int row = offsets[b]; row < offsets[b + 1]; row++) {
                queries[2 * row] = b;
                queries[2 * row + 1] = b + 1;
            }
        }
        return new PackedAttention.Seen(transfers.up(keys, arena), transfers.up(queries, arena));
    }

    private static Sight sight(Attention attention) {
        return new Sight(attention.causal(), attention.scores().reach());
    }

    private PackedAttention.Seen seen(Sight sight, Arena arena) {
        int[] keys = new int[2 * tokens()];
        int[] queries = new int[2 * tokens()];
        int[] offsets = batch.offsets();
        for (int b = 0; b < batch.size(); b++) {
            int first = offsets[b];
            int end = offsets[b + 1];
            // A cache has the keys of earlier tokens in the rows before; then there is only one sequence.
            int past = batch.positions()[first];
            for (int row = first; row < end; row++) {
                int back = sight.reach().isEmpty()
                        ? first
                        : Math.max(first, past + row - sight.reach().getAsInt());
                int ahead = sight.reach().isEmpty()
                        ? end
                        : Math.min(end, row + sight.reach().getAsInt() + 1);
                keys[2 * row] = back;
                keys[2 * row + 1] = sight.causal() ? past + row + 1 : ahead;
                queries[2 * row] = sight.causal() ? row : back;
                queries[2 * row + 1] = ahead;
            }
        }
        return new PackedAttention.Seen(transfers.up(keys, arena), transfers.up(queries, arena));
    }

    /** The row of each token in the tables of {@link DeviceRotation}. */
    private int[] rows(Positions.Rotary rotary) {
        int[] rows = new int[tokens()];
        int[] offsets = batch.offsets();
        for (int b = 0; b < batch.size(); b++) {
            boolean isLong = rotary.isLong(batch.positions()[offsets[b + 1] - 1] + 1);
            for (int row = offsets[b]; row < offsets[b + 1]; row++) {
                rows[row] = DeviceRotation.row(batch.positions()[row], isLong);
            }
        }
        return rows;
    }

    /** The tokens of the longest sequence, including those before the batch. */
    int longest() {
        return IntStream.of(batch.positions()).max().orElseThrow() + 1;
    }

    int tokens() {
        return batch.tokens();
    }

    int rows(Counted counted) {
        return counted == Counted.WANTED ? batch.wantedRows().length : tokens();
    }

    /** The first row of a sequence; for the index after the last sequence, the number of rows. */
    int row(Counted counted, int sequence) {
        return counted == Counted.WANTED ? batch.wantedOffsets()[sequence] : batch.offsets()[sequence];
    }

    Distances distances() {
        return distances.orElseThrow();
    }

    PackedAttention.Seen pooled() {
        return pooled.orElseThrow();
    }

    PackedAttention.Seen seen(Attention attention) {
        return sights.get(sight(attention));
    }

    long positions(Positions.Rotary rotary) {
        return positions.get(rotary);
    }

    /** Returns the dropout mask of the input of a layer's {@code use}-th use, from 1; empty if nothing is dropped. */
    Optional<ElementKernels.Mask> mask(String layer, int use, Counted counted, Arena arena) {
        return dropout.filter(Dropout::isOn).map(on -> {
            long[] keys = on.keys(layer, use, counted == Counted.ALL ? batch.offsets() : batch.wantedOffsets());
            if (counted == Counted.WANTED_OF_ALL) {
                long[] wanted = keys;
                keys = new long[tokens()];
                for (int i = 0; i < wanted.length; i++) {
                    keys[batch.wantedRows()[i]] = wanted[i];
                }
            }
            return new ElementKernels.Mask(transfers.up(keys, arena), on.rate());
        });
    }
}

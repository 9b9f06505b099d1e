package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
    /** Numbers between two arrays begin at multiples of 16 bytes. */
    private static final int ALIGNED = 4;

    private final TokenBatch batch;
    private final Optional<Dropout> dropout;
    private final List<int[]> arrays = new ArrayList<>();
    private int numbers;
    /** The address of all arrays. */
    private final LongSupplier uploaded;

    private final Map<Sight, Ranges> sights = new HashMap<>();
    private final IdentityHashMap<Positions.Rotary, Integer> positions = new IdentityHashMap<>();
    private final Map<Counted, Integer> places = new EnumMap<>(Counted.class);
    private final int wanted;
    private final OptionalInt relative;
    private @Nullable Distances distances;
    private final Optional<Ranges> pooled;

    private record Sight(boolean causal, OptionalInt reach) {}

    /** The places among the uploaded numbers of what queries see, and of what sees keys. */
    private record Ranges(int keys, int queries) {}

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

    /** Adds a batch to an upload; {@link #arrived} follows it. */
    DeviceBatch(TokenBatch batch, Transformer model, Optional<Dropout> dropout, Shipment shipment) {
        this.batch = batch;
        this.dropout = dropout.filter(Dropout::isOn);
        relative = model.relativeEmbeddings().stream()
                .mapToInt(embeddings -> add(distances(embeddings)))
                .findFirst();
        pooled = model.pooling().map(pooling -> seenByPooling());
        for (Block block : model.blocks()) {
            Attention attention = block.attention();
            sights.computeIfAbsent(sight(attention), this::seen);
            if (attention.positions() instanceof Positions.Rotary rotary) {
                positions.computeIfAbsent(rotary, key -> add(rows(key)));
            }
        }
        wanted = add(batch.wantedRows());
        this.dropout.ifPresent(this::addPlaces);
        uploaded = shipment.add(joined());
    }

    /** Gathers the relative embeddings, if the model has some. */
    void arrived(DeviceWeights weights, int width, Engine engine, Arena arena) {
        relative.ifPresent(rows -> distances = distances(at(rows), width, weights, engine, arena));
    }

    private int add(int[] array) {
        int place = numbers;
        arrays.add(array);
        numbers += (array.length + ALIGNED - 1) / ALIGNED * ALIGNED;
        return place;
    }

    private int[] joined() {
        int[] joined = new int[numbers];
        int at = 0;
        for (int[] array : arrays) {
            System.arraycopy(array, 0, joined, at, array.length);
            at += (array.length + ALIGNED - 1) / ALIGNED * ALIGNED;
        }
        arrays.clear();
        return joined;
    }

    private long at(int place) {
        return uploaded.getAsLong() + (long) Integer.BYTES * place;
    }

    private PackedAttention.Seen at(Ranges ranges) {
        return new PackedAttention.Seen(at(ranges.keys()), at(ranges.queries()));
    }

    private int[] distances(RelativeEmbeddings relative) {
        int centre = longest() - 1;
        return IntStream.rangeClosed(-centre, centre).map(relative::row).toArray();
    }

    private Distances distances(long rows, int width, DeviceWeights weights, Engine engine, Arena arena) {
        int centre = longest() - 1;
        int count = 2 * centre + 1;
        long embeddings = arena.floats(count, width);
        engine.rows.gather(weights.relativeEmbeddings(), rows, embeddings, count, width);
        return new Distances(engine.factor(embeddings, count, width, arena), centre);
    }

    /** The ranges of a pooling: one query per sequence sees all its tokens. */
    private Ranges seenByPooling() {
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
        return new Ranges(add(keys), add(queries));
    }

    private static Sight sight(Attention attention) {
        return new Sight(attention.causal(), attention.scores().reach());
    }

    private Ranges seen(Sight sight) {
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
        return new Ranges(add(keys), add(queries));
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
        return Objects.requireNonNull(distances);
    }

    PackedAttention.Seen pooled() {
        return at(pooled.orElseThrow());
    }

    PackedAttention.Seen seen(Attention attention) {
        return at(sights.get(sight(attention)));
    }

    long positions(Positions.Rotary rotary) {
        return at(positions.get(rotary));
    }

    /** Address of the wanted rows, 32 bits each. */
    long wantedRows() {
        return at(wanted);
    }

    /** The place of each row that dropout counts: that of its sequence in the step, and its own in the sequence. */
    private void addPlaces(Dropout on) {
        places.put(Counted.ALL, add(places(on, batch.offsets())));
        int[] some = places(on, batch.wantedOffsets());
        places.put(Counted.WANTED, add(some));
        int[] all = new int[2 * tokens()];
        for (int i = 0; i < batch.wantedRows().length; i++) {
            System.arraycopy(some, 2 * i, all, 2 * batch.wantedRows()[i], 2);
        }
        places.put(Counted.WANTED_OF_ALL, add(all));
    }

    private static int[] places(Dropout on, int[] offsets) {
        int[] places = new int[2 * offsets[offsets.length - 1]];
        for (int b = 0; b + 1 < offsets.length; b++) {
            for (int row = offsets[b]; row < offsets[b + 1]; row++) {
                places[2 * row] = on.first() + b;
                places[2 * row + 1] = row - offsets[b];
            }
        }
        return places;
    }

    /** Returns the dropout mask of the input of a layer's {@code use}-th use, from 1; empty if nothing is dropped. */
    Optional<ElementKernels.Mask> mask(String layer, int use, Counted counted) {
        return dropout.map(on -> new ElementKernels.Mask(at(places.get(counted)), on.stepKey(layer, use), on.rate()));
    }
}

package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;

/**
 * The dense matrices of a batch's adapters of any kind, each for some of the sequences. The matrices never change, so they
 * are uploaded only when a batch has adapters that the one before did not have.
 */
final class ServedAdapters implements PassAdapters {
    private final Engine engine;
    private final Arena memory;
    private final Map<DenseUpdates, Map<String, LowRank>> uploaded = new HashMap<>();
    private List<@Nullable DenseUpdates> current = List.of();
    private List<Share> shares = List.of();

    /** A range of sequences (to is exclusive) with one adapter. */
    private record Share(int from, int to, DenseUpdates updates) {}

    ServedAdapters(Engine engine) {
        this.engine = engine;
        memory = new Arena(engine.device);
    }

    static long bytes(List<@Nullable DenseUpdates> updates) {
        // Each layer has two matrices, each rounded up.
        return distinct(updates).stream()
                .mapToLong(one ->
                        one.matrixBytes() + 2 * Arena.rounded(1) * one.layers().size())
                .sum();
    }

    private static Set<DenseUpdates> distinct(List<@Nullable DenseUpdates> updates) {
        return updates.stream().filter(Objects::nonNull).collect(Collectors.toSet());
    }

    /** Selects an adapter or null per sequence; none are selected after a {@link TooLittleMemory}. */
    void use(List<@Nullable DenseUpdates> updates) {
        current = List.of();
        shares = List.of();
        if (!uploaded.keySet().containsAll(distinct(updates))) {
            long bytes = bytes(updates);
            TooLittleMemory.require(
                    engine.device,
                    bytes - memory.bytes(),
                    "compute on the CPU",
                    "the adapters of a batch take %s",
                    TooLittleMemory.gib(bytes));
            uploaded.clear();
            memory.reserve(bytes);
            distinct(updates).forEach(one -> uploaded.put(one, new HashMap<>()));
        }
        List<Share> next = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= updates.size(); to++) {
            DenseUpdates one = updates.get(from);
            if (to == updates.size() || updates.get(to) != one) {
                if (one != null) {
                    next.add(new Share(from, to, one));
                }
                from = to;
            }
        }
        current = updates;
        shares = next;
    }

    @Override
    public PassAdapters on(Engine other) {
        ServedAdapters same = new ServedAdapters(other);
        same.use(current);
        return same;
    }

    private @Nullable LowRank find(DenseUpdates updates, String layer) {
        return uploaded.get(updates).computeIfAbsent(layer, name -> upload(updates.find(name)));
    }

    private @Nullable LowRank upload(@Nullable LoraMatrices product) {
        if (product == null) {
            return null;
        }
        int rank = (int) product.a().size(1);
        int out = (int) product.b().size(1);
        return new LowRank(
                (int) product.a().size(0),
                rank,
                out,
                product.scaling(),
                new Engine.Matrix(engine.transfers.up(product.a(), memory), rank),
                new Engine.Matrix(engine.transfers.up(product.b(), memory), out));
    }

    @Override
    public AdapterRun run(Arena arena, String layer, int use) {
        return new AdapterRun() {
            @Override
            public void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, Engine.Matrix y) {
                for (Share share : shares) {
                    int first = batch.row(counted, share.from());
                    add(share, layer, first, batch.row(counted, share.to()) - first, arena, x, y);
                }
            }

            /** With shared rows there is only one adapter. */
            @Override
            public void forwardShared(int rows, Engine.Factor x, Engine.Matrix y) {
                shares.stream().findFirst().ifPresent(share -> add(share, layer, 0, rows, arena, x, y));
            }
        };
    }

    private void add(Share share, String layer, int first, int rows, Arena arena, Engine.Factor x, Engine.Matrix y) {
        LowRank one = find(share.updates(), layer);
        if (one != null) {
            Arena.Mark mark = arena.mark();
            Engine.Factor hidden = engine.room(rows, one.rank(), arena);
            one.add(engine, x.rounded().fromRow(first), hidden, y.fromRow(first), rows);
            arena.release(mark);
        }
    }

    @Override
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        memory.close();
        uploaded.clear();
    }
}

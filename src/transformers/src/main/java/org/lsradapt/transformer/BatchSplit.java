package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A division of a batch into shares of whole sequences with nearly equal work. The costliest remaining sequence goes to
 * the share with the least work. Depends only on the sequences' lengths.
 */
final class BatchSplit {

    /** The batch is not divided if the largest share exceeds the mean by more than this factor. */
    private static final double MOST_IMBALANCE = 1.1;

    private final TokenBatch whole;
    private final List<int[]> shares;
    private final List<TokenBatch> batches = new ArrayList<>();

    private BatchSplit(TokenBatch whole, List<int[]> shares) {
        this.whole = whole;
        this.shares = shares;
        for (int[] share : shares) {
            batches.add(shares.size() == 1 ? whole : whole.select(share));
        }
    }

    /**
     * Divides a batch.
     *
     * @param width the model's width: a sequence of t tokens costs t·(6·width + t), for the products with weights and
     *     those of attention
     * @return a division into {@code shares} shares, or into one
     */
    static BatchSplit of(TokenBatch batch, int width, int shares) {
        int[] all = IntStream.range(0, batch.size()).toArray();
        if (shares == 1 || batch.size() < shares) {
            return new BatchSplit(batch, List.of(all));
        }
        double[] cost = new double[batch.size()];
        double total = 0;
        for (int b = 0; b < cost.length; b++) {
            double tokens = batch.offsets()[b + 1] - batch.offsets()[b];
            cost[b] = tokens * (6.0 * width + tokens);
            total += cost[b];
        }
        double[] load = new double[shares];
        int[] owner = new int[cost.length];
        List<Integer> costliestFirst = IntStream.of(all)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer b) -> -cost[b]))
                .toList();
        for (int b : costliestFirst) {
            int least = 0;
            for (int share = 1; share < shares; share++) {
                least = load[share] < load[least] ? share : least;
            }
            owner[b] = least;
            load[least] += cost[b];
        }
        if (Arrays.stream(load).max().getAsDouble() > MOST_IMBALANCE * total / shares) {
            return new BatchSplit(batch, List.of(all));
        }
        return new BatchSplit(
                batch,
                IntStream.range(0, shares)
                        .mapToObj(share ->
                                IntStream.of(all).filter(b -> owner[b] == share).toArray())
                        .toList());
    }

    int size() {
        return shares.size();
    }

    TokenBatch batch(int share) {
        return batches.get(share);
    }

    /** The indices of a share's sequences in the whole batch, in order; the array itself. */
    int[] sequences(int share) {
        return shares.get(share);
    }

    /** The indices of a share's wanted rows among the whole batch's wanted rows, in order. */
    int[] wanted(int share) {
        int[] offsets = whole.wantedOffsets();
        return IntStream.of(shares.get(share))
                .flatMap(b -> IntStream.range(offsets[b], offsets[b + 1]))
                .toArray();
    }
}

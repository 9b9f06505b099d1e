package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.cuda.internal.kernels.TileKernels;

/** Checks attention by tiles, and its gradients, against their definitions. */
final class TileCheck {
    private final Bench bench;
    private final TileKernels kernels;
    private final Precision precision;

    TileCheck(Bench bench, DeviceModule module, Precision precision) {
        this.bench = bench;
        this.precision = precision;
        kernels = new TileKernels(bench.device, module, precision);
    }

    private double tolerance() {
        return switch (precision) {
            case FLOAT -> 1e-5;
            case TF32 -> 3e-3;
            case BF16 -> 1e-2;
        };
    }

    void run() {
        // More queries and keys than a block has rows, an incomplete last block, and sequences that share a block.
        check(32, oracle(4, 2, 32, 3, 65, 16).caused(true, 0));
        check(32, oracle(1, 1, 28, 60, 59).caused(false, 2).biased());
        check(32, oracle(2, 2, 4, 17, 87).caused(false, 0).biased().capped());
        check(32, oracle(1, 1, 12, 96).caused(true, 9).biased());
        // Different numbers of queries and keys.
        check(32, oracle(new int[][] {{2, 67}, {1, 3}}, 2, 2, 20).caused(true, 0));
        check(32, oracle(new int[][] {{67, 2}}, 1, 1, 4).caused(false, 0));
        check(64, oracle(1, 1, 60, 3, 65, 2).caused(true, 0));
        check(128, oracle(1, 1, 116, 3, 65, 2).caused(true, 0));
        for (int size : new int[] {64, 128}) {
            check(size, oracle(2, 2, size, 2, 65).caused(false, 0).biased().capped());
            check(size, oracle(2, 1, size, 70).caused(true, 9).biased());
        }
    }

    /** An oracle with as many queries as keys in each sequence. */
    private AttentionOracle oracle(int count, int group, int size, int... lengths) {
        int[][] sequences = IntStream.of(lengths)
                .mapToObj(length -> new int[] {length, length})
                .toArray(int[][]::new);
        return oracle(sequences, count, group, size);
    }

    private AttentionOracle oracle(int[][] sequences, int count, int group, int size) {
        return new AttentionOracle(bench, precision.operands(), sequences, count, group, size);
    }

    private void check(int most, AttentionOracle oracle) {
        bench.clear();
        bench.describe(oracle.toString());
        oracle.compute();
        List<String> names = new ArrayList<>();
        for (String name : List.of("attention", "query_gradient", "key_gradient")) {
            names.add(
                    "tiled_" + name + "_" + most + TileKernels.module(precision).substring("tiles".length()));
        }
        new AttentionComparison(bench, tolerance(), kernels, names)
                .compare(oracle)
                .forEach(bench::add);
    }
}

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
        for (int most : new int[] {32, 64, 128}) {
            edges(most);
            // Gradients of such weights are rounding errors.
            forward(most, oracle(1, 1, most, 70).caused(false, 0).biased().peaked());
            forward(
                    most,
                    oracle(new int[][] {{16, 64}}, 16, 1, least(most))
                            .caused(false, 0)
                            .brokenKeys());
            check(most, oracle(4, 1, least(most), 16).caused(false, 0).brokenGradients());
        }
        for (int size : new int[] {64, 128}) {
            check(size, oracle(2, 2, size, 2, 65).caused(false, 0).biased().capped());
            check(size, oracle(2, 1, size, 70).caused(true, 9).biased());
        }
    }

    /** Each end that heads have among the numbers of a lane, and rows among those that threads load together. */
    private void edges(int most) {
        int[] lengths = switch (most) {
            case 32 -> new int[] {5, 28, 37, 48};
            case 64 -> new int[] {5, 13, 16, 27};
            default -> new int[] {5, 11, 13, 16};
        };
        for (int size = least(most); size < most; size += 8) {
            for (int length : lengths) {
                check(most, oracle(1, 1, size, length).caused(false, 0));
            }
        }
    }

    /** The smallest heads that the kernels for heads of up to {@code most} numbers take. */
    private static int least(int most) {
        return most == 32 ? 4 : most / 2 + 4;
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
        comparison(most, oracle).compare(oracle).forEach(bench::add);
    }

    private void forward(int most, AttentionOracle oracle) {
        comparison(most, oracle).compareForward(oracle).forEach(bench::add);
    }

    private AttentionComparison comparison(int most, AttentionOracle oracle) {
        bench.clear();
        bench.describe(oracle.toString());
        oracle.compute();
        List<String> names = new ArrayList<>();
        for (String name : List.of("attention", "query_gradient", "key_gradient")) {
            names.add(
                    "tiled_" + name + "_" + most + TileKernels.module(precision).substring("tiles".length()));
        }
        return new AttentionComparison(bench, tolerance(), kernels, names);
    }
}

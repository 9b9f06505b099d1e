package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Attention with tensor cores, and its gradients, against their definitions. */
final class TileCheck {
    private static final double TOLERANCE = 1e-2;

    private final Bench bench;
    private final TileKernels kernels;
    private final Map<String, Finding> findings = new LinkedHashMap<>();

    TileCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new TileKernels(bench.device, module);
    }

    List<Finding> run() {
        // More queries and keys than a block has rows, and sequences that share its rows.
        int[][] packed = {{3, 3}, {65, 65}, {2, 2}};
        check(32, oracle(packed, 2, 1, 28).caused(false, 0));
        check(32, oracle(packed, 4, 2, 32).caused(true, 0));
        check(32, oracle(packed, 1, 1, 12).caused(false, 9).biased());
        check(
                32,
                oracle(new int[][] {{7, 7}, {19, 19}}, 2, 2, 4).caused(true, 5).capped());
        // Other numbers of queries than of keys.
        check(32, oracle(new int[][] {{2, 67}, {1, 3}}, 2, 2, 20).caused(true, 0));
        check(32, oracle(new int[][] {{67, 2}}, 1, 1, 4).caused(false, 0));
        check(64, oracle(packed, 1, 1, 60).caused(true, 0));
        check(128, oracle(packed, 1, 1, 116).caused(true, 0));
        return List.copyOf(findings.values());
    }

    private AttentionOracle oracle(int[][] sequences, int count, int group, int size) {
        return new AttentionOracle(bench, ElementType.BF16, sequences, count, group, size);
    }

    private void check(int most, AttentionOracle oracle) {
        bench.clear();
        oracle.compute();
        List<String> names = new ArrayList<>();
        for (String name : List.of("attention", "query_gradient", "key_gradient")) {
            names.add("tiled_" + name + "_" + most + "_bf16");
        }
        new AttentionComparison(bench, ElementType.F32, TOLERANCE, kernels, names)
                .compare(oracle)
                .forEach(finding -> findings.merge(finding.what(), finding, Finding::and));
    }
}

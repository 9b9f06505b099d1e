package org.lsradapt.cuda.internal;

import java.util.List;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.cuda.internal.kernels.PackedAttention;

/** Checks rotary positions, attention and its gradients against their definitions. */
final class AttentionCheck {
    private static final double TOLERANCE = 1e-5;

    private final Bench bench;
    private final AttentionKernels kernels;
    private final AttentionComparison comparison;

    AttentionCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new AttentionKernels(bench.device, module);
        List<String> names = List.of("attention_f32", "attention_query_gradient_f32", "attention_key_gradient_f32");
        comparison = new AttentionComparison(bench, TOLERANCE, kernels, names);
    }

    void run() {
        rotate(5, 3, 6, 3);
        rotate(47, 1, 7, 2);
        int[][] packed = {{1, 1}, {5, 5}, {7, 7}};
        check(new AttentionOracle(bench, ElementType.F32, packed, 4, 2, 5).caused(false, 0));
        check(new AttentionOracle(bench, ElementType.F32, packed, 3, 1, 3)
                .caused(true, 0)
                .biased());
        check(new AttentionOracle(bench, ElementType.F32, packed, 2, 2, 4)
                .caused(false, 2)
                .capped());
        check(new AttentionOracle(bench, ElementType.F32, packed, 3, 1, 4)
                .caused(false, 0)
                .related(true, true, 7));
        check(new AttentionOracle(bench, ElementType.F32, packed, 2, 1, 3)
                .caused(false, 0)
                .related(true, false, 6));
        check(new AttentionOracle(bench, ElementType.F32, packed, 2, 1, 3)
                .caused(false, 0)
                .related(false, true, 9));
        // These have more keys, queries, or numbers per head than a block has threads.
        check(new AttentionOracle(bench, ElementType.F32, new int[][] {{2, 131}, {1, 3}}, 2, 2, 3).caused(true, 129));
        check(new AttentionOracle(bench, ElementType.F32, new int[][] {{131, 131}}, 1, 1, 2)
                .caused(false, 1)
                .related(true, true, 1));
        check(new AttentionOracle(bench, ElementType.F32, new int[][] {{131, 2}}, 1, 1, 3).caused(false, 0));
        check(new AttentionOracle(bench, ElementType.F32, new int[][] {{2, 3}}, 1, 1, 131).caused(false, 0));
        // Every form at once, in heads with more numbers than a block has threads.
        check(new AttentionOracle(bench, ElementType.F32, packed, 2, 2, 203)
                .caused(true, 3)
                .biased()
                .capped());
        check(new AttentionOracle(bench, ElementType.F32, packed, 2, 1, 256)
                .caused(false, 0)
                .biased()
                .capped()
                .related(true, true, 7));
    }

    private void rotate(int rows, int heads, int size, int half) {
        bench.clear();
        bench.describe(rows + " rows, " + heads + " heads of " + size + ", " + half + " pairs");
        int stride = heads * size + 2;
        int positions = 9;
        double[] x = bench.normal(ElementType.F32, (long) rows * stride);
        double[] cosines = bench.normal(ElementType.F32, (long) positions * half);
        double[] sines = bench.normal(ElementType.F32, (long) positions * half);
        double[] position = new double[rows];
        for (int row = 0; row < rows; row++) {
            position[row] = bench.random.nextInt(positions);
        }
        for (boolean backward : new boolean[] {false, true}) {
            double[] expected = x.clone();
            for (int row = 0; row < rows; row++) {
                for (int head = 0; head < heads; head++) {
                    for (int i = 0; i < half; i++) {
                        int at = row * stride + head * size + i;
                        double cosine = cosines[((int) position[row]) * half + i];
                        double sine = (backward ? -1 : 1) * sines[((int) position[row]) * half + i];
                        expected[at] = x[at] * cosine - x[at + half] * sine;
                        expected[at + half] = x[at + half] * cosine + x[at] * sine;
                    }
                }
            }
            double[][] results = new double[2][];
            for (int run = 0; run < 2; run++) {
                long out = bench.up(ElementType.F32, x);
                AttentionKernels.Angles angles = new AttentionKernels.Angles(
                        bench.up(ElementType.I32, position),
                        bench.up(ElementType.F32, cosines),
                        bench.up(ElementType.F32, sines),
                        half);
                kernels.rotate(out, angles, backward, rows, heads, size, stride);
                results[run] = bench.down(ElementType.F32, out, x.length);
            }
            bench.add(Finding.of("rotate_f32", TOLERANCE, expected, results[0], results[1]));
        }
    }

    private void check(AttentionOracle o) {
        bench.clear();
        bench.describe(o.toString());
        o.compute();
        comparison.compare(o).forEach(bench::add);
        if (o.relativeKeys != null || o.relativeQueries != null) {
            relative(o);
        }
    }

    private void relative(AttentionOracle o) {
        double[][] keys = new double[2][];
        double[][] queries = new double[2][];
        for (int run = 0; run < 2; run++) {
            long keyRows = o.relativeKeys == null ? 0 : bench.poisoned(ElementType.F32, o.relativeKeys.length);
            long queryRows = o.relativeQueries == null ? 0 : bench.poisoned(ElementType.F32, o.relativeQueries.length);
            PackedAttention.Problem p = comparison.problem(o);
            kernels.relativeGradient(
                    p,
                    bench.up(ElementType.F32, o.logs),
                    bench.up(ElementType.F32, o.dOut),
                    bench.up(ElementType.F32, o.sums),
                    new PackedAttention.Relative(
                            keyRows, queryRows, p.scores().relative().stride()));
            keys[run] = keyRows == 0 ? null : bench.down(ElementType.F32, keyRows, o.relativeKeys.length);
            queries[run] = queryRows == 0 ? null : bench.down(ElementType.F32, queryRows, o.relativeQueries.length);
        }
        String name = "attention_relative_gradient_f32";
        if (o.relativeKeys != null) {
            bench.add(Finding.of(name, TOLERANCE, o.dRelativeKeys, keys[0], keys[1]));
        }
        if (o.relativeQueries != null) {
            bench.add(Finding.of(name, TOLERANCE, o.dRelativeQueries, queries[0], queries[1]));
        }
    }
}

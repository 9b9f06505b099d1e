package org.lsradapt.cuda.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rotary positions, attention and its gradients against their definitions. */
final class AttentionCheck {
    private final Bench bench;
    private final ElementType type;
    private final AttentionKernels kernels;
    private final String suffix;
    private final double tolerance;
    private final Map<String, Finding> findings = new LinkedHashMap<>();

    AttentionCheck(Bench bench, DeviceModule module, ElementType type) {
        this.bench = bench;
        this.type = type;
        kernels = new AttentionKernels(bench.device, module, type == ElementType.BF16);
        suffix = type == ElementType.BF16 ? "_bf16" : "_f32";
        tolerance = type == ElementType.BF16 ? 1e-2 : 1e-5;
    }

    List<Finding> run() {
        rotate(5, 3, 6, 3);
        rotate(47, 1, 7, 2);
        int[][] packed = {{1, 1}, {5, 5}, {7, 7}};
        check(new AttentionOracle(bench, type, packed, 4, 2, 5).caused(false, 0));
        check(new AttentionOracle(bench, type, packed, 3, 1, 3).caused(true, 0).biased());
        check(new AttentionOracle(bench, type, packed, 2, 2, 4).caused(false, 2).capped());
        check(new AttentionOracle(bench, type, packed, 3, 1, 4).caused(false, 0).related(true, true, 7));
        check(new AttentionOracle(bench, type, packed, 2, 1, 3).caused(false, 0).related(true, false, 6));
        check(new AttentionOracle(bench, type, packed, 2, 1, 3).caused(false, 0).related(false, true, 9));
        // More keys, queries, or numbers of a head than a block has threads.
        check(new AttentionOracle(bench, type, new int[][] {{2, 131}, {1, 3}}, 2, 2, 3).caused(true, 129));
        check(new AttentionOracle(bench, type, new int[][] {{131, 131}}, 1, 1, 2)
                .caused(false, 1)
                .related(true, true, 1));
        check(new AttentionOracle(bench, type, new int[][] {{131, 2}}, 1, 1, 3).caused(false, 0));
        check(new AttentionOracle(bench, type, new int[][] {{2, 3}}, 1, 1, 131).caused(false, 0));
        return List.copyOf(findings.values());
    }

    private void add(Finding finding) {
        findings.merge(finding.what(), finding, Finding::and);
    }

    private void rotate(int rows, int heads, int size, int half) {
        bench.clear();
        int stride = heads * size + 2;
        int positions = 9;
        double[] x = bench.normal(type, (long) rows * stride);
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
                long out = bench.up(type, x);
                AttentionKernels.Angles angles = new AttentionKernels.Angles(
                        bench.up(ElementType.I32, position),
                        bench.up(ElementType.F32, cosines),
                        bench.up(ElementType.F32, sines),
                        half);
                kernels.rotate(out, angles, backward, rows, heads, size, stride);
                results[run] = bench.down(type, out, x.length);
            }
            add(Finding.of("rotate" + suffix, tolerance, expected, results[0], results[1]));
        }
    }

    private void check(AttentionOracle o) {
        bench.clear();
        o.compute();
        double[][] outs = new double[2][];
        double[][] logs = new double[2][];
        double[][] queries = new double[2][];
        double[][] sums = new double[2][];
        double[][] keys = new double[2][];
        double[][] values = new double[2][];
        double[][] relativeKeys = new double[2][];
        double[][] relativeQueries = new double[2][];
        for (int run = 0; run < 2; run++) {
            AttentionKernels.Inputs in =
                    new AttentionKernels.Inputs(bench.up(type, o.q), bench.up(type, o.k), bench.up(type, o.v));
            AttentionKernels.Scores scores = new AttentionKernels.Scores(
                    (float) o.scale,
                    (float) o.cap,
                    o.bias == null ? 0 : bench.up(ElementType.F32, o.bias),
                    o.centre,
                    relative(o));
            long seen = bench.up(ElementType.I32, o.seen);
            long out = bench.poisoned(type, o.out.length);
            long log = bench.poisoned(ElementType.F32, o.logs.length);
            kernels.attention(in, o.heads, scores, seen, out, log, o.queryRows);
            outs[run] = bench.down(type, out, o.out.length);
            logs[run] = bench.down(ElementType.F32, log, o.logs.length);

            long exactLogs = bench.up(ElementType.F32, o.logs);
            long dOut = bench.up(type, o.dOut);
            long sum = bench.poisoned(ElementType.F32, o.sums.length);
            long dq = bench.poisoned(type, o.dq.length);
            kernels.queryGradient(
                    in, o.heads, scores, seen, bench.up(type, o.out), exactLogs, dOut, sum, dq, o.queryRows);
            queries[run] = bench.down(type, dq, o.dq.length);
            sums[run] = bench.down(ElementType.F32, sum, o.sums.length);

            long dk = bench.poisoned(type, o.dk.length);
            long dv = bench.poisoned(type, o.dv.length);
            kernels.keyGradient(
                    in,
                    o.heads,
                    scores,
                    bench.up(ElementType.I32, o.seers),
                    exactLogs,
                    dOut,
                    bench.up(ElementType.F32, o.sums),
                    new AttentionKernels.Inputs(0, dk, dv),
                    o.keyRows);
            keys[run] = bench.down(type, dk, o.dk.length);
            values[run] = bench.down(type, dv, o.dv.length);

            if (o.relativeKeys != null || o.relativeQueries != null) {
                long keyRows = o.relativeKeys == null ? 0 : bench.poisoned(type, o.relativeKeys.length);
                long queryRows = o.relativeQueries == null ? 0 : bench.poisoned(type, o.relativeQueries.length);
                kernels.relativeGradient(
                        in,
                        o.heads,
                        scores,
                        seen,
                        exactLogs,
                        dOut,
                        bench.up(ElementType.F32, o.sums),
                        new AttentionKernels.Relative(
                                keyRows, queryRows, scores.relative().stride()),
                        o.queryRows);
                relativeKeys[run] = keyRows == 0 ? null : bench.down(type, keyRows, o.relativeKeys.length);
                relativeQueries[run] = queryRows == 0 ? null : bench.down(type, queryRows, o.relativeQueries.length);
            }
        }
        add(Finding.of("attention" + suffix, tolerance, o.out, outs[0], outs[1]));
        add(Finding.of("attention" + suffix, tolerance, o.logs, logs[0], logs[1]));
        add(Finding.of("attention_query_gradient" + suffix, tolerance, o.dq, queries[0], queries[1]));
        add(Finding.of("attention_query_gradient" + suffix, tolerance, o.sums, sums[0], sums[1]));
        add(Finding.of("attention_key_gradient" + suffix, tolerance, o.dk, keys[0], keys[1]));
        add(Finding.of("attention_key_gradient" + suffix, tolerance, o.dv, values[0], values[1]));
        if (o.relativeKeys != null) {
            add(Finding.of(
                    "attention_relative_gradient" + suffix,
                    tolerance,
                    o.dRelativeKeys,
                    relativeKeys[0],
                    relativeKeys[1]));
        }
        if (o.relativeQueries != null) {
            add(Finding.of(
                    "attention_relative_gradient" + suffix,
                    tolerance,
                    o.dRelativeQueries,
                    relativeQueries[0],
                    relativeQueries[1]));
        }
    }

    private AttentionKernels.Relative relative(AttentionOracle o) {
        return new AttentionKernels.Relative(
                o.relativeKeys == null ? 0 : bench.up(type, o.relativeKeys),
                o.relativeQueries == null ? 0 : bench.up(type, o.relativeQueries),
                o.heads.heads() * o.heads.size());
    }
}

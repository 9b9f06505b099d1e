package org.lsradapt.cuda.internal;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.cuda.internal.kernels.PackedAttention;

/** Runs attention and its gradients twice with one kind of kernels and compares them with their definition. */
final class AttentionComparison {
    /** Stands for numbers that are not finite. */
    private static final double NOT_FINITE = 9;

    private final Bench bench;
    private final double tolerance;
    private final PackedAttention kernels;
    private final List<String> names;

    /**
     * Sets up a comparison.
     *
     * @param tolerance largest error, over the largest number of each array
     * @param kernels the kernels to compare
     * @param names the names of their three kernels
     */
    AttentionComparison(Bench bench, double tolerance, PackedAttention kernels, List<String> names) {
        this.bench = bench;
        this.tolerance = tolerance;
        this.kernels = kernels;
        this.names = names;
    }

    @SuppressWarnings("ArrayRecordComponent")
    record Results(double[] out, double[] logs, double[] dq, double[] sums, double[] dk, double[] dv) {}

    /** Compares each result of each kernel; the gradients read exact results of the kernels before. */
    List<Finding> compare(AttentionOracle o) {
        Results first = run(o);
        Results second = run(o);
        return List.of(
                finding(0, o.out, first.out, second.out),
                finding(0, o.logs, first.logs, second.logs),
                finding(1, o.dq, first.dq, second.dq),
                finding(1, o.sums, first.sums, second.sums),
                finding(2, o.dk, first.dk, second.dk),
                finding(2, o.dv, first.dv, second.dv));
    }

    /** Compares the results of the first kernel. */
    List<Finding> compareForward(AttentionOracle o) {
        double[][] out = new double[2][];
        double[][] logs = new double[2][];
        for (int run = 0; run < 2; run++) {
            long outs = bench.poisoned(ElementType.F32, o.out.length);
            long sums = bench.poisoned(ElementType.F32, o.logs.length);
            kernels.attention(problem(o), outs, sums);
            out[run] = bench.down(ElementType.F32, outs, o.out.length);
            logs[run] = bench.down(ElementType.F32, sums, o.logs.length);
        }
        return List.of(finding(0, o.out, out[0], out[1]), finding(0, o.logs, logs[0], logs[1]));
    }

    /** Compares arrays; where a number is not finite, the other one must not be, either. */
    private Finding finding(int kernel, double[] expected, double[] first, double[] second) {
        boolean isFinite = Arrays.stream(expected).allMatch(Double::isFinite);
        return isFinite
                ? Finding.of(names.get(kernel), tolerance, expected, first, second)
                : Finding.of(names.get(kernel), tolerance, marked(expected), marked(first), marked(second));
    }

    private static double[] marked(double[] numbers) {
        return Arrays.stream(numbers)
                .map(number -> Double.isFinite(number) ? number : NOT_FINITE)
                .toArray();
    }

    PackedAttention.Problem problem(AttentionOracle o) {
        return new PackedAttention.Problem(
                new PackedAttention.Inputs(
                        bench.up(ElementType.F32, o.q), bench.up(ElementType.F32, o.k), bench.up(ElementType.F32, o.v)),
                o.heads,
                scores(o),
                new PackedAttention.Seen(bench.up(ElementType.I32, o.seen), bench.up(ElementType.I32, o.seers)),
                o.queryRows,
                o.keyRows);
    }

    private PackedAttention.Scores scores(AttentionOracle o) {
        return new PackedAttention.Scores(
                (float) o.scale,
                (float) o.cap,
                o.bias == null ? 0 : bench.up(ElementType.F32, o.bias),
                o.centre,
                new PackedAttention.Relative(
                        o.relativeKeys == null ? 0 : bench.up(ElementType.F32, o.relativeKeys),
                        o.relativeQueries == null ? 0 : bench.up(ElementType.F32, o.relativeQueries),
                        o.heads.heads() * o.heads.size()));
    }

    /** Runs the kernels; the gradients read exact logarithms and sums. */
    Results run(AttentionOracle o) {
        PackedAttention.Problem p = problem(o);
        long out = bench.poisoned(ElementType.F32, o.out.length);
        long logs = bench.poisoned(ElementType.F32, o.logs.length);
        kernels.attention(p, out, logs);

        long exactLogs = bench.up(ElementType.F32, o.logs);
        long dOut = bench.up(ElementType.F32, o.dOut);
        long sums = bench.poisoned(ElementType.F32, o.sums.length);
        long dq = bench.poisoned(ElementType.F32, o.dq.length);
        kernels.queryGradient(p, bench.up(ElementType.F32, o.out), exactLogs, dOut, sums, dq);

        long dk = bench.poisoned(ElementType.F32, o.dk.length);
        long dv = bench.poisoned(ElementType.F32, o.dv.length);
        kernels.keyGradient(p, exactLogs, dOut, bench.up(ElementType.F32, o.sums), dk, dv);
        return new Results(
                bench.down(ElementType.F32, out, o.out.length),
                bench.down(ElementType.F32, logs, o.logs.length),
                bench.down(ElementType.F32, dq, o.dq.length),
                bench.down(ElementType.F32, sums, o.sums.length),
                bench.down(ElementType.F32, dk, o.dk.length),
                bench.down(ElementType.F32, dv, o.dv.length));
    }
}

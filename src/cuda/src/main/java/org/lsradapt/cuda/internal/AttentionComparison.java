package org.lsradapt.cuda.internal;

import java.util.List;

/** Runs attention and its gradients twice with one kind of kernels and compares them with their definition. */
final class AttentionComparison {
    private final Bench bench;
    private final ElementType stored;
    private final double tolerance;
    private final double rounding;
    private final PackedAttention kernels;
    private final List<String> names;

    /**
     * Sets up a comparison.
     *
     * @param stored the type of operands in memory
     * @param tolerance largest error, over the largest number of each array
     * @param kernels the kernels to compare
     * @param names the names of their three kernels
     */
    AttentionComparison(
            Bench bench,
            ElementType stored,
            double tolerance,
            double rounding,
            PackedAttention kernels,
            List<String> names) {
        this.bench = bench;
        this.stored = stored;
        this.tolerance = tolerance;
        this.rounding = rounding;
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
                Finding.of(names.get(0), tolerance, rounding, o.out, first.out, second.out),
                Finding.of(names.get(0), tolerance, o.logs, first.logs, second.logs),
                Finding.of(names.get(1), tolerance, rounding, o.dq, first.dq, second.dq),
                Finding.of(names.get(1), tolerance, o.sums, first.sums, second.sums),
                Finding.of(names.get(2), tolerance, rounding, o.dk, first.dk, second.dk),
                Finding.of(names.get(2), tolerance, rounding, o.dv, first.dv, second.dv));
    }

    AttentionKernels.Inputs inputs(AttentionOracle o) {
        return new AttentionKernels.Inputs(bench.up(stored, o.q), bench.up(stored, o.k), bench.up(stored, o.v));
    }

    AttentionKernels.Scores scores(AttentionOracle o) {
        return new AttentionKernels.Scores(
                (float) o.scale,
                (float) o.cap,
                o.bias == null ? 0 : bench.up(ElementType.F32, o.bias),
                o.centre,
                new AttentionKernels.Relative(
                        o.relativeKeys == null ? 0 : bench.up(stored, o.relativeKeys),
                        o.relativeQueries == null ? 0 : bench.up(stored, o.relativeQueries),
                        o.heads.heads() * o.heads.size()));
    }

    /** Runs the kernels; the gradients read exact logarithms and sums. */
    Results run(AttentionOracle o) {
        AttentionKernels.Inputs in = inputs(o);
        AttentionKernels.Scores scores = scores(o);
        long seen = bench.up(ElementType.I32, o.seen);
        long out = bench.poisoned(stored, o.out.length);
        long logs = bench.poisoned(ElementType.F32, o.logs.length);
        kernels.attention(in, o.heads, scores, seen, out, logs, o.queryRows);

        long exactLogs = bench.up(ElementType.F32, o.logs);
        long dOut = bench.up(stored, o.dOut);
        long sums = bench.poisoned(ElementType.F32, o.sums.length);
        long dq = bench.poisoned(stored, o.dq.length);
        kernels.queryGradient(
                in, o.heads, scores, seen, bench.up(stored, o.out), exactLogs, dOut, sums, dq, o.queryRows);

        long dk = bench.poisoned(stored, o.dk.length);
        long dv = bench.poisoned(stored, o.dv.length);
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
        return new Results(
                bench.down(stored, out, o.out.length),
                bench.down(ElementType.F32, logs, o.logs.length),
                bench.down(stored, dq, o.dq.length),
                bench.down(ElementType.F32, sums, o.sums.length),
                bench.down(stored, dk, o.dk.length),
                bench.down(stored, dv, o.dv.length));
    }
}

package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.cuda.internal.kernels.TileKernels;

/** Times attention and its gradients, plain and by tiles. All numbers are 0. */
public final class AttentionSpeed implements AutoCloseable {
    private final Bench bench;
    private final Shape shape;
    private final PackedAttention.Problem problem;
    private final long out;
    private final long dKeys;
    private final long dValues;
    private final long logs;
    private final long sums;

    /**
     * Sequences whose tokens see each other.
     *
     * @param sequences the number of sequences
     * @param length the number of tokens of each
     * @param heads the number of heads of queries, and of keys
     * @param size the numbers per head
     */
    public record Shape(int sequences, int length, int heads, int size) {
        int tokens() {
            return sequences * length;
        }

        int width() {
            return heads * size;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "attention of %d x %d tokens, %d heads of %d", sequences, length, heads, size);
        }
    }

    public AttentionSpeed(Device device, Shape shape) {
        this.shape = shape;
        bench = new Bench(device, new Findings());
        double[] ranges = new double[2 * shape.tokens()];
        for (int i = 0; i < shape.tokens(); i++) {
            ranges[2 * i] = i / shape.length() * shape.length();
            ranges[2 * i + 1] = ranges[2 * i] + shape.length();
        }
        long seen = bench.up(ElementType.I32, ranges);
        problem = new PackedAttention.Problem(
                new PackedAttention.Inputs(zeros(shape.width()), zeros(shape.width()), zeros(shape.width())),
                new PackedAttention.Heads(shape.heads(), 1, shape.size(), shape.width(), shape.width()),
                new PackedAttention.Scores(1, 0, 0, 0, PackedAttention.Relative.NONE),
                new PackedAttention.Seen(seen, seen),
                shape.tokens(),
                shape.tokens());
        out = zeros(shape.width());
        dKeys = zeros(shape.width());
        dValues = zeros(shape.width());
        logs = zeros(shape.heads());
        sums = zeros(shape.heads());
    }

    private long zeros(int width) {
        return bench.up(ElementType.F32, new double[shape.tokens() * width]);
    }

    public List<String> run() {
        Device device = bench.device;
        List<String> lines = new ArrayList<>();
        lines.add(line("", new AttentionKernels(device, KernelSources.load(device, "attention"))));
        for (Precision precision : Precision.values()) {
            DeviceModule module = KernelSources.load(device, TileKernels.module(precision));
            lines.add(line(", tiles in " + precision, new TileKernels(device, module, precision)));
        }
        return lines;
    }

    private String line(String how, PackedAttention kernels) {
        double forward = SpeedCheck.milliseconds(bench.device, () -> kernels.attention(problem, out, logs));
        double backward = SpeedCheck.milliseconds(bench.device, () -> {
            kernels.queryGradient(problem, out, logs, out, sums, dKeys);
            kernels.keyGradient(problem, logs, out, sums, dKeys, dValues);
        });
        return String.format(Locale.ROOT, "%s%s: %.3f ms, gradients %.3f ms", shape, how, forward, backward);
    }

    @Override
    public void close() {
        bench.close();
    }
}

package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;

/** Runs the pooling after the last layer: one row per sequence, a = attention(probe, x), y = a + feedForward(norm(a)). */
final class PoolingRun {
    private final Engine engine;
    private final Arena arena;
    private final Attention part;
    private final long probe;
    private final DeviceLayer query;
    private final DeviceLayer keyValue;
    private final DeviceLayer output;
    private final NormRun norm;
    private final FeedForwardRun feedForward;
    private final int width;
    private final int queryWidth;
    private final int keyWidth;
    private PackedAttention.Problem problem;
    private long context;
    private long logs;
    /** The feed-forward part's input. */
    private Engine.Factor normed;

    PoolingRun(PassContext on, AttentionPooling pooling, int behind) {
        engine = on.engine();
        arena = on.arena();
        part = pooling.attention();
        probe = on.weights().probe();
        queryWidth = part.query().out();
        keyWidth = part.key().out();
        DeviceWeights.Layers layers = on.weights().block(behind);
        query = layers.projections().columns(0, queryWidth);
        keyValue = layers.projections().columns(queryWidth, 2 * keyWidth);
        output = layers.output();
        norm = on.norm(pooling.norm());
        feedForward = new FeedForwardRun(on, pooling.feedForward(), layers);
        width = part.query().in();
    }

    /** Whether the feed-forward part has an adapter that trains. */
    boolean isAdapted() {
        return feedForward.isAdapted();
    }

    private long values(long keys) {
        return keys + (long) Float.BYTES * keyWidth;
    }

    /** Pools the last hidden states [tokens, width], one wanted row per sequence; returns [sequences, width]. */
    long forward(DeviceBatch batch, long x) {
        int n = batch.rows(DeviceBatch.Counted.WANTED);
        long probes = arena.floats(n, width);
        engine.elements.fillRows(probe, probes, n, width, width);
        long queries = arena.floats(n, queryWidth);
        query.forward(probes, queries, n);
        long keys = arena.floats(batch.tokens(), 2 * keyWidth);
        keyValue.forward(x, keys, batch.tokens());
        context = arena.floats(n, queryWidth);
        logs = arena.floats(n, part.heads());
        problem = new PackedAttention.Problem(
                new PackedAttention.Inputs(queries, keys, values(keys)),
                AttentionRun.heads(part, queryWidth, 2 * keyWidth),
                AttentionRun.scores(part, 0, 0, PackedAttention.Relative.NONE),
                batch.pooled(),
                n,
                batch.tokens());
        engine.attention.attention(problem, context, logs);
        long attended = arena.floats(n, width);
        output.forward(context, attended, n);
        normed = engine.room(n, width, arena);
        norm.forward(attended, 0, normed.output(), RowKernels.Layout.of(n, width));
        long pooled = arena.floats(n, width);
        feedForward.forward(batch, DeviceBatch.Counted.WANTED, normed, pooled);
        engine.elements.add(pooled, attended, pooled, n, width);
        return pooled;
    }

    /** Collects the adapters' gradients; overwrites the output's gradient, and gx with that of x unless 0. */
    void backward(DeviceBatch batch, long gradient, long gx) {
        int n = batch.rows(DeviceBatch.Counted.WANTED);
        long between = arena.floats(n, width);
        feedForward.backward(n, normed, engine.factor(gradient, n, width, arena), 0, between);
        if (gx == 0) {
            return;
        }
        norm.backward(between, gradient, RowKernels.Output.of(gradient), RowKernels.Layout.of(n, width));
        long gradContext = arena.floats(n, queryWidth);
        output.backward(gradient, 0, gradContext, n);
        long sums = arena.floats(n, part.heads());
        long gradKeys = arena.floats(batch.tokens(), 2 * keyWidth);
        engine.attention.queryGradient(problem, context, logs, gradContext, sums, arena.floats(n, queryWidth));
        engine.attention.keyGradient(problem, logs, gradContext, sums, gradKeys, values(gradKeys));
        keyValue.backward(gradKeys, 0, gx, batch.tokens());
    }
}

package org.lsradapt.cuda.internal.pass;

import java.util.function.Function;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.AttentionKernels;
import org.lsradapt.cuda.internal.RowKernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Linear;

/** Runs the pooling behind the last layer: one row per sequence, a = attention(probe, x), y = a + feedForward(norm(a)). */
final class PoolingRun {
    private final Engine engine;
    private final Arena arena;
    private final DeviceWeights weights;
    private final DeviceWeights.Layer query;
    private final DeviceWeights.Layer keyValue;
    private final DeviceWeights.Layer output;
    private final AttentionKernels.Heads heads;
    private final AttentionKernels.Scores scores;
    private final NormRun norm;
    private final FeedForwardRun feedForward;
    private final int width;
    private long queries;
    private long keysAndValues;
    private long context;
    private long logs;
    /** Address of the feed-forward part's input. */
    private long normed;

    PoolingRun(
            Engine engine,
            Arena arena,
            AttentionPooling part,
            DeviceWeights weights,
            int behind,
            Function<Linear, AdapterRun> adapters) {
        this.engine = engine;
        this.arena = arena;
        this.weights = weights;
        Attention attention = part.attention();
        int queryWidth = attention.query().out();
        int keyWidth = attention.key().out();
        DeviceWeights.Layers layers = weights.block(behind);
        query = layers.projections().columns(0, queryWidth);
        keyValue = layers.projections().columns(queryWidth, 2 * keyWidth);
        output = layers.output();
        heads = new AttentionKernels.Heads(
                attention.heads(),
                attention.heads() / attention.keyValueHeads(),
                attention.headSize(),
                queryWidth,
                2 * keyWidth);
        scores = new AttentionKernels.Scores(
                (float) attention.scale(),
                (float) attention.scores().cap().orElse(0),
                0,
                0,
                AttentionKernels.Relative.NONE);
        norm = new NormRun(engine, arena, part.norm(), weights);
        feedForward = new FeedForwardRun(engine, arena, part.feedForward(), layers, adapters);
        width = attention.query().in();
    }

    /** Whether the feed-forward part has an adapter that trains. */
    boolean isAdapted() {
        return feedForward.isAdapted();
    }

    private long room(int rows, int numbers) {
        return arena.take((long) Float.BYTES * rows * numbers);
    }

    private AttentionKernels.Inputs inputs(long q, long keyValues) {
        return new AttentionKernels.Inputs(q, keyValues, keyValues + (long) Float.BYTES * heads.keyStride() / 2);
    }

    /**
     * Pools the hidden states.
     *
     * @param batch the tokens, with one wanted row per sequence
     * @param x address of the last hidden states [tokens, width]
     * @return address of [sequences, width]
     */
    long forward(DeviceBatch batch, long x) {
        int n = batch.rows(DeviceBatch.Counted.WANTED);
        long probes = room(n, width);
        engine.elements.fillRows(weights.probe(), probes, n, width, width);
        queries = room(n, heads.queryStride());
        query.forward(engine, probes, queries, n);
        keysAndValues = room(batch.tokens(), heads.keyStride());
        keyValue.forward(engine, x, keysAndValues, batch.tokens());
        context = room(n, heads.queryStride());
        logs = room(n, heads.heads());
        engine.attention.attention(
                inputs(queries, keysAndValues), heads, scores, batch.pooled().keys(), context, logs, n);
        long attended = room(n, width);
        output.forward(engine, context, attended, n);
        normed = room(n, width);
        norm.forward(attended, 0, normed, RowKernels.Layout.of(n, width));
        long pooled = room(n, width);
        feedForward.forward(batch, DeviceBatch.Counted.WANTED, normed, pooled);
        engine.elements.add(pooled, attended, pooled, Math.multiplyExact(n, width));
        return pooled;
    }

    /**
     * Collects the gradients of the feed-forward part's adapters.
     *
     * @param batch as in the forward pass
     * @param gradient address of the gradient of {@link #forward}'s result; overwritten
     * @param gx address of the gradient of x, overwritten; 0 to leave it out
     */
    void backward(DeviceBatch batch, long gradient, long gx) {
        int n = batch.rows(DeviceBatch.Counted.WANTED);
        long between = room(n, width);
        feedForward.backward(n, normed, gradient, 0, between);
        if (gx == 0) {
            return;
        }
        norm.backward(between, gradient, gradient, RowKernels.Layout.of(n, width));
        long gradContext = room(n, heads.queryStride());
        output.backward(gradient, 0, gradContext, n);
        long sums = room(n, heads.heads());
        long gradKeysAndValues = room(batch.tokens(), heads.keyStride());
        AttentionKernels.Inputs read = inputs(queries, keysAndValues);
        engine.attention.queryGradient(
                read,
                heads,
                scores,
                batch.pooled().keys(),
                context,
                logs,
                gradContext,
                sums,
                room(n, heads.queryStride()),
                n);
        engine.attention.keyGradient(
                read,
                heads,
                scores,
                batch.pooled().queries(),
                logs,
                gradContext,
                sums,
                inputs(0, gradKeysAndValues),
                batch.tokens());
        keyValue.backward(gradKeysAndValues, 0, gx, batch.tokens());
    }
}

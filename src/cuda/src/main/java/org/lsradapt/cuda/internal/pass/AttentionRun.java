package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.AttentionKernels;
import org.lsradapt.cuda.internal.PackedAttention;
import org.lsradapt.cuda.internal.RowKernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.HeadNorms;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;

/**
 * Runs the attention part of a block: projections, heads, and the output layer. Queries, keys and values lie next to each
 * other.
 */
final class AttentionRun implements AttentionPart {
    private final Engine engine;
    private final Arena arena;
    private final Attention part;
    private final DeviceWeights.Layers layers;
    private final AttentionKernels.Heads heads;
    private final PackedAttention kernels;
    private final @Nullable DeviceRotation rotation;
    private final @Nullable RelativeRun relative;
    private final AdapterRun query;
    private final AdapterRun key;
    private final AdapterRun value;
    private final AdapterRun output;
    private final @Nullable NormRun queryNorm;
    private final @Nullable NormRun keyNorm;
    private final int queryWidth;
    private final int keyWidth;

    /** Address of the projections' outputs, from which values are read. */
    private long projected;
    /** Address of the queries and keys, normed and rotated. */
    private long compared;

    private long context;
    private long logs;
    /** The scores, updated for each batch if there are relative embeddings. */
    private AttentionKernels.Scores scores;

    AttentionRun(
            Engine engine,
            Arena arena,
            Attention part,
            DeviceWeights weights,
            int block,
            Function<Linear, AdapterRun> adapters,
            @Nullable DeviceRotation rotation) {
        this.engine = engine;
        this.arena = arena;
        this.part = part;
        this.rotation = rotation;
        layers = weights.block(block);
        queryWidth = part.query().out();
        keyWidth = part.key().out();
        int stride = queryWidth + 2 * keyWidth;
        heads = new AttentionKernels.Heads(
                part.heads(), part.heads() / part.keyValueHeads(), part.headSize(), stride, stride);
        DeviceWeights.Bias bias = part.positions() instanceof Positions.Bucketed bucketed
                ? weights.bias(bucketed)
                : new DeviceWeights.Bias(0, 0);
        scores = scores(bias.numbers(), bias.centre(), AttentionKernels.Relative.NONE);
        relative = part.positions() instanceof Positions.Disentangled disentangled
                ? new RelativeRun(engine, arena, disentangled, part, weights, block, adapters)
                : null;
        kernels = relative == null ? engine.attention(heads) : engine.attention;
        query = adapters.apply(part.query());
        key = adapters.apply(part.key());
        value = adapters.apply(part.value());
        output = adapters.apply(part.output());
        Optional<HeadNorms> norms = part.headNorms();
        queryNorm = norms.map(norm -> new NormRun(engine, arena, norm.query(), weights))
                .orElse(null);
        keyNorm = norms.map(norm -> new NormRun(engine, arena, norm.key(), weights))
                .orElse(null);
    }

    private AttentionKernels.Scores scores(long bias, int centre, AttentionKernels.Relative rows) {
        return new AttentionKernels.Scores(
                (float) part.scale(), (float) part.scores().cap().orElse(0), bias, centre, rows);
    }

    private int width() {
        return queryWidth + 2 * keyWidth;
    }

    private Engine.Matrix queries(long rows) {
        return new Engine.Matrix(rows, width());
    }

    private Engine.Matrix keys(long rows) {
        return queries(rows).from(queryWidth);
    }

    private Engine.Matrix values(long rows) {
        return queries(rows).from(queryWidth + keyWidth);
    }

    private RowKernels.Layout headRows(int rows, int count) {
        return new RowKernels.Layout(rows * count, part.headSize(), count, width());
    }

    private AttentionKernels.Inputs inputs() {
        return new AttentionKernels.Inputs(
                compared, keys(compared).address(), values(projected).address());
    }

    @Override
    public void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y) {
        int rows = batch.tokens();
        projected = arena.take((long) Float.BYTES * rows * width());
        layers.projections().forward(engine, x, projected, rows);
        query.forward(batch, counted, x, queries(projected));
        key.forward(batch, DeviceBatch.Counted.ALL, x, keys(projected));
        value.forward(batch, DeviceBatch.Counted.ALL, x, values(projected));
        compared = projected;
        if (queryNorm != null && keyNorm != null) {
            compared = arena.take((long) Float.BYTES * rows * width());
            queryNorm.forward(projected, 0, compared, headRows(rows, part.heads()));
            keyNorm.forward(
                    keys(projected).address(), 0, keys(compared).address(), headRows(rows, part.keyValueHeads()));
        }
        rotate(batch, compared, false);
        if (relative != null) {
            DeviceBatch.Distances distances = batch.distances();
            scores = scores(0, distances.centre(), relative.forward(distances));
        }
        context = arena.take((long) Float.BYTES * rows * queryWidth);
        logs = arena.take((long) Float.BYTES * rows * part.heads());
        kernels.attention(inputs(), heads, scores, batch.seen(part).keys(), context, logs, rows);
        layers.output().forward(engine, context, y, rows);
        output.forward(
                batch, counted, context, new Engine.Matrix(y, part.output().out()));
    }

    private void rotate(DeviceBatch batch, long rows, boolean backward) {
        if (rotation == null) {
            return;
        }
        AttentionKernels.Angles angles = rotation.angles(batch);
        int size = part.headSize();
        engine.attention.rotate(rows, angles, backward, batch.tokens(), part.heads(), size, width());
        engine.attention.rotate(
                keys(rows).address(), angles, backward, batch.tokens(), part.keyValueHeads(), size, width());
    }

    @Override
    public void backward(DeviceBatch batch, long x, long gy, double beta, long gx) {
        int rows = batch.tokens();
        Arena.Mark mark = arena.mark();
        long gradContext = arena.take((long) Float.BYTES * rows * queryWidth);
        long gradients = arena.take((long) Float.BYTES * rows * width());
        long sums = arena.take((long) Float.BYTES * rows * part.heads());
        layers.output().backward(gy, 0, gradContext, rows);
        output.backward(rows, context, new Engine.Matrix(gy, part.output().out()), gradContext);
        DeviceBatch.Seen seen = batch.seen(part);
        kernels.queryGradient(inputs(), heads, scores, seen.keys(), context, logs, gradContext, sums, gradients, rows);
        kernels.keyGradient(
                inputs(),
                heads,
                scores,
                seen.queries(),
                logs,
                gradContext,
                sums,
                new AttentionKernels.Inputs(
                        0, keys(gradients).address(), values(gradients).address()),
                rows);
        if (relative != null) {
            AttentionKernels.Relative distant = relative.gradients(batch.distances());
            if (distant.keys() != 0 || distant.queries() != 0) {
                engine.attention.relativeGradient(
                        inputs(), heads, scores, seen.keys(), logs, gradContext, sums, distant, rows);
                relative.backward(batch.distances(), distant);
            }
        }
        rotate(batch, gradients, true);
        if (queryNorm != null && keyNorm != null) {
            queryNorm.backward(gradients, 0, gradients, headRows(rows, part.heads()));
            long gradKeys = keys(gradients).address();
            keyNorm.backward(gradKeys, 0, gradKeys, headRows(rows, part.keyValueHeads()));
        }
        if (gx != 0) {
            layers.projections().backward(gradients, beta, gx, rows);
        }
        query.backward(rows, x, queries(gradients), gx);
        key.backward(rows, x, keys(gradients), gx);
        value.backward(rows, x, values(gradients), gx);
        arena.release(mark);
    }
}

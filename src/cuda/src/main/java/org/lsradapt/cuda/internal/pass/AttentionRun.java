package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.HeadNorms;
import org.lsradapt.transformer.parts.Positions;

/**
 * Runs the attention part of a block: projections, heads, and the output layer. Queries, keys and values lie next to each
 * other. With a cache, for the next tokens of a sequence, keys and values are computed directly in the cache, after those of
 * the tokens before; such a pass goes forward only.
 */
final class AttentionRun {
    private final Engine engine;
    private final Arena arena;
    private final Attention part;
    private final DeviceWeights.Layers layers;
    private final int block;
    private final Optional<DeviceCache> cache;
    private final PackedAttention.Heads heads;
    private final PackedAttention kernels;
    private final DeviceWeights.Bias bias;
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

    private PackedAttention.Problem problem;
    private Engine.Factor context;
    private long logs;

    AttentionRun(
            PassContext on, Attention part, int block, @Nullable DeviceRotation rotation, Optional<DeviceCache> cache) {
        engine = on.engine();
        arena = on.arena();
        this.part = part;
        this.block = block;
        this.rotation = rotation;
        this.cache = cache;
        layers = on.weights().block(block);
        queryWidth = part.query().out();
        keyWidth = part.key().out();
        heads = heads(
                part, cache.isPresent() ? queryWidth : joinedWidth(), cache.isPresent() ? 2 * keyWidth : joinedWidth());
        bias = part.positions() instanceof Positions.Bucketed bucketed
                ? on.weights().bias(bucketed)
                : new DeviceWeights.Bias(0, 0);
        relative = part.positions() instanceof Positions.Disentangled disentangled
                ? new RelativeRun(on, disentangled, part, block)
                : null;
        kernels = relative == null ? engine.attention(heads) : engine.attention;
        query = on.adapter(part.query());
        key = on.adapter(part.key());
        value = on.adapter(part.value());
        output = on.adapter(part.output());
        Optional<HeadNorms> norms = part.headNorms();
        queryNorm = norms.map(norm -> on.norm(norm.query())).orElse(null);
        keyNorm = norms.map(norm -> on.norm(norm.key())).orElse(null);
    }

    static PackedAttention.Heads heads(Attention part, int queryStride, int keyStride) {
        return new PackedAttention.Heads(
                part.heads(), part.heads() / part.keyValueHeads(), part.headSize(), queryStride, keyStride);
    }

    static PackedAttention.Scores scores(Attention part, long bias, int centre, PackedAttention.Relative relative) {
        return new PackedAttention.Scores(
                (float) part.scale(), (float) part.scores().cap().orElse(0), bias, centre, relative);
    }

    private int joinedWidth() {
        return queryWidth + 2 * keyWidth;
    }

    private Engine.Matrix room(int rows, int width) {
        return new Engine.Matrix(arena.floats(rows, width), width);
    }

    private RowKernels.Layout headRows(int rows, int count, Engine.Matrix of) {
        return new RowKernels.Layout(rows * count, part.headSize(), count, of.stride());
    }

    /** Computes the part's output y [tokens, width] with its bias; {@code counted} is for queries and later layers. */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, long y) {
        int rows = batch.tokens();
        Engine.Matrix queries;
        Engine.Matrix keys;
        DeviceLayer projections = layers.projections();
        if (cache.isPresent()) {
            queries = room(rows, queryWidth);
            keys = cached().fromRow(cache.get().tokens());
            projections.columns(0, queryWidth).forward(x.rounded(), queries.address(), rows);
            projections.columns(queryWidth, 2 * keyWidth).forward(x.rounded(), keys.address(), rows);
        } else {
            queries = room(rows, joinedWidth());
            keys = queries.from(queryWidth);
            projections.forward(x.rounded(), queries.address(), rows);
        }
        Engine.Matrix values = keys.from(keyWidth);
        query.forward(batch, counted, x, queries);
        key.forward(batch, DeviceBatch.Counted.ALL, x, keys);
        value.forward(batch, DeviceBatch.Counted.ALL, x, values);
        if (queryNorm != null && keyNorm != null) {
            // The backward pass reads the norms' inputs.
            Engine.Matrix normed = cache.isPresent() ? queries : room(rows, joinedWidth());
            Engine.Matrix normedKeys = cache.isPresent() ? keys : normed.from(queryWidth);
            queryNorm.forward(
                    queries.address(),
                    0,
                    RowKernels.Output.of(normed.address()),
                    headRows(rows, part.heads(), queries));
            keyNorm.forward(
                    keys.address(),
                    0,
                    RowKernels.Output.of(normedKeys.address()),
                    headRows(rows, part.keyValueHeads(), keys));
            queries = normed;
            keys = normedKeys;
        }
        rotate(batch, queries, keys, false);
        if (cache.isPresent()) {
            keys = cached();
            values = keys.from(keyWidth);
        }
        problem = new PackedAttention.Problem(
                new PackedAttention.Inputs(queries.address(), keys.address(), values.address()),
                heads,
                scores(batch),
                batch.seen(part),
                rows,
                rows);
        context = engine.room(rows, queryWidth, arena);
        logs = arena.floats(rows, part.heads());
        // For one query, tensor cores would still multiply a whole tile of queries.
        (cache.isPresent() && rows == 1 ? engine.attention : kernels).attention(problem, context.numbers(), logs);
        engine.round(context, rows, queryWidth);
        layers.output().forward(context.rounded(), y, rows);
        output.forward(
                batch, counted, context, new Engine.Matrix(y, part.output().out()));
    }

    /** The keys and values of all tokens in the cache. */
    private Engine.Matrix cached() {
        return new Engine.Matrix(cache.orElseThrow().layer(block), 2 * keyWidth);
    }

    private PackedAttention.Scores scores(DeviceBatch batch) {
        return relative == null
                ? scores(part, bias.numbers(), bias.centre(), PackedAttention.Relative.NONE)
                : scores(part, 0, batch.distances().centre(), relative.forward(batch.distances()));
    }

    private void rotate(DeviceBatch batch, Engine.Matrix queries, Engine.Matrix keys, boolean backward) {
        if (rotation != null) {
            AttentionKernels.Angles angles = rotation.angles(batch);
            rotate(angles, queries, backward, batch.tokens(), part.heads());
            rotate(angles, keys, backward, batch.tokens(), part.keyValueHeads());
        }
    }

    private void rotate(AttentionKernels.Angles angles, Engine.Matrix x, boolean backward, int rows, int count) {
        engine.attention.rotate(x.address(), angles, backward, rows, count, part.headSize(), x.stride());
    }

    /**
     * Collects the gradients of the adapters, and computes that of x.
     *
     * @param gy the gradient of y; not read once gx is written
     * @param gx address of the gradient of x; may be that of gy; 0 to leave it out
     */
    void backward(DeviceBatch batch, Engine.Factor x, Engine.Factor gy, double beta, long gx) {
        int rows = batch.tokens();
        Arena.Mark mark = arena.mark();
        long gradContext = arena.floats(rows, queryWidth);
        Engine.Matrix queries = room(rows, joinedWidth());
        Engine.Matrix keys = queries.from(queryWidth);
        Engine.Matrix values = keys.from(keyWidth);
        long sums = arena.floats(rows, part.heads());
        layers.output().backward(gy.rounded(), 0, gradContext, rows);
        output.backward(rows, context, gy.rounded(), gradContext);
        kernels.queryGradient(problem, context.numbers(), logs, gradContext, sums, queries.address());
        kernels.keyGradient(problem, logs, gradContext, sums, keys.address(), values.address());
        if (relative != null) {
            PackedAttention.Relative distant = relative.gradients(batch.distances());
            if (distant.keys() != 0 || distant.queries() != 0) {
                engine.attention.relativeGradient(problem, logs, gradContext, sums, distant);
                relative.backward(batch.distances(), distant);
            }
        }
        rotate(batch, queries, keys, true);
        if (queryNorm != null && keyNorm != null) {
            long gradQueries = queries.address();
            queryNorm.backward(
                    gradQueries, 0, RowKernels.Output.of(gradQueries), headRows(rows, part.heads(), queries));
            keyNorm.backward(
                    keys.address(),
                    0,
                    RowKernels.Output.of(keys.address()),
                    headRows(rows, part.keyValueHeads(), keys));
        }
        Engine.Matrix gradients = engine.rounded(queries, rows, joinedWidth(), arena);
        if (gx != 0) {
            layers.projections().backward(gradients, beta, gx, rows);
        }
        query.backward(rows, x, gradients, gx);
        key.backward(rows, x, gradients.from(queryWidth), gx);
        value.backward(rows, x, gradients.from(queryWidth + keyWidth), gx);
        arena.release(mark);
    }
}

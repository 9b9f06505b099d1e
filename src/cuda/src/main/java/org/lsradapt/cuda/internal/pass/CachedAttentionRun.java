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

/**
 * Runs the attention part of a block of a causal model, for the next tokens of a sequence. It computes their keys and values
 * directly in the cache, behind those of the tokens before; their queries see both.
 */
final class CachedAttentionRun implements AttentionPart {
    private final Engine engine;
    private final Arena arena;
    private final Attention part;
    private final DeviceCache cache;
    private final int block;
    private final DeviceWeights.Layer queries;
    private final DeviceWeights.Layer keysAndValues;
    private final DeviceWeights.Layer outputs;
    private final AttentionKernels.Heads heads;
    private final AttentionKernels.Scores scores;
    private final @Nullable DeviceRotation rotation;
    private final AdapterRun query;
    private final AdapterRun key;
    private final AdapterRun value;
    private final AdapterRun output;
    private final Optional<NormRun> queryNorm;
    private final Optional<NormRun> keyNorm;
    private final int queryWidth;
    private final int keyWidth;

    CachedAttentionRun(
            Engine engine,
            Arena arena,
            Attention part,
            DeviceWeights weights,
            int block,
            Function<Linear, AdapterRun> adapters,
            @Nullable DeviceRotation rotation,
            DeviceCache cache) {
        this.engine = engine;
        this.arena = arena;
        this.part = part;
        this.cache = cache;
        this.block = block;
        this.rotation = rotation;
        queryWidth = part.query().out();
        keyWidth = part.key().out();
        DeviceWeights.Layers layers = weights.block(block);
        queries = layers.projections().columns(0, queryWidth);
        keysAndValues = layers.projections().columns(queryWidth, 2 * keyWidth);
        outputs = layers.output();
        heads = new AttentionKernels.Heads(
                part.heads(), part.heads() / part.keyValueHeads(), part.headSize(), queryWidth, 2 * keyWidth);
        scores = new AttentionKernels.Scores(
                (float) part.scale(), (float) part.scores().cap().orElse(0), 0, 0, AttentionKernels.Relative.NONE);
        query = adapters.apply(part.query());
        key = adapters.apply(part.key());
        value = adapters.apply(part.value());
        output = adapters.apply(part.output());
        Optional<HeadNorms> norms = part.headNorms();
        queryNorm = norms.map(norm -> new NormRun(engine, arena, norm.query(), weights));
        keyNorm = norms.map(norm -> new NormRun(engine, arena, norm.key(), weights));
    }

    @Override
    public void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y) {
        int rows = batch.tokens();
        Engine.Matrix q = new Engine.Matrix(arena.take((long) Float.BYTES * rows * queryWidth), queryWidth);
        Engine.Matrix all = new Engine.Matrix(cache.layer(block), 2 * keyWidth);
        Engine.Matrix keys = all.fromRow(cache.tokens());
        queries.forward(engine, x, q.address(), rows);
        keysAndValues.forward(engine, x, keys.address(), rows);
        query.forward(batch, counted, x, q);
        key.forward(batch, DeviceBatch.Counted.ALL, x, keys);
        value.forward(batch, DeviceBatch.Counted.ALL, x, keys.from(keyWidth));
        // In place: the inputs are not read again.
        queryNorm.ifPresent(norm -> norm.forward(q.address(), 0, q.address(), headRows(rows, part.heads(), q)));
        keyNorm.ifPresent(
                norm -> norm.forward(keys.address(), 0, keys.address(), headRows(rows, part.keyValueHeads(), keys)));
        if (rotation != null) {
            rotate(rotation.angles(batch), q, part.heads(), rows);
            rotate(rotation.angles(batch), keys, part.keyValueHeads(), rows);
        }
        long context = arena.take((long) Float.BYTES * rows * queryWidth);
        long logs = arena.take((long) Float.BYTES * rows * part.heads());
        AttentionKernels.Inputs inputs = new AttentionKernels.Inputs(
                q.address(), all.address(), all.from(keyWidth).address());
        // For one query, tensor cores would still multiply a whole tile of queries.
        PackedAttention kernels = rows > 1 ? engine.attention(heads) : engine.attention;
        kernels.attention(inputs, heads, scores, batch.seen(part).keys(), context, logs, rows);
        outputs.forward(engine, context, y, rows);
        output.forward(batch, counted, context, new Engine.Matrix(y, outputs.out()));
    }

    private RowKernels.Layout headRows(int rows, int count, Engine.Matrix of) {
        return new RowKernels.Layout(rows * count, part.headSize(), count, of.stride());
    }

    private void rotate(AttentionKernels.Angles angles, Engine.Matrix x, int count, int rows) {
        engine.attention.rotate(x.address(), angles, false, rows, count, part.headSize(), x.stride());
    }

    @Override
    public void backward(DeviceBatch batch, long x, long gy, double beta, long gx) {
        throw new UnsupportedOperationException("a pass with a cache goes forward only");
    }
}

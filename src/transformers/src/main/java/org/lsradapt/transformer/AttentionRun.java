package org.lsradapt.transformer;

import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.internal.AttentionGradients;
import org.lsradapt.transformer.internal.AttentionInputs;
import org.lsradapt.transformer.internal.Heads;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.RelativeRows;
import org.lsradapt.transformer.internal.Rotation;
import org.lsradapt.transformer.internal.ScoreBias;
import org.lsradapt.transformer.internal.Spans;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Positions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The attention part of a block: projections, scores, and the output product without its bias. Queries may cover only
 * some tokens; keys and values cover all.
 */
final class AttentionRun implements AutoCloseable {
    private final int block;
    private final Heads heads;
    private final Backend backend;
    private final Kernels kernels;
    private final FrozenLinear all;
    private final FrozenLinear queryOnly;
    private final FrozenLinear keyValue;
    private final FrozenLinear out;
    private final HeadNormRun queryNorm;
    private final HeadNormRun keyNorm;
    private final Positions.Rotary rotary;
    private final Rotation rotation;
    private final RelativeRun relative;
    private final ScoreBias bias;
    /** Whether the products with weights round activations to BF16; attention then does so too. */
    private final boolean rounds;

    private final LayerUpdate query;
    private final LayerUpdate key;
    private final LayerUpdate value;
    private final LayerUpdate output;
    private final long queryWidth;
    private final long keyWidth;

    private final Buffer queryKeyValue;
    private final Buffer someQueries;
    private final Buffer kept;
    private final Buffer context;
    private final Buffer gradQueryKeyValue;
    private final Buffer gradSomeQueries;
    private final Buffer gradContext;
    private RelativeRows[] relativeRows;

    AttentionRun(int block, Attention attention, LaneTools tools, boolean trains) {
        this.block = block;
        heads = Heads.of(attention);
        backend = tools.backend();
        kernels = tools.kernels();
        TransformerWeights weights = tools.weights();
        MemoryPlan plan = tools.plan();
        queryWidth = attention.query().out();
        keyWidth = attention.key().out();
        all = weights.queryKeyValue(block);
        queryOnly = all.columns(attention.query().name(), 0, queryWidth);
        keyValue = all.columns(
                attention.key().name() + "+" + attention.value().name(), queryWidth, queryWidth + 2 * keyWidth);
        out = weights.projection(attention.output());
        queryNorm = attention
                .headNorms()
                .map(norms -> new HeadNormRun("query", weights.norm(norms.query()), queryWidth, kernels, plan, trains))
                .orElse(null);
        keyNorm = attention
                .headNorms()
                .map(norms -> new HeadNormRun("key", weights.norm(norms.key()), keyWidth, kernels, plan, trains))
                .orElse(null);
        rotary = attention.positions() instanceof Positions.Rotary positions ? positions : null;
        rotation = rotary == null ? null : weights.rotation(rotary);
        relative = attention.positions() instanceof Positions.Disentangled disentangled
                ? new RelativeRun(disentangled, tools, trains)
                : null;
        bias = attention.positions() instanceof Positions.Bucketed bucketed ? weights.scoreBias(bucketed) : null;
        rounds = all.weight().takesBfloat16(backend) && out.weight().takesBfloat16(backend);
        query = tools.update(attention.query().name());
        key = tools.update(attention.key().name());
        value = tools.update(attention.value().name());
        output = tools.update(attention.output().name());
        long width = queryWidth + 2 * keyWidth;
        queryKeyValue = plan.buffer("query key value", width, trains);
        someQueries = plan.buffer("some queries", queryWidth, trains);
        kept = trains ? plan.buffer("kept by attention", 1024, true) : null;
        context = plan.buffer("context", queryWidth, trains);
        gradQueryKeyValue = plan.scratch("gradient of query key value", width);
        gradSomeQueries = plan.scratch("gradient of some queries", queryWidth);
        gradContext = plan.scratch("gradient of context", queryWidth);
    }

    /** Whether an adapter of the projections reads the part's input in the backward pass. */
    boolean readsInput() {
        return query.trains() || key.trains() || value.trains();
    }

    /** The bias that follows the output product, or null. */
    INDArray outputBias() {
        return out.bias().orElse(null);
    }

    /**
     * Computes the part's output before its bias.
     *
     * @param some whether {@code queryInput} has only the batch's wanted rows
     * @param input the input of keys and values [tokens, width]
     * @param queryInput the input of queries [rows, width]; the same array as {@code input} if it has all rows
     * @param caches keys and values of each sequence's earlier tokens, to which the new ones are added; empty for none
     */
    void forward(
            TokenBatch batch,
            boolean some,
            INDArray input,
            INDArray queryInput,
            List<KeyValueCache> caches,
            INDArray product) {
        Spans spans = some ? batch.wantedSpans() : batch.spans();
        int tokens = batch.tokens();
        INDArray q = project(batch, some, input, queryInput);
        INDArray k = keys(tokens);
        INDArray v = values(tokens);
        if (queryNorm != null) {
            queryNorm.forward(q);
            keyNorm.forward(k);
        }
        if (rotation != null) {
            kernels.rotate(rotation, queryPositions(batch, some), q, false);
            kernels.rotate(rotation, keyPositions(batch), k, false);
        }
        INDArray[] allKeys = {k};
        INDArray[] allValues = {v};
        if (!caches.isEmpty()) {
            // The spans say how many of a cache's rows are read: creating a view of them would take longer than copying
            // one.
            allKeys = KeyValueCache.keys(caches, block);
            allValues = KeyValueCache.values(caches, block);
            int[] places = KeyValueCache.counts(caches);
            kernels.appendRows(k, batch.offsets(), allKeys, places);
            kernels.appendRows(v, batch.offsets(), allValues, places);
        }
        relativeRows = relative == null ? null : relative.forward(batch);
        INDArray attended = context.rows(q.size(0));
        kernels.attention(
                new AttentionInputs(
                        spans, heads, q, allKeys, allValues, relativeRows, bias, rounds && caches.isEmpty()),
                kept == null ? null : kept(spans),
                attended);
        out.weight().multiply(backend, attended, 0, product);
        output.forward(spans.queries(), attended, product);
    }

    /** Computes queries, keys and values with bias and adapters; returns the queries. */
    private INDArray project(TokenBatch batch, boolean some, INDArray input, INDArray queryInput) {
        int tokens = batch.tokens();
        INDArray q = queries(tokens, some, (int) queryInput.size(0));
        if (some) {
            queryOnly.apply(backend, queryInput, q);
            keyValue.apply(backend, input, keyValues(queryKeyValue, tokens));
        } else {
            all.apply(backend, input, queryKeyValue.rows(tokens));
        }
        query.forward(some ? batch.wantedOffsets() : batch.offsets(), queryInput, q);
        key.forward(batch.offsets(), input, keys(tokens));
        value.forward(batch.offsets(), input, values(tokens));
        return q;
    }

    private INDArray queries(int tokens, boolean some, int rows) {
        return some ? someQueries.rows(rows) : queryKeyValue.block(tokens, 0, queryWidth);
    }

    private INDArray keyValues(Buffer buffer, int tokens) {
        return buffer.block(tokens, queryWidth, queryWidth + 2 * keyWidth);
    }

    private INDArray keys(int tokens) {
        return queryKeyValue.block(tokens, queryWidth, queryWidth + keyWidth);
    }

    private INDArray values(int tokens) {
        return queryKeyValue.block(tokens, queryWidth + keyWidth, queryWidth + 2 * keyWidth);
    }

    private INDArray kept(Spans spans) {
        return kept.vector(kernels.attentionMemory(spans, heads));
    }

    private int[] queryPositions(TokenBatch batch, boolean some) {
        int[] all = keyPositions(batch);
        return some ? IntStream.of(batch.wantedRows()).map(row -> all[row]).toArray() : all;
    }

    /** Returns the positions of all tokens, marked if they belong to a long sequence with other angles. */
    private int[] keyPositions(TokenBatch batch) {
        int[] positions = batch.positions();
        if (rotary.longer().isEmpty()) {
            return positions;
        }
        int[] told = positions.clone();
        int[] offsets = batch.offsets();
        for (int b = 0; b < batch.size(); b++) {
            int length = batch.length(b);
            for (int row = offsets[b]; rotary.isLong(length) && row < offsets[b + 1]; row++) {
                told[row] = Rotation.inLongSequence(positions[row]);
            }
        }
        return told;
    }

    /** Computes the gradients down to those of queries, keys and values, and collects those of the output's adapter. */
    void backwardToProjections(TokenBatch batch, boolean some, INDArray gradProduct, boolean keysWanted) {
        Spans spans = some ? batch.wantedSpans() : batch.spans();
        int tokens = batch.tokens();
        int rows = (int) gradProduct.size(0);
        INDArray gradAttended = gradContext.rows(rows);
        out.weight().multiplyTransposed(backend, gradProduct, 0, gradAttended);
        output.backward(context.rows(rows), gradProduct, gradAttended);
        INDArray gradK = keysWanted || key.trains() ? gradKeys(tokens) : null;
        kernels.attentionGradient(
                new AttentionInputs(
                        spans,
                        heads,
                        queries(tokens, some, rows),
                        keys(tokens),
                        values(tokens),
                        relativeRows,
                        bias,
                        rounds),
                kept(spans),
                context.rows(rows),
                gradAttended,
                new AttentionGradients(
                        gradQueries(tokens, some, rows),
                        gradK,
                        gradValues(tokens),
                        relative == null ? null : relative.gradients()));
        if (rotation != null) {
            kernels.rotate(rotation, queryPositions(batch, some), gradQueries(tokens, some, rows), true);
            if (gradK != null) {
                kernels.rotate(rotation, keyPositions(batch), gradK, true);
            }
        }
        if (queryNorm != null) {
            queryNorm.backward(gradQueries(tokens, some, rows));
            if (gradK != null) {
                keyNorm.backward(gradK);
            }
        }
        if (relative != null) {
            relative.backward();
        }
    }

    private INDArray gradQueries(int tokens, boolean some, int rows) {
        return some ? gradSomeQueries.rows(rows) : gradQueryKeyValue.block(tokens, 0, queryWidth);
    }

    private INDArray gradKeys(int tokens) {
        return gradQueryKeyValue.block(tokens, queryWidth, queryWidth + keyWidth);
    }

    private INDArray gradValues(int tokens) {
        return gradQueryKeyValue.block(tokens, queryWidth + keyWidth, queryWidth + 2 * keyWidth);
    }

    /**
     * Collects the gradients of the projections' adapters, and those of the part's input.
     *
     * @param input as in the forward pass; read only if {@link #readsInput}
     * @param queryInput as in the forward pass; read only if {@link #readsInput}
     * @param gradInput ∂L/∂input [tokens, width]; of keys and values only, and overwritten, if queries cover some tokens;
     *     null to omit it
     * @param gradQueryInput ∂L/∂queryInput [rows, width], added to; the same array as {@code gradInput} if queries cover
     *     all tokens; null to omit it
     */
    void backward(
            TokenBatch batch,
            boolean some,
            INDArray input,
            INDArray queryInput,
            double beta,
            INDArray gradInput,
            INDArray gradQueryInput) {
        int tokens = batch.tokens();
        INDArray gradQ = gradQueries(tokens, some, some ? batch.wantedRows().length : tokens);
        if (gradInput != null && some) {
            keyValue.weight().multiplyTransposed(backend, keyValues(gradQueryKeyValue, tokens), 0, gradInput);
            queryOnly.weight().multiplyTransposed(backend, gradQ, beta, gradQueryInput);
        } else if (gradInput != null) {
            all.weight().multiplyTransposed(backend, gradQueryKeyValue.rows(tokens), beta, gradInput);
        }
        query.backward(queryInput, gradQ, gradQueryInput);
        key.backward(input, gradKeys(tokens), gradInput);
        value.backward(input, gradValues(tokens), gradInput);
    }

    @Override
    public void close() {
        for (LayerUpdate update : new LayerUpdate[] {query, key, value, output}) {
            update.close();
        }
        if (relative != null) {
            relative.close();
        }
    }
}

package org.lsradapt.encoder;

import java.util.function.Function;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.encoder.kernels.Spans;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One layer: attention and feed-forward, each with a residual and a layer normalization behind it.
 *
 * <p>It computes its output either for all tokens or, as the last layer below a head, for each sequence's first token
 * alone. If it trains, it keeps what its backward pass reads; a layer below the lowest adapter does not.
 */
final class EncoderLayer implements AutoCloseable {
    private final int index;
    private final EncoderWeights.Layer weights;
    private final EncoderConfig config;
    private final Backend backend;
    private final EncoderKernels kernels;
    private final LayerScratch scratch;
    private final boolean firstTokensOnly;
    private final boolean trains;
    private final int h;

    private final LayerUpdate query;
    private final LayerUpdate key;
    private final LayerUpdate value;
    private final LayerUpdate attentionOutput;
    private final LayerUpdate intermediate;
    private final LayerUpdate output;

    private final LayerMemory memory;
    private final INDArray queryWeight;
    private final INDArray queryBias;
    private final INDArray keyValueWeight;
    private final INDArray keyValueBias;

    EncoderLayer(
            int index,
            EncoderWeights.Layer weights,
            EncoderConfig config,
            DataType type,
            Backend backend,
            EncoderKernels kernels,
            Function<String, LayerUpdate> updates,
            LayerScratch scratch,
            boolean firstTokensOnly,
            boolean trains) {
        this.index = index;
        this.weights = weights;
        this.config = config;
        this.backend = backend;
        this.kernels = kernels;
        this.scratch = scratch;
        this.firstTokensOnly = firstTokensOnly;
        this.trains = trains;
        h = config.hidden();
        queryWeight = Views.columns(weights.queryKeyValue(), 0, h);
        queryBias = Views.piece(weights.queryKeyValueBias(), 0, h);
        keyValueWeight = Views.columns(weights.queryKeyValue(), h, 3L * h);
        keyValueBias = Views.piece(weights.queryKeyValueBias(), h, 2L * h);
        query = updates.apply(weights.name() + ".attention.self.query");
        key = updates.apply(weights.name() + ".attention.self.key");
        value = updates.apply(weights.name() + ".attention.self.value");
        attentionOutput = updates.apply(weights.name() + ".attention.output.dense");
        intermediate = updates.apply(weights.name() + ".intermediate.dense");
        output = updates.apply(weights.name() + ".output.dense");
        memory = trains ? LayerMemory.kept(config, type, scratch.shared(), intermediate.trains(), output.trains())
                : scratch.shared();
    }

    /** Whether the layer has an adapter. */
    static boolean hasAdapter(EncoderWeights.Layer weights, AdapterSet adapters) {
        return adapters != null
                && adapters.adapters().stream().anyMatch(a -> a.name().startsWith(weights.name() + "."));
    }

    /**
     * Computes the layer's output.
     *
     * @param batch the tokens
     * @param x the layer's input [tokens, hidden]
     * @return the layer's output, [tokens, hidden] or [sequences, hidden]; memory of the layer
     */
    INDArray forward(TokenBatch batch, INDArray x) {
        int tokens = batch.tokens();
        int rows = firstTokensOnly ? batch.size() : tokens;
        INDArray xq = queryInput(batch, x);
        Spans spans = spans(batch);
        INDArray q = project(spans, x, xq);
        INDArray context = memory.context.rows(rows);
        kernels.attention(
                spans,
                config.heads(),
                q,
                keys(tokens),
                values(tokens),
                memory.probabilities.vector(spans.probabilities(config.heads())),
                context);

        INDArray sum = scratch.sum.rows(rows);
        backend.gemm(context, false, weights.attentionOutput(), false, 1, 0, sum);
        attentionOutput.forward(spans.queries(), context, sum);
        INDArray middle = memory.middle.rows(rows);
        kernels.addNormalize(
                sum,
                weights.attentionOutputBias(),
                xq,
                weights.attentionGamma(),
                weights.attentionBeta(),
                config.layerNormEpsilon(),
                middle,
                trains ? memory.attentionNormalized.rows(rows) : null,
                trains ? memory.attentionDeviation.vector(rows) : null);

        INDArray inner = memory.inner.rows(rows);
        INDArray active = memory.active.rows(rows);
        backend.gemm(middle, false, weights.intermediate(), false, 1, 0, inner);
        intermediate.forward(spans.queries(), middle, inner);
        kernels.gelu(inner, weights.intermediateBias(), active, trains);
        backend.gemm(active, false, weights.output(), false, 1, 0, sum);
        output.forward(spans.queries(), active, sum);
        INDArray out = trains ? memory.out.rows(rows) : scratch.output(index, rows);
        kernels.addNormalize(
                sum,
                weights.outputBias(),
                middle,
                weights.outputGamma(),
                weights.outputBeta(),
                config.layerNormEpsilon(),
                out,
                trains ? memory.outputNormalized.rows(rows) : null,
                trains ? memory.outputDeviation.vector(rows) : null);
        return out;
    }

    /** Queries, keys and values with bias and adapters; returns the queries. */
    private INDArray project(Spans spans, INDArray x, INDArray xq) {
        long tokens = x.size(0);
        INDArray keyValue = memory.queryKeyValue.block(tokens, h, 3L * h);
        INDArray q;
        if (firstTokensOnly) {
            q = memory.firstQueries.rows(spans.size());
            product(xq, queryWeight, queryBias, q);
            product(x, keyValueWeight, keyValueBias, keyValue);
        } else {
            q = memory.queryKeyValue.block(tokens, 0, h);
            product(x, weights.queryKeyValue(), weights.queryKeyValueBias(), memory.queryKeyValue.rows(tokens));
        }
        query.forward(spans.queries(), xq, q);
        key.forward(spans.keys(), x, keys(tokens));
        value.forward(spans.keys(), x, values(tokens));
        return q;
    }

    private void product(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        backend.fillRows(bias, y);
        backend.gemm(x, false, weight, false, 1, 1, y);
    }

    /**
     * Collects the gradients of the layer's adapters.
     *
     * @param batch as in the forward pass
     * @param x as in the forward pass
     * @param grad ∂L/∂output; overwritten
     * @param wanted whether ∂L/∂x is wanted
     * @return ∂L/∂x [tokens, hidden], scratch memory other than {@code grad}; null if not wanted
     */
    INDArray backward(TokenBatch batch, INDArray x, INDArray grad, boolean wanted) {
        int tokens = batch.tokens();
        int rows = firstTokensOnly ? batch.size() : tokens;
        kernels.normalizeGradient(
                grad,
                weights.outputGamma(),
                memory.outputNormalized.rows(rows),
                memory.outputDeviation.vector(rows),
                grad);
        INDArray gradInner = scratch.gradInner.rows(rows);
        backend.gemm(grad, false, weights.output(), true, 1, 0, gradInner);
        output.backward(memory.active.rows(rows), grad, gradInner);
        kernels.multiply(memory.inner.rows(rows), gradInner);
        backend.gemm(gradInner, false, weights.intermediate(), true, 1, 1, grad);
        intermediate.backward(memory.middle.rows(rows), gradInner, grad);
        kernels.normalizeGradient(
                grad,
                weights.attentionGamma(),
                memory.attentionNormalized.rows(rows),
                memory.attentionDeviation.vector(rows),
                grad);

        INDArray gradContext = scratch.sum.rows(rows);
        backend.gemm(grad, false, weights.attentionOutput(), true, 1, 0, gradContext);
        attentionOutput.backward(memory.context.rows(rows), grad, gradContext);
        INDArray q = firstTokensOnly ? memory.firstQueries.rows(rows) : memory.queryKeyValue.block(tokens, 0, h);
        INDArray gradQ = firstTokensOnly
                ? scratch.gradFirstQueries.rows(rows)
                : scratch.gradQueryKeyValue.block(tokens, 0, h);
        INDArray gradK = scratch.gradQueryKeyValue.block(tokens, h, 2L * h);
        INDArray gradV = scratch.gradQueryKeyValue.block(tokens, 2L * h, 3L * h);
        kernels.attentionGradient(
                spans(batch),
                config.heads(),
                q,
                keys(tokens),
                values(tokens),
                memory.probabilities.vector(spans(batch).probabilities(config.heads())),
                gradContext,
                gradQ,
                wanted || key.trains() ? gradK : null,
                gradV);
        return inputGradient(batch, x, grad, gradQ, gradK, gradV, wanted);
    }

    /** Adapters of query, key and value, and the gradient of the layer's input. */
    private INDArray inputGradient(
            TokenBatch batch,
            INDArray x,
            INDArray residual,
            INDArray gradQ,
            INDArray gradK,
            INDArray gradV,
            boolean wanted) {
        int tokens = batch.tokens();
        if (!wanted) {
            query.backward(queryInput(batch, x), gradQ, null);
            key.backward(x, gradK, null);
            value.backward(x, gradV, null);
            return null;
        }
        if (!firstTokensOnly) {
            backend.gemm(
                    scratch.gradQueryKeyValue.rows(tokens), false, weights.queryKeyValue(), true, 1, 1, residual);
            query.backward(x, gradQ, residual);
            key.backward(x, gradK, residual);
            value.backward(x, gradV, residual);
            return residual;
        }
        INDArray gradX = scratch.gradAll.rows(tokens);
        backend.gemm(
                scratch.gradQueryKeyValue.block(tokens, h, 3L * h),
                false,
                keyValueWeight,
                true,
                1,
                0,
                gradX);
        backend.gemm(gradQ, false, queryWeight, true, 1, 1, residual);
        query.backward(queryInput(batch, x), gradQ, residual);
        key.backward(x, gradK, gradX);
        value.backward(x, gradV, gradX);
        kernels.scatterAddRows(residual, firstTokens(batch), gradX);
        return gradX;
    }

    private INDArray queryInput(TokenBatch batch, INDArray x) {
        if (!firstTokensOnly) {
            return x;
        }
        INDArray first = scratch.firstInput.rows(batch.size());
        kernels.gatherRows(x, firstTokens(batch), first);
        return first;
    }

    private Spans spans(TokenBatch batch) {
        if (!firstTokensOnly) {
            return new Spans(batch.offsets(), batch.offsets());
        }
        int[] queries = new int[batch.size() + 1];
        for (int b = 0; b < queries.length; b++) {
            queries[b] = b;
        }
        return new Spans(queries, batch.offsets());
    }

    private static int[] firstTokens(TokenBatch batch) {
        int[] first = new int[batch.size()];
        System.arraycopy(batch.offsets(), 0, first, 0, first.length);
        return first;
    }

    private INDArray keys(long tokens) {
        return memory.queryKeyValue.block(tokens, h, 2L * h);
    }

    private INDArray values(long tokens) {
        return memory.queryKeyValue.block(tokens, 2L * h, 3L * h);
    }

    @Override
    public void close() {
        for (LayerUpdate update :
                new LayerUpdate[] {query, key, value, attentionOutput, intermediate, output}) {
            update.close();
        }
        if (trains) {
            memory.close();
        }
    }
}

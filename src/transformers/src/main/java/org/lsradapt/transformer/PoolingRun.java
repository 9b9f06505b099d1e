package org.lsradapt.transformer;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The pooling after the last layer in a pass, which returns one row for each sequence. */
final class PoolingRun implements AutoCloseable {
    private final Backend backend;
    private final Kernels kernels;
    private final AttentionRun attention;
    private final NormRun norm;
    private final FeedForwardRun feedForward;
    /** The trained query [width]. */
    private final INDArray probe;

    private final Buffer probes;
    private final Buffer product;
    private final Buffer attended;
    private final Buffer normalized;
    private final Buffer out;
    private final Buffer gradNormalized;
    private final Buffer gradProbes;
    private final Buffer gradInput;

    PoolingRun(AttentionPooling pooling, LaneTools tools, boolean trains) {
        backend = tools.backend();
        kernels = tools.kernels();
        TransformerWeights weights = tools.weights();
        MemoryPlan plan = tools.plan();
        int behind = weights.model().blocks().size();
        int width = weights.model().width();
        attention = new AttentionRun(behind, pooling.attention(), tools, trains);
        norm = new NormRun("pooling", weights.norm(pooling.norm()), kernels, plan, trains);
        feedForward = new FeedForwardRun(behind, pooling.feedForward(), tools, trains);
        probe = weights.probe(pooling);
        probes = plan.scratch("probes", width);
        product = plan.scratch("pooling product", width);
        attended = plan.scratch("pooling attended", width);
        normalized = plan.scratch("input of pooling feed-forward", width);
        out = plan.scratch("pooled", width);
        gradNormalized = plan.scratch("gradient of pooling normalized", width);
        gradProbes = plan.scratch("gradient of probes", width);
        gradInput = plan.scratch("gradient of pooling input", width);
    }

    /** Pools hidden states [tokens, width] to the wanted row of each sequence, in memory of this run. */
    INDArray forward(TokenBatch batch, INDArray x) {
        int n = batch.size();
        Require.argument(
                batch.wantedRows().length == n,
                "pass: %d rows of %d sequences are wanted, expected one of each, since the model pools",
                batch.wantedRows().length,
                n);
        INDArray queries = probes.rows(n);
        backend.fillRows(probe, queries);
        INDArray sum = product.rows(n);
        attention.forward(batch, true, x, queries, List.of(), sum);
        INDArray a = attended.rows(n);
        INDArray input = normalized.rows(n);
        norm.forward(sum, attention.outputBias(), null, a, input);
        feedForward.forward(batch.wantedOffsets(), input, sum);
        INDArray pooled = out.rows(n);
        kernels.add(sum, feedForward.outputBias(), a, pooled);
        return pooled;
    }

    /** Collects the adapters' gradients; overwrites {@code grad}. Returns ∂L/∂x [tokens, width], or null. */
    INDArray backward(TokenBatch batch, INDArray grad, boolean wanted) {
        int n = batch.size();
        INDArray input = normalized.rows(n);
        INDArray between = gradNormalized.rows(n);
        feedForward.backward(input, grad, 0, between);
        if (!wanted) {
            return null;
        }
        norm.backward(between, grad, grad);
        attention.backwardToProjections(batch, true, grad, true);
        INDArray gradX = gradInput.rows(batch.tokens());
        attention.backward(batch, true, null, null, 0, gradX, gradProbes.rows(n));
        return gradX;
    }

    @Override
    public void close() {
        attention.close();
        feedForward.close();
    }
}

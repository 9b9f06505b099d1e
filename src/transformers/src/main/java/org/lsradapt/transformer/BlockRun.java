package org.lsradapt.transformer;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Norm;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One layer in a pass: attention and feed-forward, each with a residual, and the normalizations around them.
 *
 * <p>The layer computes its output for all tokens or, as the last layer, only for the batch's wanted rows. If it
 * trains, it keeps what its backward pass reads; a layer below the lowest adapter keeps nothing. With checkpointing it
 * keeps only its output, the next layer's input, and {@link #recompute} must precede its backward pass.
 */
final class BlockRun implements AutoCloseable {
    private final Kernels kernels;
    private final AttentionRun attention;
    private final FeedForwardRun feedForward;
    private final Optional<NormRun> beforeAttention;
    private final Optional<NormRun> insideAttention;
    private final Optional<NormRun> behindAttention;
    private final Optional<NormRun> beforeFeedForward;
    private final Optional<NormRun> insideFeedForward;
    private final Optional<NormRun> behindFeedForward;
    private final boolean last;

    private final Buffer normalizedInput;
    private final Buffer someInputs;
    private final Buffer someResiduals;
    private final Buffer product;
    private final Buffer middle;
    private final Buffer normalizedMiddle;
    private final Buffer out;
    private final Buffer gradInput;
    private final Buffer gradAll;
    private final Buffer gradSome;
    /** The gradient of a part's output before the normalization inside the residual; null without one. */
    private final Buffer gradInside;

    /** Plans a layer, whose output the next one reads in the backward pass if {@code keepsOutput}; the last has the wanted rows only. */
    BlockRun(int index, LaneTools tools, boolean last, boolean trains, boolean keepsOutput) {
        TransformerWeights weights = tools.weights();
        MemoryPlan plan = tools.plan();
        Block block = weights.model().blocks().get(index);
        int width = weights.model().width();
        kernels = tools.kernels();
        this.last = last;
        attention = new AttentionRun(index, block.attention(), tools, trains);
        feedForward = new FeedForwardRun(index, block.feedForward(), tools, trains);
        beforeAttention = norm("before attention", block.beforeAttention(), tools, trains);
        insideAttention = norm("inside attention", block.insideAttention(), tools, trains);
        behindAttention = norm("behind attention", block.behindAttention(), tools, trains);
        beforeFeedForward = norm("before feed-forward", block.beforeFeedForward(), tools, trains);
        insideFeedForward = norm("inside feed-forward", block.insideFeedForward(), tools, trains);
        behindFeedForward = norm("behind feed-forward", block.behindFeedForward(), tools, trains);
        normalizedInput = plan.scratch("normalized input", width);
        someInputs = plan.scratch("some inputs", width);
        someResiduals = plan.scratch("some residuals", width);
        product = plan.scratch("product", width);
        boolean middleIsInput = beforeFeedForward.isEmpty();
        middle = plan.buffer("middle", width, trains && middleIsInput && feedForward.readsInput());
        normalizedMiddle = plan.scratch("normalized middle", width);
        out = keepsOutput ? plan.keep(width) : plan.scratch("output " + index % 2, width);
        gradInput = plan.scratch("gradient of normalized input", width);
        gradAll = plan.scratch("gradient of all inputs", width);
        gradSome = plan.scratch("gradient of some inputs", width);
        boolean inside = insideAttention.isPresent() || insideFeedForward.isPresent();
        gradInside = inside ? plan.scratch("gradient inside of the residual", width) : null;
    }

    private static Optional<NormRun> norm(String name, Optional<Norm> norm, LaneTools tools, boolean trains) {
        return tools.weights().norm(norm).map(n -> new NormRun(name, n, tools.kernels(), tools.plan(), trains));
    }

    /** Whether only the batch's wanted rows are computed. */
    private boolean some(TokenBatch batch) {
        return last && !batch.isWhole();
    }

    /** Computes the output [rows, width], memory of the layer, after the caches' keys and values of earlier tokens, if any. */
    INDArray forward(TokenBatch batch, INDArray x, List<KeyValueCache> caches) {
        INDArray input = throughAttention(batch, x, caches);
        INDArray sum = product.rows(input.size(0));
        feedForward.forward(offsets(batch), input, sum);
        return throughEnd(sum);
    }

    /**
     * Fills what {@link #backward} reads with bit-identical values to {@link #forward}, in memory that layers share. It
     * computes the output only if a normalization after it keeps something.
     */
    void recompute(TokenBatch batch, INDArray x) {
        INDArray input = throughAttention(batch, x, List.of());
        if (behindFeedForward.isEmpty() && insideFeedForward.isEmpty()) {
            feedForward.recompute(offsets(batch), input);
            return;
        }
        INDArray sum = product.rows(input.size(0));
        feedForward.forward(offsets(batch), input, sum);
        throughEnd(sum);
    }

    /** Returns the row at which each sequence's output begins. */
    private int[] offsets(TokenBatch batch) {
        return some(batch) ? batch.wantedOffsets() : batch.offsets();
    }

    /** Computes the first half of the layer; returns the input of the feed-forward part. */
    private INDArray throughAttention(TokenBatch batch, INDArray x, List<KeyValueCache> caches) {
        boolean some = some(batch);
        int rows = some ? batch.wantedRows().length : batch.tokens();
        INDArray input = x;
        if (beforeAttention.isPresent()) {
            input = normalizedInput.rows(batch.tokens());
            beforeAttention.get().forward(x, null, null, null, input);
        }
        INDArray queryInput = some ? gather(batch, input, someInputs) : input;
        INDArray residual = x;
        if (some) {
            residual = beforeAttention.isPresent() ? gather(batch, x, someResiduals) : queryInput;
        }
        INDArray sum = product.rows(rows);
        attention.forward(batch, some, input, queryInput, caches, sum);
        INDArray bias = inside(insideAttention, attention.outputBias(), sum);

        INDArray m = middle.rows(rows);
        INDArray feedForwardInput = m;
        if (behindAttention.isPresent()) {
            behindAttention.get().forward(sum, bias, residual, null, m);
            if (beforeFeedForward.isPresent()) {
                feedForwardInput = normalizedMiddle.rows(rows);
                beforeFeedForward.get().forward(m, null, null, null, feedForwardInput);
            }
        } else if (beforeFeedForward.isPresent()) {
            feedForwardInput = normalizedMiddle.rows(rows);
            beforeFeedForward.get().forward(sum, bias, residual, m, feedForwardInput);
        } else {
            kernels.add(sum, bias, residual, m);
        }
        return feedForwardInput;
    }

    /** Computes the layer's output from the product of the feed-forward part. */
    private INDArray throughEnd(INDArray sum) {
        INDArray m = middle.rows(sum.size(0));
        INDArray y = out.rows(sum.size(0));
        INDArray bias = inside(insideFeedForward, feedForward.outputBias(), sum);
        if (behindFeedForward.isPresent()) {
            behindFeedForward.get().forward(sum, bias, m, null, y);
        } else {
            kernels.add(sum, bias, m, y);
        }
        return y;
    }

    /** Normalizes a part's output with its bias in place if the layer does so; returns the bias still to be added. */
    private static INDArray inside(Optional<NormRun> norm, INDArray bias, INDArray sum) {
        if (norm.isEmpty()) {
            return bias;
        }
        norm.get().forward(sum, bias, null, null, sum);
        return null;
    }

    /** Returns the gradient of a part's output from the gradient of the normalized output, which is not modified. */
    private INDArray throughInside(Optional<NormRun> norm, INDArray grad) {
        if (norm.isEmpty()) {
            return grad;
        }
        INDArray inside = gradInside.rows(grad.size(0));
        norm.get().backward(grad, null, inside);
        return inside;
    }

    private INDArray gather(TokenBatch batch, INDArray all, Buffer memory) {
        INDArray some = memory.rows(batch.wantedRows().length);
        kernels.gatherRows(all, batch.wantedRows(), some);
        return some;
    }

    /**
     * Collects the gradients of the layer's adapters.
     *
     * @param x as in the forward pass; read only if adapters of the layer's projections read it directly
     * @param grad ∂L/∂output; overwritten
     * @return ∂L/∂x [tokens, width], {@code grad} or scratch memory; null if not wanted
     */
    INDArray backward(TokenBatch batch, INDArray x, INDArray grad, boolean wanted) {
        boolean some = some(batch);
        behindFeedForward.ifPresent(norm -> norm.backward(grad, null, grad));
        backwardFeedForward(grad);
        behindAttention.ifPresent(norm -> norm.backward(grad, null, grad));
        attention.backwardToProjections(batch, some, throughInside(insideAttention, grad), wanted);
        INDArray input = x;
        if (beforeAttention.isPresent() && attention.readsInput()) {
            input = normalizedInput.rows(batch.tokens());
            beforeAttention.get().recompute(input);
        }
        return some ? backwardSome(batch, input, grad, wanted) : backwardAll(batch, input, grad, wanted);
    }

    /** Overwrites grad, ∂L/∂(middle + feed-forward part), with ∂L/∂(middle). */
    private void backwardFeedForward(INDArray grad) {
        long rows = grad.size(0);
        INDArray gradProduct = throughInside(insideFeedForward, grad);
        if (beforeFeedForward.isEmpty()) {
            feedForward.backward(middle.rows(rows), gradProduct, 1, grad);
            return;
        }
        INDArray input = normalizedMiddle.rows(rows);
        if (feedForward.readsInput()) {
            beforeFeedForward.get().recompute(input);
        }
        INDArray gradNormalized = gradSome.rows(rows);
        feedForward.backward(input, gradProduct, 0, gradNormalized);
        beforeFeedForward.get().backward(gradNormalized, grad, grad);
    }

    private INDArray backwardAll(TokenBatch batch, INDArray input, INDArray grad, boolean wanted) {
        if (!wanted) {
            attention.backward(batch, false, input, input, 0, null, null);
            return null;
        }
        if (beforeAttention.isEmpty()) {
            attention.backward(batch, false, input, input, 1, grad, grad);
            return grad;
        }
        INDArray gradNormalized = gradInput.rows(batch.tokens());
        attention.backward(batch, false, input, input, 0, gradNormalized, gradNormalized);
        beforeAttention.get().backward(gradNormalized, grad, grad);
        return grad;
    }

    private INDArray backwardSome(TokenBatch batch, INDArray input, INDArray grad, boolean wanted) {
        INDArray queryInput = someInputs.rows(batch.wantedRows().length);
        if (attention.readsInput()) {
            kernels.gatherRows(input, batch.wantedRows(), queryInput);
        }
        if (!wanted) {
            attention.backward(batch, true, input, queryInput, 0, null, null);
            return null;
        }
        INDArray gradX = gradAll.rows(batch.tokens());
        if (beforeAttention.isEmpty()) {
            attention.backward(batch, true, input, queryInput, 1, gradX, grad);
        } else {
            INDArray gradQueryInput = gradSome.rows(batch.wantedRows().length);
            attention.backward(batch, true, input, queryInput, 0, gradX, gradQueryInput);
            kernels.scatterAddRows(gradQueryInput, batch.wantedRows(), gradX);
            beforeAttention.get().backward(gradX, null, gradX);
        }
        kernels.scatterAddRows(grad, batch.wantedRows(), gradX);
        return gradX;
    }

    @Override
    public void close() {
        attention.close();
        feedForward.close();
    }
}

package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.transformer.parts.Block;

/** Runs one layer of a pass, for all tokens. The backward pass reads arena memory that the forward pass took. */
final class BlockRun {
    private final Engine engine;
    private final Arena arena;
    private final AttentionRun attention;
    private final FeedForwardRun feedForward;
    private final Optional<NormRun> beforeAttention;
    private final Optional<NormRun> insideAttention;
    private final Optional<NormRun> behindAttention;
    private final Optional<NormRun> beforeFeedForward;
    private final Optional<NormRun> insideFeedForward;
    private final Optional<NormRun> behindFeedForward;
    private final int width;
    private Engine.Factor attentionInput;
    private Engine.Factor feedForwardInput;

    BlockRun(PassContext on, Block block, int index, @Nullable DeviceRotation rotation, Optional<DeviceCache> cache) {
        engine = on.engine();
        arena = on.arena();
        width = block.attention().query().in();
        attention = new AttentionRun(on, block.attention(), index, rotation, cache);
        feedForward = new FeedForwardRun(on, block.feedForward(), on.weights().block(index));
        beforeAttention = block.beforeAttention().map(on::norm);
        insideAttention = block.insideAttention().map(on::norm);
        behindAttention = block.behindAttention().map(on::norm);
        beforeFeedForward = block.beforeFeedForward().map(on::norm);
        insideFeedForward = block.insideFeedForward().map(on::norm);
        behindFeedForward = block.behindFeedForward().map(on::norm);
    }

    private long rows(DeviceBatch batch) {
        return arena.floats(batch.tokens(), width);
    }

    private RowKernels.Layout layout(DeviceBatch batch) {
        return RowKernels.Layout.of(batch.tokens(), width);
    }

    private void add(DeviceBatch batch, long a, long b, long sum) {
        engine.elements.add(a, b, sum, batch.tokens(), width);
    }

    /**
     * Computes the layer's output.
     *
     * @param counted the rows that dropout counts in all layers except keys and values
     * @param x address of the layer's input [tokens, width]
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y) {
        attentionInput = beforeAttention
                .map(norm -> normed(norm, batch, x, 0))
                .orElseGet(() -> engine.factor(x, batch.tokens(), width, arena));
        long sum = inside(
                insideAttention, batch, rows(batch), to -> attention.forward(batch, counted, attentionInput, to));
        long middle = sum;
        if (behindAttention.isPresent() && beforeFeedForward.isPresent()) {
            middle = rows(batch);
            behindAttention.get().forward(sum, x, RowKernels.Output.of(middle), layout(batch));
            feedForwardInput = normed(beforeFeedForward.get(), batch, middle, 0);
        } else if (behindAttention.isPresent()) {
            feedForwardInput = normed(behindAttention.get(), batch, sum, x);
            middle = feedForwardInput.numbers();
        } else if (beforeFeedForward.isPresent()) {
            feedForwardInput = normed(beforeFeedForward.get(), batch, sum, x);
        } else {
            add(batch, sum, x, sum);
            feedForwardInput = engine.factor(sum, batch.tokens(), width, arena);
        }
        long last = behindFeedForward.isPresent() ? rows(batch) : y;
        long given =
                inside(insideFeedForward, batch, last, to -> feedForward.forward(batch, counted, feedForwardInput, to));
        if (behindFeedForward.isPresent()) {
            behindFeedForward.get().forward(given, middle, RowKernels.Output.of(y), layout(batch));
        } else {
            add(batch, given, middle, y);
        }
    }

    private Engine.Factor normed(NormRun norm, DeviceBatch batch, long x, long residual) {
        Engine.Factor out = engine.room(batch.tokens(), width, arena);
        norm.forward(x, residual, out.output(), layout(batch));
        return out;
    }

    /** Writes a part's output to an address, through the norm if there is one. */
    private long inside(Optional<NormRun> norm, DeviceBatch batch, long address, LongConsumer part) {
        long raw = norm.isPresent() ? rows(batch) : address;
        part.accept(raw);
        norm.ifPresent(run -> run.forward(raw, 0, RowKernels.Output.of(address), layout(batch)));
        return address;
    }

    /** Collects the adapters' gradients; overwrites the gradient at g with the input's if wanted. */
    void backward(DeviceBatch batch, long g, boolean wanted) {
        int rows = batch.tokens();
        Arena.Mark mark = arena.mark();
        Engine.Factor gradGiven = through(behindFeedForward, insideFeedForward, batch, g);
        if (beforeFeedForward.isPresent()) {
            long gradInput = rows(batch);
            feedForward.backward(rows, feedForwardInput, gradGiven, 0, gradInput);
            beforeFeedForward.get().backward(gradInput, g, RowKernels.Output.of(g), layout(batch));
        } else {
            feedForward.backward(rows, feedForwardInput, gradGiven, 1, g);
        }
        Engine.Factor gradSum = through(behindAttention, insideAttention, batch, g);
        if (!wanted) {
            attention.backward(batch, attentionInput, gradSum, 0, 0);
        } else if (beforeAttention.isPresent()) {
            long gradInput = rows(batch);
            attention.backward(batch, attentionInput, gradSum, 0, gradInput);
            beforeAttention.get().backward(gradInput, g, RowKernels.Output.of(g), layout(batch));
        } else {
            attention.backward(batch, attentionInput, gradSum, 1, g);
        }
        arena.release(mark);
    }

    /** The gradient of a part's output, after the norm behind the sum, and before that inside it. */
    private Engine.Factor through(Optional<NormRun> behind, Optional<NormRun> inside, DeviceBatch batch, long g) {
        Engine.Factor given = engine.room(inside.isPresent() ? rows(batch) : g, batch.tokens(), width, arena);
        if (inside.isPresent()) {
            behind.ifPresent(norm -> norm.backward(g, 0, RowKernels.Output.of(g), layout(batch)));
            inside.get().backward(g, 0, given.output(), layout(batch));
        } else if (behind.isPresent()) {
            behind.get().backward(g, 0, given.output(), layout(batch));
        } else {
            engine.round(given, batch.tokens(), width);
        }
        return given;
    }
}

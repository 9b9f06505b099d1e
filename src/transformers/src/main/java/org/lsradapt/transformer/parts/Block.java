package org.lsradapt.transformer.parts;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * One layer: attention and feed-forward, each with a residual around it, and normalizations before, inside and after
 * them.
 *
 * <pre>
 *   m = behind₁(x + inside₁(attention(before₁(x)))),   y = behind₂(m + inside₂(feedForward(before₂(m))))
 * </pre>
 *
 * @param beforeAttention before₁; empty for none, like the other five
 * @param insideAttention inside₁
 * @param behindAttention behind₁
 * @param beforeFeedForward before₂
 * @param insideFeedForward inside₂
 * @param behindFeedForward behind₂
 */
public record Block(
        Attention attention,
        FeedForward feedForward,
        Optional<Norm> beforeAttention,
        Optional<Norm> insideAttention,
        Optional<Norm> behindAttention,
        Optional<Norm> beforeFeedForward,
        Optional<Norm> insideFeedForward,
        Optional<Norm> behindFeedForward) {

    /** Checks that layer scales occur only inside the residuals. */
    public Block {
        Sizes.require(
                Stream.of(beforeAttention, behindAttention, beforeFeedForward, behindFeedForward)
                        .flatMap(Optional::stream)
                        .noneMatch(norm -> norm.kind() == Norm.Kind.SCALE),
                "a layer scale belongs inside a residual, found one before or after it");
    }

    /** Creates a layer without normalizations inside the residuals. */
    public Block(
            Attention attention,
            FeedForward feedForward,
            Optional<Norm> beforeAttention,
            Optional<Norm> behindAttention,
            Optional<Norm> beforeFeedForward,
            Optional<Norm> behindFeedForward) {
        this(
                attention,
                feedForward,
                beforeAttention,
                Optional.empty(),
                behindAttention,
                beforeFeedForward,
                Optional.empty(),
                behindFeedForward);
    }

    /** Creates a layer with normalizations after the residuals, as in BERT. */
    public static Block normBehind(Attention attention, Norm afterAttention, FeedForward feedForward, Norm afterAll) {
        return new Block(
                attention,
                feedForward,
                Optional.empty(),
                Optional.of(afterAttention),
                Optional.empty(),
                Optional.of(afterAll));
    }

    /** Creates a layer with normalizations before the parts, as in LLaMA. */
    public static Block normBefore(Norm first, Attention attention, Norm second, FeedForward feedForward) {
        return new Block(
                attention, feedForward, Optional.of(first), Optional.empty(), Optional.of(second), Optional.empty());
    }

    /** Creates a layer with normalizations before the parts and of their outputs, as in Gemma. */
    public static Block normAround(
            Norm beforeAttention,
            Attention attention,
            Norm insideAttention,
            Norm beforeFeedForward,
            FeedForward feedForward,
            Norm insideFeedForward) {
        return new Block(
                attention,
                feedForward,
                Optional.of(beforeAttention),
                Optional.of(insideAttention),
                Optional.empty(),
                Optional.of(beforeFeedForward),
                Optional.of(insideFeedForward),
                Optional.empty());
    }
}

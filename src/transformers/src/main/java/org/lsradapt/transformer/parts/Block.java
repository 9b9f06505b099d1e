package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * One layer: attention and feed-forward, each with a residual around it, and normalizations before or behind them.
 *
 * <pre>
 *   m = behind₁(x + attention(before₁(x))),   y = behind₂(m + feedForward(before₂(m)))
 * </pre>
 *
 * @param attention the attention part
 * @param feedForward the feed-forward part
 * @param beforeAttention before₁; empty for none, as the other three
 * @param behindAttention behind₁
 * @param beforeFeedForward before₂
 * @param behindFeedForward behind₂
 */
public record Block(
        Attention attention,
        FeedForward feedForward,
        Optional<Norm> beforeAttention,
        Optional<Norm> behindAttention,
        Optional<Norm> beforeFeedForward,
        Optional<Norm> behindFeedForward) {

    /** Normalizations behind the residuals, as BERT has them. */
    public static Block normBehind(Attention attention, Norm afterAttention, FeedForward feedForward, Norm afterAll) {
        return new Block(
                attention,
                feedForward,
                Optional.empty(),
                Optional.of(afterAttention),
                Optional.empty(),
                Optional.of(afterAll));
    }

    /** Normalizations before the parts, as LLaMA has them. */
    public static Block normBefore(Norm first, Attention attention, Norm second, FeedForward feedForward) {
        return new Block(
                attention, feedForward, Optional.of(first), Optional.empty(), Optional.of(second), Optional.empty());
    }
}

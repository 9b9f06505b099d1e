package org.lsradapt.transformer.parts;

/**
 * Combines all last hidden states of a sequence into one vector, by attention with a single trained query and a
 * feed-forward part with a residual around it,
 *
 * <pre>
 *   a = attention(probe, x),   y = a + feedForward(norm(a))
 * </pre>
 *
 * @param probe one row, the input of the query projection
 * @param attention attention of the probe to all hidden states; not adapted
 * @param norm normalization before the feed-forward part
 */
public record AttentionPooling(Table probe, Attention attention, Norm norm, FeedForward feedForward) {

    /** Checks the widths, and that the query has no position. */
    public AttentionPooling {
        int width = attention.query().in();
        Sizes.require(
                probe.rows() == 1 && probe.width() == width && norm.width() == width,
                probe.name() + " is not one row of " + width + " numbers, which the attention reads");
        Sizes.require(
                attention.positions() instanceof Positions.None && !attention.causal(),
                "a pooling whose attention has positions is not supported");
    }
}

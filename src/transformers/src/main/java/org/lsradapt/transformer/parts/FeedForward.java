package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * The feed-forward part: f(x·U + b)·D + b', or gated, (f(x·G) ∘ x·U)·D.
 *
 * @param gate G; empty for the plain form
 * @param up U
 * @param down D
 * @param activation f
 */
public record FeedForward(Optional<Linear> gate, Linear up, Linear down, Activation activation) {

    /** Checks that the widths fit. */
    public FeedForward {
        Sizes.require(
                up.out() == down.in()
                        && gate.map(g -> g.in() == up.in() && g.out() == up.out())
                                .orElse(true),
                "the widths of " + up.name() + " and " + down.name() + " do not fit together");
    }

    /** Creates the plain form. */
    public static FeedForward plain(Linear up, Linear down, Activation activation) {
        return new FeedForward(Optional.empty(), up, down, activation);
    }

    /** Creates the gated form. */
    public static FeedForward gated(Linear gate, Linear up, Linear down, Activation activation) {
        return new FeedForward(Optional.of(gate), up, down, activation);
    }
}

package org.lsradapt.transformer.parts;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The comparison of queries and keys in attention, if a family has more than a product and the usual scale.
 *
 * @param reach a window: a query sees keys at most this many tokens away, or at most this many before it in a causal
 *     model; empty for all
 * @param scale factor of the products; empty for the usual factor, which follows from a head's width
 * @param cap c: a scaled product s counts as c·tanh(s/c); empty for none
 */
public record Scores(OptionalInt reach, OptionalDouble scale, OptionalDouble cap) {

    /** Scores without a window or a cap and with the usual scale. */
    public static final Scores USUAL = new Scores(OptionalInt.empty(), OptionalDouble.empty(), OptionalDouble.empty());

    /** Checks the ranges. */
    public Scores {
        Sizes.require(
                reach.isEmpty() || reach.getAsInt() >= 0, "attention reaches " + reach + " tokens, expected 0 or more");
        Sizes.require(
                isPositive(scale) && isPositive(cap),
                "the scale and the cap of scores are " + scale + " and " + cap + ", expected numbers above 0");
    }

    private static boolean isPositive(OptionalDouble number) {
        return number.isEmpty() || (number.getAsDouble() > 0 && Double.isFinite(number.getAsDouble()));
    }

    /** Returns these scores with a window. */
    public Scores within(int tokens) {
        return new Scores(OptionalInt.of(tokens), scale, cap);
    }

    /** Returns these scores with another scale. */
    public Scores scaled(double factor) {
        return new Scores(reach, OptionalDouble.of(factor), cap);
    }

    /** Returns these scores with a cap. */
    public Scores capped(double most) {
        return new Scores(reach, scale, OptionalDouble.of(most));
    }
}

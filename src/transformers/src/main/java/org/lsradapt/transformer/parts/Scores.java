package org.lsradapt.transformer.parts;

import java.util.OptionalInt;

/**
 * How attention compares queries and keys, where a family has more than a product and a scale.
 *
 * @param reach a window: a query sees the keys at most so many tokens away, in a causal model those at most so many before
 *     it; empty for all
 */
public record Scores(OptionalInt reach) {

    /** Those of a model that has nothing of all this. */
    public static final Scores USUAL = new Scores(OptionalInt.empty());

    /** Checks the ranges. */
    public Scores {
        Sizes.require(
                reach.isEmpty() || reach.getAsInt() >= 0, "attention reaches " + reach + " tokens, expected 0 or more");
    }

    /** These with a window. */
    public Scores within(int tokens) {
        return new Scores(OptionalInt.of(tokens));
    }
}

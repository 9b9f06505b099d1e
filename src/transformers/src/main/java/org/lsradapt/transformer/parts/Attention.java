package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * Multi-head attention. Query, key and value projections read the same input, so that one product can compute all
 * three.
 *
 * @param query [width, heads·d]
 * @param key [width, keyValueHeads·d]
 * @param value [width, keyValueHeads·d]
 * @param output [heads·d, width]
 * @param heads number of query heads; a multiple of {@code keyValueHeads}
 * @param keyValueHeads number of key and value heads; query head i reads head i·keyValueHeads/heads
 * @param causal whether a token sees only itself and those before it
 * @param positions how scores depend on positions
 * @param scores other settings of the comparison of queries and keys
 * @param headNorms normalize each query and key head before its positions; empty for none
 */
public record Attention(
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        int heads,
        int keyValueHeads,
        boolean causal,
        Positions positions,
        Scores scores,
        Optional<HeadNorms> headNorms) {

    /** Checks that the widths fit the heads. */
    public Attention {
        Sizes.requirePositive("number of attention heads", heads);
        Sizes.requirePositive("number of key-value heads", keyValueHeads);
        Sizes.require(
                heads % keyValueHeads == 0,
                heads + " attention heads are not a multiple of " + keyValueHeads + " key-value heads");
        Sizes.require(
                query.out() % heads == 0,
                "the width of the queries, " + query.out() + ", is not a multiple of " + heads + " attention heads");
        int size = query.out() / heads;
        Sizes.require(
                key.out() == size * keyValueHeads && value.out() == key.out() && output.in() == query.out(),
                "attention projects to " + query.out() + ", " + key.out() + " and " + value.out() + " and from "
                        + output.in() + ", expected heads of one size");
        Sizes.require(
                !(positions instanceof Positions.Bucketed bucketed)
                        || bucketed.table().width() == heads,
                "a bias of distances has not one number for each of " + heads + " attention heads");
        Sizes.require(
                !(positions instanceof Positions.Rotary rotary) || 2 * rotary.frequencies().length <= size,
                "rotary positions have more than one frequency for every two of the " + size + " numbers of a head");
        Sizes.require(
                scores.reach().isEmpty() || !(positions instanceof Positions.Disentangled),
                "disentangled positions with a window are not supported");
        Sizes.require(
                scores.cap().isEmpty() || positions instanceof Positions.None || positions instanceof Positions.Rotary,
                "a cap of scores with positions that add to them is not supported");
        Sizes.require(
                headNorms.stream()
                        .allMatch(norms ->
                                norms.query().width() == size && norms.key().width() == size),
                "the normalizations of heads are not of " + size + " numbers");
    }

    /** Creates attention to all tokens with the usual scores. */
    public Attention(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            int heads,
            int keyValueHeads,
            boolean causal,
            Positions positions) {
        this(query, key, value, output, heads, keyValueHeads, causal, positions, Scores.USUAL, Optional.empty());
    }

    /** Returns this attention with other positions. */
    public Attention with(Positions other) {
        return new Attention(query, key, value, output, heads, keyValueHeads, causal, other, scores, headNorms);
    }

    /** Returns this attention with other scores. */
    public Attention with(Scores other) {
        return new Attention(query, key, value, output, heads, keyValueHeads, causal, positions, other, headNorms);
    }

    /** Returns this attention with normalized heads. */
    public Attention with(HeadNorms norms) {
        return new Attention(
                query, key, value, output, heads, keyValueHeads, causal, positions, scores, Optional.of(norms));
    }

    /** d, the width of a head. */
    public int headSize() {
        return query.out() / heads;
    }

    /**
     * The factor of the scores: that of {@link Scores} if set, otherwise 1/√d, or with n disentangled terms 1/√(n·d).
     */
    public double scale() {
        int terms = positions instanceof Positions.Disentangled disentangled ? disentangled.terms() : 1;
        return scores.scale().orElse(1 / Math.sqrt((double) headSize() * terms));
    }
}

package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.internal.Require;

/**
 * The rank of a {@link NearestLora}: the smallest that keeps a share of ‖ΔW‖_F², and at most a number. Immutable.
 *
 * @param most the largest rank, at least 1
 * @param energy the share, above 0 and at most 1
 */
public record LoraRank(int most, double energy) {
    /** A singular value below this part of the largest one is round-off. */
    private static final double NEGLIGIBLE = 1e-12;

    /** Checks the ranges. */
    public LoraRank {
        Require.argument(most >= 1, "rank of LoRA: %d, expected at least 1", most);
        Require.argument(
                energy > 0 && energy <= 1, "rank of LoRA: a share of %s, expected above 0 and at most 1", energy);
    }

    /** A rank of r, or the update's own rank if that is smaller. */
    public static LoraRank of(int r) {
        return new LoraRank(r, 1);
    }

    /** The smallest rank that keeps a share of ‖ΔW‖_F² in each layer. */
    public static LoraRank keeping(double energy) {
        return new LoraRank(Integer.MAX_VALUE, energy);
    }

    /** Reads a rank as users write it: {@code 8}, or with a decimal point the share {@code 0.99}. */
    public static LoraRank parse(String text) {
        if (text.matches("\\d{1,9}")) {
            return of(Integer.parseInt(text));
        }
        Require.argument(
                text.matches("\\d?\\.\\d{1,15}"),
                "rank of LoRA: '%s', expected a whole number such as 8, or a share of the update's energy such as 0.99",
                text);
        return keeping(Double.parseDouble(text));
    }

    /** The rank for singular values, largest first: at least 1, and at most their number. */
    int of(double[] sigma) {
        double allowed = (1 - energy) * Math.pow(SingularValues.tail(sigma, 0), 2);
        int rank = 1;
        while (rank < Math.min(most, sigma.length)
                && sigma[rank] > NEGLIGIBLE * sigma[0]
                && Math.pow(SingularValues.tail(sigma, rank), 2) > allowed) {
            rank++;
        }
        return rank;
    }

    @Override
    public String toString() {
        return most < Integer.MAX_VALUE ? Integer.toString(most) : Double.toString(energy);
    }
}

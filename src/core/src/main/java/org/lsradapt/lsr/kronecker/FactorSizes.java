package org.lsradapt.lsr.kronecker;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;

/** Splits of a dimension into the sizes of its Kronecker factors. */
public final class FactorSizes {

    /** The most factors above 1 that an int can have. */
    public static final int MOST = 31;

    private static final long MOST_RANKS_PER_FEATURE = 16;

    private FactorSizes() {}

    /**
     * Checks that a bottleneck is not far wider than its layer: factors with few elements can multiply up to matrices
     * of any size.
     *
     * @param bottleneckRank r
     * @param in input width of the layer
     * @param out output width of the layer
     * @throws IllegalArgumentException if r is above 16·(in + out), or above the largest int
     */
    public static void requireRank(long bottleneckRank, long in, long out) {
        Require.argument(
                bottleneckRank <= Math.min(MOST_RANKS_PER_FEATURE * (in + out), Integer.MAX_VALUE),
                "bottleneck rank r is %d between %d and %d features, expected at most %d times as many",
                bottleneckRank,
                in,
                out,
                MOST_RANKS_PER_FEATURE);
    }

    /**
     * The balanced split: of all ways to write {@code size} as a product of {@code count} numbers, the one with the
     * smallest sum, largest number first. 768 in two is 32·24, 4 is 2·2, a prime n is n·1.
     *
     * <p>The smallest sum is the smallest number of trainable parameters: a factor pair holds s·(p₁q₁ + p₂q₂).
     *
     * @param size the dimension, at least 1
     * @param count how many factors, 1 to 31
     * @return {@code count} sizes in descending order, whose product is {@code size}
     */
    public static List<Integer> balanced(int size, int count) {
        Require.argument(size >= 1, "balanced factor sizes: size is %d, expected >= 1", size);
        Require.argument(count >= 1, "balanced factor sizes: count is %d, expected >= 1", count);
        Require.argument(
                count <= MOST,
                "balanced factor sizes: count is %d, expected <= %d, as all more would be 1",
                count,
                MOST);
        return Arrays.stream(new Search(size, count).best).boxed().toList();
    }

    /** Finds the split of the smallest sum and prunes branches that cannot have a smaller one. */
    static final class Search {
        private final int[] divisors;
        private final int[] chosen;
        private int[] best;
        private long bestSum = Long.MAX_VALUE;
        private long tried;

        Search(int size, int count) {
            divisors = IntStream.rangeClosed(1, (int) Math.sqrt(size))
                    .filter(divisor -> size % divisor == 0)
                    .flatMap(divisor -> IntStream.of(divisor, size / divisor))
                    .distinct()
                    .sorted()
                    .toArray();
            chosen = new int[count];
            from(0, size, size, 0);
        }

        /** How many beginnings of splits were tried. */
        long tried() {
            return tried;
        }

        /**
         * Chooses the sizes from position {@code at} on, whose product is {@code rest}, each at most as large as the
         * size before it; {@code sum} is that of the sizes before.
         */
        private void from(int at, int rest, int largest, long sum) {
            tried++;
            int left = chosen.length - at;
            if (left == 1) {
                if (rest <= largest && sum + rest < bestSum) {
                    chosen[at] = rest;
                    best = chosen.clone();
                    bestSum = sum + rest;
                }
                return;
            }
            // The largest number is at least the geometric mean, and the sum is at least that mean times the count.
            double least = Math.pow(rest, 1.0 / left) * (1 - 1e-12);
            for (int divisor : divisors) {
                if (divisor > largest || divisor > rest) {
                    return;
                }
                if (divisor < least || rest % divisor != 0) {
                    continue;
                }
                int quotient = rest / divisor;
                double others = (left - 1) * Math.pow(quotient, 1.0 / (left - 1)) * (1 - 1e-12);
                if (sum + divisor + others < bestSum) {
                    chosen[at] = divisor;
                    from(at + 1, quotient, divisor, sum + divisor);
                }
            }
        }
    }

    /**
     * Checks an explicit split.
     *
     * @param name the dimension's name, for the message
     * @param count how many factors are expected
     * @return {@code sizes}
     * @throws IllegalArgumentException if a size is below 1, their number is not {@code count}, or their product is not
     *     {@code size}; the message prints them all
     */
    public static List<Integer> check(String name, List<Integer> sizes, int size, int count) {
        Require.argument(
                sizes.size() == count, "%s factor sizes %s: %d factors, expected %d", name, sizes, sizes.size(), count);
        long product = 1;
        for (int factor : sizes) {
            Require.argument(factor >= 1, "%s factor sizes %s: %d is not >= 1", name, sizes, factor);
            product = product > Long.MAX_VALUE / factor ? Long.MAX_VALUE : product * factor;
        }
        Require.argument(
                product == size, "%s factor sizes %s multiply up to %d, expected %d", name, sizes, product, size);
        return sizes;
    }
}

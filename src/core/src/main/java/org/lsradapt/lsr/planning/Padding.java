package org.lsradapt.lsr.planning;

import java.util.List;
import org.lsradapt.lsr.FactorSizes;
import org.lsradapt.lsr.internal.Require;

/**
 * A size near a layer's width that splits better. A term of two factors holds in the order of the sum of their sizes,
 * √n for balanced ones; a prime, or 30,522 = 2·3·5,087, has no balanced split, and a sum over it saves little or
 * nothing over LoRA. With the larger size, A's last rows (B's last columns) would be cut off.
 *
 * <p>A statement of what padding would give: adapters do not take a padded size yet.
 *
 * @param size the width n
 * @param padded the size n' proposed, at least n; n where no larger one within the limit has a smaller sum
 * @param sizes the balanced split of n
 * @param paddedSizes the balanced split of n'
 */
public record Padding(int size, int padded, List<Integer> sizes, List<Integer> paddedSizes) {

    /**
     * The size with the smallest sum of factor sizes, the smaller one of two with the same sum.
     *
     * @param size n, at least 1
     * @param factorCount d, at least 1
     * @param largestExtra the most rows to add, relative to n; at least 0
     * @return the proposal
     */
    public static Padding of(int size, int factorCount, double largestExtra) {
        Require.argument(
                largestExtra >= 0 && Double.isFinite(largestExtra),
                "padding: largest extra part %s, expected a number of at least 0",
                largestExtra);
        List<Integer> sizes = FactorSizes.balanced(size, factorCount);
        Padding best = new Padding(size, size, sizes, sizes);
        long most = Math.min(Integer.MAX_VALUE - 1L, (long) Math.floor(size * (1 + largestExtra)));
        for (int padded = size + 1; padded <= most; padded++) {
            Padding next = new Padding(size, padded, sizes, FactorSizes.balanced(padded, factorCount));
            if (next.paddedSum() < best.paddedSum()) {
                best = next;
            }
        }
        return best;
    }

    /** Rows computed for nothing, relative to n: what padding adds to the cost of building A, and of x·A. */
    public double extra() {
        return (double) (padded - size) / size;
    }

    /** By how much one term's parameters would shrink, for r = 1: Σ sizes / Σ padded sizes. */
    public double gain() {
        return (double) sum(sizes) / paddedSum();
    }

    private long paddedSum() {
        return sum(paddedSizes);
    }

    private static long sum(List<Integer> sizes) {
        return sizes.stream().mapToLong(Integer::longValue).sum();
    }
}

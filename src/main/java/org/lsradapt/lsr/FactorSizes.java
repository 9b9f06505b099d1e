package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** Splits of a dimension into the sizes of its Kronecker factors. */
public final class FactorSizes {

    private FactorSizes() {}

    /**
     * The balanced split: of all ways to write {@code size} as a product of {@code count} numbers, the one with the
     * smallest sum, largest number first. 768 in two is 32·24, 4 is 2·2, a prime n is n·1.
     *
     * <p>The smallest sum is the smallest number of trainable parameters: a factor pair holds s·(p₁q₁ + p₂q₂).
     *
     * @param size the dimension, at least 1
     * @param count how many factors, at least 1
     * @return {@code count} sizes in descending order, whose product is {@code size}
     */
    public static List<Integer> balanced(int size, int count) {
        Require.argument(size >= 1, "balanced factor sizes: size is %d, expected >= 1", size);
        Require.argument(count >= 1, "balanced factor sizes: count is %d, expected >= 1", count);
        List<Integer> best = new ArrayList<>();
        search(size, count, size, new ArrayList<>(), best);
        return List.copyOf(best);
    }

    private static void search(int rest, int count, int largest, List<Integer> chosen, List<Integer> best) {
        if (count == 1) {
            if (rest <= largest) {
                chosen.add(rest);
                if (best.isEmpty() || sum(chosen) < sum(best)) {
                    best.clear();
                    best.addAll(chosen);
                }
                chosen.remove(chosen.size() - 1);
            }
            return;
        }
        for (int divisor = 1; divisor <= Math.min(rest, largest); divisor++) {
            if (rest % divisor == 0) {
                chosen.add(divisor);
                search(rest / divisor, count - 1, divisor, chosen, best);
                chosen.remove(chosen.size() - 1);
            }
        }
    }

    private static long sum(List<Integer> sizes) {
        return sizes.stream().mapToLong(Integer::longValue).sum();
    }

    /**
     * Checks an explicit split.
     *
     * @param name what is split, for the message
     * @param sizes the factor sizes
     * @param size the dimension
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

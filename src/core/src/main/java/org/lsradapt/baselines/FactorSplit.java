package org.lsradapt.baselines;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;

/**
 * The split of a width into the widths of two Kronecker factors. Immutable.
 *
 * @param first width of the first factor; 0 if it follows from the second
 * @param second width of the second factor; 0 if it follows from the first; both 0 for the most even split, the smaller
 *     one first
 */
public record FactorSplit(int first, int second) {

    /** The most even split, the smaller width first: 384 = 16·24. */
    public static final FactorSplit BALANCED = new FactorSplit(0, 0);

    /** Checks that at most one of the widths is given. */
    public FactorSplit {
        Require.argument(
                first >= 0 && second >= 0 && (first == 0 || second == 0),
                "split: widths %d and %d, expected one of them and 0 for the other, or 0 for both",
                first,
                second);
    }

    /** A split in which the first factor has this width. */
    public static FactorSplit ofFirst(int width) {
        return new FactorSplit(width, 0);
    }

    /** A split in which the second factor has this width. */
    public static FactorSplit ofSecond(int width) {
        return new FactorSplit(0, width);
    }

    /** The first factor's width; refuses a width that is not a multiple of the given one. */
    int firstOf(String name, int width) {
        if (equals(BALANCED)) {
            List<Integer> sizes = FactorSizes.balanced(width, 2);
            return sizes.get(1);
        }
        int given = Math.max(first, second);
        Require.argument(
                width % given == 0,
                "the %s width is %d, expected a multiple of %d, the width of the %s Kronecker factor",
                name,
                width,
                given,
                first > 0 ? "first" : "second");
        return first > 0 ? first : width / second;
    }

    /** Returns {@code balanced}, {@code 16·_} or {@code _·24}, for reports. */
    @Override
    public String toString() {
        return equals(BALANCED) ? "balanced" : first > 0 ? first + "·_" : "_·" + second;
    }
}

package org.lsradapt.lsr.kronecker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FactorSizesTest {

    @Test
    void balanced_knownWidths_areAsDocumented() {
        assertEquals(List.of(32, 24), FactorSizes.balanced(768, 2));
        assertEquals(List.of(24, 16), FactorSizes.balanced(384, 2));
        assertEquals(List.of(64, 48), FactorSizes.balanced(3072, 2));
        assertEquals(List.of(2, 2), FactorSizes.balanced(4, 2));
        assertEquals(List.of(1021, 1), FactorSizes.balanced(1021, 2));
        assertEquals(List.of(12, 8, 8), FactorSizes.balanced(768, 3));
        assertEquals(List.of(1), FactorSizes.balanced(1, 1));
    }

    @Property(tries = 300)
    void balanced_anySize_multipliesUpInDescendingOrder(
            @ForAll @IntRange(min = 1, max = 4096) int size, @ForAll @IntRange(min = 1, max = 4) int count) {
        List<Integer> sizes = FactorSizes.balanced(size, count);
        assertEquals(size, sizes.stream().reduce(1, Math::multiplyExact));
        assertEquals(sizes.stream().sorted(Comparator.reverseOrder()).toList(), sizes);
        assertEquals(sizes, FactorSizes.check("input", sizes, size, count));
    }

    @Test
    void balanced_hugeSizesAndCounts_areFoundInFewStepsOrRefused() {
        assertEquals(List.of(Integer.MAX_VALUE, 1, 1), FactorSizes.balanced(Integer.MAX_VALUE, 3));
        long tried = 0;
        for (int count = 1; count <= 31; count++) {
            List<Integer> sizes = FactorSizes.balanced(2_095_133_040, count);
            assertEquals(2_095_133_040, sizes.stream().reduce(1, Math::multiplyExact));
            tried += new FactorSizes.Search(2_095_133_040, count).tried();
        }
        // The number of splits in descending order of the 1,600 divisors is beyond 10^9.
        assertTrue(tried < 1_000_000, tried + " beginnings of splits tried");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> FactorSizes.balanced(768, Integer.MAX_VALUE));
        assertEquals(
                "balanced factor sizes: count is 2147483647, expected <= 31, as all more would be 1", e.getMessage());
    }

    /** The first of the smallest sum in ascending order of the first size, then of the second, and so on. */
    @Test
    void balanced_ofEqualSums_isTheOneWithTheSmallestFirstSize() {
        assertEquals(List.of(9, 8, 5), FactorSizes.balanced(360, 3));
    }

    @Property(tries = 300)
    void balanced_twoFactors_haveTheSmallestSum(@ForAll @IntRange(min = 1, max = 4096) int size) {
        List<Integer> pair = FactorSizes.balanced(size, 2);
        for (int p = 1; p <= size; p++) {
            assertTrue(size % p != 0 || pair.get(0) + pair.get(1) <= p + size / p);
        }
    }

    @Property(tries = 100)
    void balanced_threeFactors_haveTheSmallestSum(@ForAll @IntRange(min = 1, max = 600) int size) {
        int sum = FactorSizes.balanced(size, 3).stream()
                .mapToInt(Integer::intValue)
                .sum();
        for (int p = 1; p <= size; p++) {
            for (int q = 1; size % p == 0 && q <= size / p; q++) {
                assertTrue(size / p % q != 0 || sum <= p + q + size / p / q);
            }
        }
    }

    @Test
    void sizesAndCounts_belowOneOrThatDoNotFit_areRefused() {
        assertMessage("balanced factor sizes: size is 0, expected >= 1", () -> FactorSizes.balanced(0, 2));
        assertMessage("balanced factor sizes: count is 0, expected >= 1", () -> FactorSizes.balanced(4, 0));
        assertMessage(
                "input factor sizes [2, 2]: 2 factors, expected 3",
                () -> FactorSizes.check("input", List.of(2, 2), 4, 3));
        assertMessage(
                "input factor sizes [4, 0]: 0 is not >= 1", () -> FactorSizes.check("input", List.of(4, 0), 4, 2));
        int most = Integer.MAX_VALUE;
        assertMessage(
                "input factor sizes [" + most + ", " + most + ", " + most + "] multiply up to " + Long.MAX_VALUE
                        + ", expected 4",
                () -> FactorSizes.check("input", List.of(most, most, most), 4, 3));
    }

    private static void assertMessage(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}

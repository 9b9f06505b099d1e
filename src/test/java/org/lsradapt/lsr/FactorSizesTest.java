package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

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

    @Property(tries = 300)
    void balanced_twoFactors_haveTheSmallestSum(@ForAll @IntRange(min = 1, max = 4096) int size) {
        List<Integer> pair = FactorSizes.balanced(size, 2);
        for (int p = 1; p <= size; p++) {
            assertTrue(size % p != 0 || pair.get(0) + pair.get(1) <= p + size / p);
        }
    }
}

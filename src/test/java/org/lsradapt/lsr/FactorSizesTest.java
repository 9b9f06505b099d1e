package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
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

    @Test
    void balanced_everySize_multipliesUpWithSmallestSum() {
        for (int size = 1; size <= 400; size++) {
            List<Integer> pair = FactorSizes.balanced(size, 2);
            assertEquals(size, pair.get(0) * pair.get(1));
            for (int p = 1; p <= size; p++) {
                if (size % p == 0) {
                    assertEquals(true, pair.get(0) + pair.get(1) <= p + size / p);
                }
            }
        }
    }
}

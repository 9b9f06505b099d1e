package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.buffer.DataType;

class AdapterReductionTest {

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void of_anyNumberOfFactors_keepsTheUpdateAndFewerTermsCostMore(int d) {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(5)
                .factorCount(d)
                .termWeights(true)
                .build();
        try (AdapterSet set = RandomAdapters.set(1, DataType.FLOAT, List.of(new int[] {12, 30}), config)) {
            double last = -1;
            for (int terms : new int[] {5, 3, 1}) {
                try (AdapterSet reduced = AdapterReduction.of(set, terms)) {
                    LsrAdapter now = reduced.lsrAdapters().get(0);
                    double error =
                            AdapterReduction.relativeError(set.lsrAdapters().get(0), now);
                    assertTrue(error > last, terms + " terms: " + error + " after " + last);
                    assertTrue(terms < 5 || error < 1e-5, "as many terms: " + error);
                    assertTrue(error < 1, terms + " terms: " + error);
                    assertEquals(terms, now.a().separationRank());
                    last = error;
                }
            }
        }
    }

    @Test
    void of_lora_isRefused() {
        try (AdapterSet set = RandomAdapters.set(1, DataType.FLOAT, List.of(new int[] {6, 4}), LsrConfig.lora(2, 2))) {
            assertEquals(
                    "reduction: adapter " + set.lsrAdapters().get(0).name()
                            + " has 1 factor per term, expected at least 2",
                    assertThrows(IllegalArgumentException.class, () -> AdapterReduction.of(set, 1))
                            .getMessage());
        }
    }
}

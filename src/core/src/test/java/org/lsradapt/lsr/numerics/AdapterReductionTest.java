package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

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

    /** Terms that the other terms contain are lost without an error; fewer cost more. */
    @Test
    void of_layersThatShareFactors_fitsAllLayersTogether() {
        List<FrozenLinear> layers = IntStream.range(0, 4)
                .mapToObj(i -> FrozenLinear.of("l" + i, Nd4j.zeros(DataType.DOUBLE, 12, 10)))
                .toList();
        for (SharedConfig config : List.of(SharedConfig.of(4, 4), SharedConfig.ofWhole(4))) {
            try (AdapterSet set = AdapterSet.create(layers, config, Backends.standard())) {
                set.values().assign(RandomArrays.normal(new Random(4), DataType.DOUBLE, set.parameterCount()));
                set.adapters().get(0).parameters().stream()
                        .filter(parameter -> parameter.value().rank() == 3)
                        .forEach(factor ->
                                factor.value().slice(3).assign(factor.value().slice(0)));
                double last = -1;
                for (int terms : new int[] {5, 4, 3, 1}) {
                    try (AdapterSet reduced = AdapterReduction.of(set, terms)) {
                        double error = AdapterReduction.relativeError(
                                set.adapters().get(2), reduced.adapters().get(2));
                        assertEquals(config.withTerms(terms), reduced.config());
                        assertTrue(terms < 4 ? error < (terms == 3 ? 1e-3 : 1.5) : error < 1e-14, terms + ": " + error);
                        assertTrue(terms > 1 || error > last + 0.01, terms + ": " + error);
                        last = error;
                    }
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

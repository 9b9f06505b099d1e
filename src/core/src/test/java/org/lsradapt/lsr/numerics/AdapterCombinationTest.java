package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AdapterCombinationTest {
    private static final List<int[]> SIZES = List.of(new int[] {12, 7}, new int[] {1, 30});

    private static LsrConfig config(int r, int s, int d, boolean termWeights) {
        return LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(s)
                .factorCount(d)
                .alpha(1.3)
                .termWeights(termWeights)
                .build();
    }

    /** Σ w_i·c_i·A_i·B_i of one layer from the dense matrices, in double precision. */
    private static INDArray expected(List<AdapterSet> sets, int layer, double... weights) {
        INDArray sum = null;
        for (int i = 0; i < weights.length; i++) {
            LsrAdapter adapter = sets.get(i).lsrAdapters().get(layer);
            INDArray delta = adapter.a()
                    .materialize()
                    .castTo(DataType.DOUBLE)
                    .mmul(adapter.b().materialize().castTo(DataType.DOUBLE))
                    .muli(weights[i] * adapter.scaling());
            sum = sum == null ? delta : sum.addi(delta);
        }
        return sum;
    }

    @Property(tries = 40)
    void ofSets_anyRanksAndTerms_isTheWeightedSum(
            @ForAll @IntRange(min = 1, max = 3) int d,
            @ForAll @IntRange(min = 1, max = 3) int count,
            @ForAll boolean termWeights,
            @ForAll boolean single,
            @ForAll Random random) {
        DataType type = single ? DataType.FLOAT : DataType.DOUBLE;
        List<AdapterSet> sets = new ArrayList<>();
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            LsrConfig config = config(1 + random.nextInt(8), 1 + random.nextInt(3), d, termWeights);
            sets.add(RandomAdapters.set(random.nextLong(), type, SIZES, config));
            weights[i] = random.nextGaussian();
        }
        try (AdapterSet combined = AdapterCombination.ofSets(sets, weights)) {
            assertEquals(1, combined.lsrAdapters().get(0).config().scaling());
            for (int layer = 0; layer < SIZES.size(); layer++) {
                INDArray expected = expected(sets, layer, weights);
                LsrAdapter adapter = combined.lsrAdapters().get(layer);
                assertTrue(
                        relativeError(expected, adapter.deltaWeight()) < tolerance(type),
                        adapter.a().describe());
                int at = layer;
                List<LsrAdapter> ofLayer =
                        sets.stream().map(set -> set.lsrAdapters().get(at)).toList();
                INDArray alone = AdapterCombination.ofAdapters(ofLayer, weights).deltaWeight();
                assertTrue(relativeError(expected, alone) < tolerance(type));
            }
        }
        sets.forEach(AdapterSet::close);
    }

    @Property(tries = 40)
    void ofSets_aConfigurationPerLayer_isTheWeightedSum(
            @ForAll @IntRange(min = 1, max = 3) int count, @ForAll boolean termWeights, @ForAll Random random) {
        int[] d = {1 + random.nextInt(3), 1 + random.nextInt(3)};
        List<AdapterSet> sets = new ArrayList<>();
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            List<LsrConfig> configs = IntStream.of(d)
                    .mapToObj(factors -> config(1 + random.nextInt(8), 1 + random.nextInt(3), factors, termWeights))
                    .toList();
            sets.add(RandomAdapters.set(random.nextLong(), DataType.DOUBLE, SIZES, configs));
            weights[i] = random.nextGaussian();
        }
        try (AdapterSet combined = AdapterCombination.ofSets(sets, weights)) {
            for (int layer = 0; layer < SIZES.size(); layer++) {
                LsrAdapter adapter = combined.lsrAdapters().get(layer);
                INDArray expected = expected(sets, layer, weights);
                assertEquals(d[layer], adapter.config().factorCount());
                assertTrue(
                        relativeError(expected, adapter.deltaWeight()) < 1e-12,
                        adapter.a().describe());
            }
        }
        sets.forEach(AdapterSet::close);
    }

    @Test
    void ofSets_aSideSharedInOneLayer_keepsThatLayersRank() {
        try (AdapterSet one = RandomAdapters.set(1, DataType.DOUBLE, SIZES, config(4, 2, 2, false));
                AdapterSet two = RandomAdapters.set(2, DataType.DOUBLE, SIZES, config(4, 2, 2, false))) {
            for (int p = 0; p < 2; p++) {
                two.lsrAdapters()
                        .get(1)
                        .a()
                        .factors()
                        .get(p)
                        .assign(one.lsrAdapters().get(1).a().factors().get(p));
            }
            try (AdapterSet combined = AdapterCombination.ofSets(List.of(one, two), 0.5, 2)) {
                assertEquals(8, combined.lsrAdapters().get(0).config().bottleneckRank());
                assertEquals(4, combined.lsrAdapters().get(1).config().bottleneckRank());
                for (int i = 0; i < SIZES.size(); i++) {
                    INDArray expected = expected(List.of(one, two), i, 0.5, 2);
                    assertTrue(relativeError(
                                    expected, combined.lsrAdapters().get(i).deltaWeight())
                            < 1e-12);
                }
            }
        }
    }

    @Test
    void ofSets_lora_isTheConcatenation() {
        try (AdapterSet one = RandomAdapters.set(1, DataType.FLOAT, SIZES, LsrConfig.lora(2, 2));
                AdapterSet two = RandomAdapters.set(2, DataType.FLOAT, SIZES, LsrConfig.lora(3, 3));
                AdapterSet combined = AdapterCombination.ofSets(List.of(one, two), 1, 1)) {
            assertTrue(combined.lsrAdapters().get(0).config().isLora());
            INDArray a = combined.lsrAdapters().get(0).a().materialize();
            INDArray expected = Nd4j.concat(
                    1,
                    one.lsrAdapters().get(0).a().materialize(),
                    two.lsrAdapters().get(0).a().materialize());
            assertEquals(0, relativeError(expected, a));
        }
    }

    @Test
    void ofSets_differentRanks_addsUpWhereTheRankStaysSmallest() {
        try (AdapterSet one = RandomAdapters.set(1, DataType.FLOAT, SIZES, config(4, 2, 2, false));
                AdapterSet two = RandomAdapters.set(2, DataType.FLOAT, SIZES, config(8, 3, 2, false));
                AdapterSet combined = AdapterCombination.ofSets(List.of(one, two), 1, 1)) {
            // (2, 2) and (4, 2): (6, 2) holds 12, (4, 4) would hold 16.
            assertEquals(List.of(6, 2), combined.lsrAdapters().get(0).config().rankFactors());
            assertEquals(5, combined.lsrAdapters().get(0).config().separationRank());
        }
    }

    @Test
    void ofSets_sharedSide_keepsTheRank() {
        double[] weights = {0.3, -2};
        for (boolean shareA : new boolean[] {true, false}) {
            try (AdapterSet one = RandomAdapters.set(1, DataType.DOUBLE, SIZES, config(4, 2, 2, true));
                    AdapterSet two = RandomAdapters.set(2, DataType.DOUBLE, SIZES, config(4, 2, 2, true))) {
                for (int i = 0; i < SIZES.size(); i++) {
                    LsrAdapter from = one.lsrAdapters().get(i);
                    LsrAdapter to = two.lsrAdapters().get(i);
                    for (int p = 0; p < from.parameters().size(); p++) {
                        if (from.parameters().get(p).name().contains(shareA ? "lsr_A" : "lsr_B")) {
                            to.parameters()
                                    .get(p)
                                    .value()
                                    .assign(from.parameters().get(p).value());
                        }
                    }
                }
                try (AdapterSet combined = AdapterCombination.ofSets(List.of(one, two), weights)) {
                    assertEquals(4, combined.lsrAdapters().get(0).config().bottleneckRank());
                    for (int i = 0; i < SIZES.size(); i++) {
                        INDArray expected = expected(List.of(one, two), i, weights);
                        assertTrue(relativeError(
                                        expected, combined.lsrAdapters().get(i).deltaWeight())
                                < 1e-12);
                    }
                }
            }
        }
    }

    @Test
    void reduced_toAllTerms_keepsTheSum() {
        List<int[]> sizes = List.of(new int[] {12, 10});
        try (AdapterSet one = RandomAdapters.set(1, DataType.DOUBLE, sizes, config(4, 2, 2, false));
                AdapterSet two = RandomAdapters.set(2, DataType.DOUBLE, sizes, config(4, 2, 2, false));
                AdapterSet combined = AdapterCombination.ofSets(List.of(one, two), 1, 2);
                AdapterSet four = AdapterReduction.of(combined, 4);
                AdapterSet two4 = AdapterReduction.of(combined, 2)) {
            LsrAdapter exact = combined.lsrAdapters().get(0);
            assertEquals(
                    0, AdapterReduction.relativeError(exact, four.lsrAdapters().get(0)), 1e-12);
            double nearestSides =
                    AdapterReduction.relativeError(exact, two4.lsrAdapters().get(0));
            LoraConversion converted = LoraConversion.of(
                    exact, combined.lsrAdapters().get(0).config().withPlainTerms(2), LoraConversion.Settings.DEFAULTS);
            assertEquals(nearestSides, converted.plainError(), 1e-9);
            assertTrue(converted.relativeError() < nearestSides, converted.relativeError() + " of " + nearestSides);
        }
    }

    @Test
    void badInput_isRefusedByName() {
        LsrConfig config = config(4, 2, 2, false);
        AdapterSet one = RandomAdapters.set(1, DataType.FLOAT, SIZES, config);
        AdapterSet fewer = RandomAdapters.set(1, DataType.FLOAT, SIZES.subList(0, 1), config);
        AdapterSet lora = RandomAdapters.set(1, DataType.FLOAT, SIZES, LsrConfig.lora(2, 2));
        assertMessage("combination: no adapters, expected at least one", () -> AdapterCombination.ofSets(List.of()));
        assertMessage("combination: 1 weights, expected 2", () -> AdapterCombination.ofSets(List.of(one, one), 1));
        assertMessage(
                "combination: weight NaN, expected a finite number",
                () -> AdapterCombination.ofSets(List.of(one), Double.NaN));
        assertMessage(
                "combination: the sets adapt [layer0, layer1] and [layer0], expected the same layers",
                () -> AdapterCombination.ofSets(List.of(one, fewer), 1, 1));
        assertMessage(
                "combination: layer 'layer0' is adapted by A 2 × [4, 2] ⊗ [3, 2], B 2 × [2, 7] ⊗ [2, 1] and by"
                        + " A 1 × [12, 2], B 1 × [2, 7], expected the same factor sizes of in and out",
                () -> AdapterCombination.ofSets(List.of(one, lora), 1, 1));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

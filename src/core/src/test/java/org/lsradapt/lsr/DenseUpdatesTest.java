package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DenseUpdatesTest {
    private static final int[] SIZES = {1, 2, 3, 7, 12, 31};

    private static FrozenLinear layer(String name, DataType type, int in, int out) {
        return FrozenLinear.of(name, Nd4j.zeros(type, in, out));
    }

    private static AdapterSet adapters(Random random, LsrConfig config, FrozenLinear... layers) {
        AdapterSet set = AdapterSet.create(List.of(layers), config, Backends.standard());
        set.values().assign(RandomArrays.normal(random, set.values().dataType(), set.parameterCount()));
        return set;
    }

    private static LsrConfig config(Random random) {
        int r = 1 + random.nextInt(5);
        return random.nextInt(3) == 0
                ? LsrConfig.lora(r, 2.5)
                : LsrConfig.builder()
                        .bottleneckRank(r)
                        .separationRank(1 + random.nextInt(4))
                        .termWeights(random.nextBoolean())
                        .alpha(random.nextGaussian())
                        .build();
    }

    /** c·A·B by hand, in double precision. */
    private static INDArray delta(LoraMatrices update) {
        INDArray a = update.a().castTo(DataType.DOUBLE);
        INDArray b = update.b().castTo(DataType.DOUBLE);
        INDArray delta = Nd4j.zeros(DataType.DOUBLE, a.size(0), b.size(1));
        for (int i = 0; i < a.size(0); i++) {
            for (int j = 0; j < b.size(1); j++) {
                double sum = 0;
                for (int k = 0; k < a.size(1); k++) {
                    sum += a.getDouble(i, k) * b.getDouble(k, j);
                }
                delta.putScalar(i, j, update.scaling() * sum);
            }
        }
        return delta;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void ofAndSum_randomAdapters_areTheUpdatesAndTheirWeightedSum(DataType type) {
        Random random = new Random(1);
        for (int round = 0; round < 30; round++) {
            int in = SIZES[random.nextInt(SIZES.length)];
            int out = SIZES[random.nextInt(SIZES.length)];
            FrozenLinear both = layer("both", type, in, out);
            List<AdapterSet> sets = List.of(
                    adapters(random, config(random), both, layer("first", type, out, in)),
                    adapters(random, config(random), both),
                    adapters(random, config(random), layer("last", type, in, in), both));
            double[] weights = {random.nextGaussian(), 0, -random.nextDouble()};
            List<DenseUpdates> updates = new ArrayList<>();
            INDArray expected = Nd4j.zeros(DataType.DOUBLE, in, out);
            double size = 1e-30;
            for (int i = 0; i < sets.size(); i++) {
                DenseUpdates own = DenseUpdates.of(sets.get(i));
                updates.add(own);
                INDArray exact = sets.get(i).lsrAdapter("both").deltaWeight().castTo(DataType.DOUBLE);
                assertTrue(RandomArrays.relativeError(exact, delta(own.find("both"))) < RandomArrays.tolerance(type));
                expected.addi(exact.mul(weights[i]));
                size = Math.max(size, Math.abs(weights[i]) * exact.amaxNumber().doubleValue());
                sets.get(i).close();
            }
            DenseUpdates sum = DenseUpdates.sum(updates, weights);
            updates.forEach(DenseUpdates::close);
            double error = delta(sum.find("both")).sub(expected).amaxNumber().doubleValue();
            assertTrue(error < RandomArrays.tolerance(type) * size, () -> "error " + error);
            assertEquals(Set.of("both", "first", "last"), sum.layers());
            assertNull(sum.find("other"));
            sum.close();
        }
    }

    @Test
    void of_parametersChangedLater_keepsItsNumbers() {
        AdapterSet set = adapters(new Random(2), LsrConfig.defaults(), layer("l", DataType.FLOAT, 12, 7));
        DenseUpdates updates = DenseUpdates.of(set);
        INDArray before = delta(updates.find("l"));
        set.values().muli(2);
        set.materialize();
        assertEquals(0, RandomArrays.relativeError(before, delta(updates.find("l"))));
    }

    @Test
    void sum_whatDoesNotFit_isRefused() {
        Random random = new Random(3);
        DenseUpdates narrow =
                DenseUpdates.of(adapters(random, LsrConfig.defaults(), layer("l", DataType.FLOAT, 12, 7)));
        DenseUpdates wide = DenseUpdates.of(adapters(random, LsrConfig.defaults(), layer("l", DataType.FLOAT, 12, 8)));
        DenseUpdates exact =
                DenseUpdates.of(adapters(random, LsrConfig.defaults(), layer("l", DataType.DOUBLE, 12, 7)));
        assertMessage(
                "sum of updates: layer l is [12, 7] in one and [12, 8] in another",
                () -> DenseUpdates.sum(List.of(narrow, wide), 1, 1));
        assertMessage(
                "sum of updates: updates 1 is DOUBLE, expected FLOAT (as the first)",
                () -> DenseUpdates.sum(List.of(narrow, exact), 1, 1));
        assertMessage(
                "sum of updates: weight NaN, expected a finite number",
                () -> DenseUpdates.sum(List.of(narrow), Double.NaN));
        assertMessage(
                "sum of updates: 1 updates and 2 weights, expected one weight each and at least one",
                () -> DenseUpdates.sum(List.of(narrow), 1, 2));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

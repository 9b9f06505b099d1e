package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.training.AdamW;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters know a frozen weight by its interface alone: one that is stored otherwise gives the same as an array. */
class FrozenWeightTest {
    private static final LsrConfig CONFIG = LsrConfig.builder()
            .separationRank(3).termWeights(true).initialization(Initialization.PAPER_AUTHORS).build();

    private final Random random = new Random(Long.getLong("seed", 71));

    /** A wide weight of numbers that FLOAT can hold, and its columns 3 … 12 as a layer in both forms, with a bias. */
    private List<FrozenLinear> layers(DataType type) {
        INDArray wide = normal(random, DataType.FLOAT, 12, 14).castTo(type);
        INDArray bias = normal(random, type, 14);
        return List.of(
                FrozenLinear.of("wide", wide, bias).columns("layer", 3, 13),
                new FrozenLinear("wide", TransposedWeight.of(wide, type), Optional.of(bias)).columns("layer", 3, 13));
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE"})
    void training_onAnotherWeight_isThatOnAnArray(DataType type) {
        List<FrozenLinear> layers = layers(type);
        INDArray x = normal(random, type, 7, 12);
        INDArray target = normal(random, type, 7, 10);
        try (AdapterSet array = AdapterSet.create(layers.subList(0, 1), CONFIG, Backends.standard());
                AdapterSet other = AdapterSet.create(layers.subList(1, 2), CONFIG, Backends.standard())) {
            double before = array.lsrAdapter("layer").forward(x).squaredDistance(target);
            for (AdapterSet set : List.of(array, other)) {
                LsrAdapter adapter = set.lsrAdapter("layer");
                AdamW optimizer = AdamW.builder().weightDecay(0).build().addAll(adapter.parameters(), 0.02);
                for (int step = 0; step < 30; step++) {
                    adapter.zeroGradients();
                    INDArray error = adapter.forward(x).sub(target);
                    adapter.backward(x, error.mul(2.0 / error.length()));
                    optimizer.step();
                }
            }
            assertTrue(array.lsrAdapter("layer").forward(x).squaredDistance(target) < 0.9 * before);
            // Round-off is multiplied by 30 steps of Adam, which divides by the gradient's size.
            assertTrue(relativeError(array.values(), other.values()) < 1e3 * tolerance(type));
            INDArray g = normal(random, type, 7, 10);
            other.values().assign(array.values());
            LsrAdapter one = array.lsrAdapter("layer");
            LsrAdapter two = other.lsrAdapter("layer");
            assertTrue(relativeError(one.forward(x), two.forward(x)) < tolerance(type));
            assertTrue(relativeError(one.backward(x, g), two.backward(x, g)) < tolerance(type));
            assertTrue(relativeError(one.merge(), two.merge()) < tolerance(type));
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"HALF", "BFLOAT16", "FLOAT", "DOUBLE"})
    void mergeToAType_onAnotherWeight_isToTheBitThatOnAnArray(DataType type) {
        List<FrozenLinear> layers = layers(DataType.FLOAT);
        try (LsrAdapter array = LsrAdapter.wrap(layers.get(0), CONFIG);
                LsrAdapter other = LsrAdapter.wrap(layers.get(1), CONFIG)) {
            INDArray merged = other.merge(type);
            assertEquals(type, merged.dataType());
            assertEquals(array.merge(type), merged);
        }
    }

    @Test
    void inPlaceMerge_ofAnotherWeight_isRefusedByNameAndChangesNothing() {
        INDArray w = normal(random, DataType.FLOAT, 12, 10);
        INDArray before = w.dup();
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("array", w),
                new FrozenLinear("packed", TransposedWeight.of(w, DataType.FLOAT), Optional.empty()));
        try (AdapterSet set = AdapterSet.create(layers, CONFIG, Backends.standard())) {
            assertEquals(
                    "merge in place: the weight of packed is a TransposedWeight, which cannot be written; expected an"
                            + " array (merge() gives the merged weight in a new one)",
                    assertThrows(IllegalArgumentException.class, () -> InPlaceMerge.of(set)).getMessage());
            assertEquals(before, w);
            set.lsrAdapter("array").merge();
        }
    }

    @Test
    void badLayer_messageNamesItAndOperand() {
        INDArray w = Nd4j.create(DataType.FLOAT, 4, 3);
        assertMessage(
                "layer l: weight is INT, expected FLOAT or DOUBLE",
                () -> FrozenLinear.of("l", w.castTo(DataType.INT32)));
        assertMessage(
                "layer l: weight is [4], expected [*, *] ([in, out])",
                () -> FrozenLinear.of("l", Nd4j.create(DataType.FLOAT, 4)));
        assertMessage(
                "layer l: bias is [4], expected [3] (the weight's output width)",
                () -> FrozenLinear.of("l", w, Nd4j.create(DataType.FLOAT, 4)));
        assertMessage(
                "layer l: bias is DOUBLE, expected FLOAT (as the weight)",
                () -> FrozenLinear.of("l", w, Nd4j.create(DataType.DOUBLE, 3)));
        assertMessage(
                "layer l: weight is HALF, expected FLOAT or DOUBLE",
                () -> new FrozenLinear("l", TransposedWeight.of(w, DataType.FLOAT16), Optional.empty()));
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}

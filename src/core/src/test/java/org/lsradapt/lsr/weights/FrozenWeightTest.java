package org.lsradapt.lsr.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.TransposedWeight;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.ReferenceBackend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters know a frozen weight by its interface alone: one that is stored otherwise gives the same as an array. */
class FrozenWeightTest {
    private static final LsrConfig CONFIG = LsrConfig.builder()
            .separationRank(3)
            .termWeights(true)
            .initialization(Initialization.PAPER_AUTHORS)
            .build();

    /** Others round what they multiply by a stored matrix to BF16 where the processor does. */
    private static final Backend EXACT = new ReferenceBackend();

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
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
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
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "BFLOAT16", "FLOAT", "DOUBLE"})
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
                    "merge in place: the weight of packed is packed, rounded or quantized, so that W + ΔW does not fit into its"
                            + " place; expected an array (merge() gives the merged weight in a new one)",
                    assertThrows(IllegalArgumentException.class, () -> InPlaceMerge.of(set))
                            .getMessage());
            assertEquals(before, w);
            set.lsrAdapter("array").merge();
        }
    }

    /** W in one piece, stored in blocks of one, and joined of parts in either form: all are the same matrix. */
    private static List<FrozenWeight> forms(INDArray w) {
        int in = (int) w.size(0);
        INDArray transposed = w.transpose().dup('c');
        ByteBuffer memory =
                ByteBuffer.allocateDirect((int) w.length() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        memory.asFloatBuffer().put(transposed.data().asFloat());
        StoredWeight stored = new StoredWeight(new StoredMatrix(WeightFormat.F32, (int) w.size(1), in, memory));
        DenseWeight dense = new DenseWeight(w);
        return List.of(
                dense,
                stored,
                new JoinedWeight(List.of(dense.columns(0, 3), stored.columns(3, 4), dense.columns(4, 10))),
                new JoinedWeight(List.of(stored)));
    }

    @Test
    void everyForm_isTheMatrix() {
        INDArray w = normal(random, DataType.FLOAT, 7, 10);
        INDArray x = normal(random, DataType.FLOAT, 5, 7);
        INDArray g = normal(random, DataType.FLOAT, 5, 10);
        for (FrozenWeight form : forms(w)) {
            assertEquals(7, form.inFeatures());
            assertEquals(10, form.outFeatures());
            assertEquals(DataType.FLOAT, form.dataType());
            assertEquals(7 * 10 * 4, form.bytes());
            assertIsTheMatrix(form, w, x, g);
            for (int[] range : new int[][] {{0, 10}, {0, 3}, {3, 4}, {2, 5}, {4, 10}, {3, 7}}) {
                FrozenWeight columns = form.columns(range[0], range[1]);
                assertEquals(range[1] - range[0], columns.outFeatures());
                INDArray some = Views.columns(w, range[0], range[1]).dup('c');
                assertIsTheMatrix(
                        columns, some, x, Views.columns(g, range[0], range[1]).dup('c'));
            }
        }
        FrozenWeight joined = forms(w).get(2);
        assertTrue(joined.columns(4, 9) instanceof DenseWeight, "columns of one part are that part's");
        assertTrue(joined.columns(0, 3) instanceof DenseWeight);
    }

    private static void assertIsTheMatrix(FrozenWeight weight, INDArray w, INDArray x, INDArray g) {
        INDArray copy = Nd4j.create(DataType.FLOAT, w.shape());
        weight.copyTo(copy);
        assertEquals(w, copy);
        INDArray y = Nd4j.ones(DataType.FLOAT, 5, w.size(1));
        weight.multiply(EXACT, x, 0.5, y);
        assertTrue(relativeError(x.mmul(w).add(0.5), y) < tolerance(DataType.FLOAT));
        INDArray back = Nd4j.ones(DataType.FLOAT, 5, 7);
        weight.multiplyTransposed(EXACT, g, 0.5, back);
        assertTrue(relativeError(g.mmul(w.transpose()).add(0.5), back) < tolerance(DataType.FLOAT));
    }

    /** More than a million numbers are copied in several tiles. */
    @Test
    void copyTo_largeStoredWeight_isWhole() {
        INDArray w = normal(random, DataType.FLOAT, 1031, 2050);
        INDArray copy = Nd4j.create(DataType.FLOAT, 1031, 2050);
        forms(w).get(1).copyTo(copy);
        assertEquals(w, copy);
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
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void columns_outsideOfAWeight_areRefused() {
        FrozenLinear wide = FrozenLinear.of("wide", normal(random, DataType.FLOAT, 8, 6));
        FrozenWeight joined = new JoinedWeight(List.of(wide.weight(), wide.weight()));
        for (long[] range : new long[][] {{-1, 2}, {2, 2}, {3, 2}, {3, 13}}) {
            assertEquals(
                    "columns " + range[0] + " to " + range[1] + " of a weight [8, 12], expected 0 ≤ from < to ≤ 12",
                    assertThrows(IllegalArgumentException.class, () -> joined.columns(range[0], range[1]))
                            .getMessage());
        }
        assertEquals(
                "columns 3 to 9 of a weight [8, 6], expected 0 ≤ from < to ≤ 6",
                assertThrows(IllegalArgumentException.class, () -> wide.columns("part", 3, 9))
                        .getMessage());
    }
}

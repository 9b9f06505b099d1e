package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.OnceRoundedTest;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Merging into a new array, rounded once, and into the weight, undone to the bit. */
class InPlaceMergeTest {

    private static final LsrConfig CONFIG = LsrConfig.builder()
            .bottleneckRank(4)
            .separationRank(3)
            .alpha(3)
            .termWeights(true)
            .build();

    private static AdapterSet randomSet(Random random, List<FrozenLinear> layers, LsrConfig config) {
        AdapterSet set = AdapterSet.create(layers, config, Backends.standard());
        set.values().assign(normal(random, set.values().dataType(), set.values().length()));
        set.materialize();
        return set;
    }

    /** Two layers that are views of one array, and one that is an array of its own. */
    private static List<FrozenLinear> layers(INDArray shared, INDArray own) {
        long half = shared.size(1) / 2;
        return List.of(
                FrozenLinear.of("left", Views.columns(shared, 0, half)),
                FrozenLinear.of("right", Views.columns(shared, half, 2 * half)),
                FrozenLinear.of("own", own));
    }

    /** Each would have the other's update, and neither could put the weight back. */
    @Test
    void of_layersOnOneWeight_isRefused_andTheWeightIsAsItWas() {
        Random random = new Random(4);
        INDArray weight = normal(random, DataType.FLOAT, 16, 16);
        long[] before = bits(weight);
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("a", weight),
                FrozenLinear.of("b", weight),
                FrozenLinear.of("c", normal(random, DataType.FLOAT, 16, 16)));
        try (AdapterSet set = randomSet(random, layers, CONFIG)) {
            assertEquals(
                    "merge in place: the weight of a is that of another adapted layer too, expected a weight for each",
                    assertThrows(IllegalArgumentException.class, () -> InPlaceMerge.of(set))
                            .getMessage());
            assertArrayEquals(before, bits(weight));
            set.adapters().forEach(LayerAdapter::requireUnmerged);
        }
    }

    private static long[] bits(INDArray array) {
        INDArray copy = array.dup('c');
        long[] bits = copy.dataType() == DataType.DOUBLE
                ? DoubleStream.of(copy.data().asDouble())
                        .mapToLong(Double::doubleToRawLongBits)
                        .toArray()
                : rawBits(copy.data().asFloat());
        copy.close();
        return bits;
    }

    private static long[] rawBits(float[] numbers) {
        long[] bits = new long[numbers.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(numbers[i]);
        }
        return bits;
    }

    /** Σ_k λ_k ⊗_i F_k^(i) at one place, exactly. */
    private static BigDecimal exact(KroneckerSum sum, long row, long column) {
        BigDecimal total = BigDecimal.ZERO;
        for (int k = 0; k < sum.separationRank(); k++) {
            BigDecimal term = sum.termWeights() == null
                    ? BigDecimal.ONE
                    : new BigDecimal(sum.termWeights().getDouble(k));
            long rows = sum.rows();
            long columns = sum.columns();
            long r = row;
            long c = column;
            for (INDArray factor : sum.factors()) {
                rows /= factor.size(1);
                columns /= factor.size(2);
                term = term.multiply(new BigDecimal(factor.getDouble(k, r / rows, c / columns)));
                r %= rows;
                c %= columns;
            }
            total = total.add(term);
        }
        return total;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "BFLOAT16", "FLOAT"})
    void merge_toAType_isTheExactSumRoundedOnce(DataType type) {
        Random random = new Random(Long.getLong("seed", 31));
        int[][] shapes = {{12, 10}, {7, 13}, {1, 5}, {11, 1}, {16, 24}};
        for (int[] shape : shapes) {
            for (DataType weightType : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
                for (int d = 1; d <= 3; d++) {
                    INDArray w = normal(random, weightType, shape[0], shape[1]);
                    LsrConfig config = LsrConfig.builder()
                            .bottleneckRank(4)
                            .separationRank(3)
                            .factorCount(d)
                            .alpha(0.7)
                            .termWeights(d == 2)
                            .build();
                    LsrAdapter adapter = randomSet(random, List.of(FrozenLinear.of("w", w)), config)
                            .lsrAdapter("w");
                    INDArray merged = adapter.merge(type);
                    assertEquals(type, merged.dataType());
                    double[] wide =
                            merged.castTo(DataType.DOUBLE).dup('c').data().asDouble();
                    BigDecimal c = new BigDecimal(adapter.scaling());
                    for (int i = 0; i < shape[0]; i++) {
                        for (int j = 0; j < shape[1]; j++) {
                            BigDecimal product = BigDecimal.ZERO;
                            for (int k = 0; k < 4; k++) {
                                product = product.add(exact(adapter.a(), i, k).multiply(exact(adapter.b(), k, j)));
                            }
                            BigDecimal sum = new BigDecimal(w.getDouble(i, j)).add(c.multiply(product));
                            assertEquals(OnceRoundedTest.nearest(sum, type), wide[i * shape[1] + j]);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 200", "DOUBLE, 100"})
    void manyCycles_leaveEveryBit(DataType type, int cycles) {
        Random random = new Random(Long.getLong("seed", 32));
        INDArray shared = normal(random, type, 6, 14);
        INDArray own = normal(random, type, 5, 11);
        double[] odd = {-0.0, Double.NaN, Double.NEGATIVE_INFINITY, 1e-40, -Double.MIN_VALUE};
        for (int i = 0; i < odd.length; i++) {
            own.putScalar(i, 2L * i, odd[i]);
            shared.putScalar(i, 3L * i, odd[i]);
        }
        long[] before = bits(shared);
        long[] ownBefore = bits(own);
        AdapterSet set = randomSet(random, layers(shared, own), CONFIG);
        for (int cycle = 0; cycle < cycles; cycle++) {
            set.values().muli(-1.001);
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                assertTrue(bits(own)[1] != ownBefore[1], "merged");
            }
            assertArrayEquals(before, bits(shared), "cycle " + cycle);
            assertArrayEquals(ownBefore, bits(own), "cycle " + cycle);
        }
    }

    @Test
    void whileOpen_weightsAreTheMergedOnesAndForwardUsesThemAlone() {
        Random random = new Random(33);
        INDArray shared = normal(random, DataType.FLOAT, 6, 14);
        INDArray own = normal(random, DataType.FLOAT, 6, 8);
        AdapterSet set = randomSet(random, layers(shared, own), CONFIG);
        INDArray x = normal(random, DataType.FLOAT, 3, 6);
        for (LsrAdapter adapter : set.lsrAdapters()) {
            INDArray expected = adapter.forward(x);
            INDArray merged = adapter.merge(DataType.FLOAT);
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                assertArrayEquals(bits(merged), bits(Weights.copy(adapter.layer())));
                assertTrue(relativeError(expected, adapter.forward(x)) < RandomArrays.tolerance(DataType.FLOAT));
                INDArray y = x.mmul(merged);
                set.use(adapter.name(), 0).forward(new int[] {0, 3}, x, y);
                assertEquals(x.mmul(merged), y);
            }
            assertEquals(0, relativeError(expected, adapter.forward(x)));
        }
    }

    @Test
    void whileOpen_whatWouldCountTheUpdateTwice_isRefused() {
        Random random = new Random(34);
        INDArray w = normal(random, DataType.FLOAT, 6, 8);
        AdapterSet set = randomSet(random, List.of(FrozenLinear.of("w", w)), CONFIG);
        LsrAdapter adapter = set.lsrAdapter("w");
        INDArray x = normal(random, DataType.FLOAT, 3, 6);
        INDArray g = normal(random, DataType.FLOAT, 3, 8);
        InPlaceMerge merge = InPlaceMerge.of(set);
        assertRefused(() -> InPlaceMerge.of(set));
        assertRefused(adapter::merge);
        assertRefused(() -> adapter.merge(DataType.FLOAT16));
        assertRefused(() -> adapter.backward(x, g));
        assertRefused(() -> set.use("w", 0).backward(x, g, null));
        merge.close();
        merge.close();
        adapter.backward(x, g);
        InPlaceMerge.of(set).close();
    }

    private static void assertRefused(Runnable call) {
        assertEquals(
                "w: the update is merged into the weight, expected the merge to be closed first",
                assertThrows(IllegalStateException.class, call::run).getMessage());
    }

    @Test
    void close_ofADoubleWeightThatChangedByOneUnitInTheLastPlace_isRefused() {
        Random random = new Random(36);
        INDArray w = normal(random, DataType.DOUBLE, 6, 8);
        long[] before = bits(w);
        InPlaceMerge merge = InPlaceMerge.of(randomSet(random, List.of(FrozenLinear.of("w", w)), CONFIG));
        double merged = w.getDouble(2, 3);
        w.putScalar(2, 3, Math.nextUp(merged));
        assertThrows(IllegalStateException.class, merge::close);
        w.putScalar(2, 3, merged);
        merge.close();
        assertArrayEquals(before, bits(w));
    }

    @Test
    void twoSetsOnOneWeight_areUnmergedInTurn() {
        Random random = new Random(35);
        INDArray w = normal(random, DataType.DOUBLE, 6, 8);
        long[] before = bits(w);
        List<FrozenLinear> layers = List.of(FrozenLinear.of("w", w));
        InPlaceMerge first = InPlaceMerge.of(randomSet(random, layers, CONFIG));
        InPlaceMerge second = InPlaceMerge.of(randomSet(random, layers, CONFIG));
        assertEquals(
                "unmerge: the weight of w was changed since it was merged; expected later merges into it to be closed"
                        + " first",
                assertThrows(IllegalStateException.class, first::close).getMessage());
        second.close();
        first.close();
        assertArrayEquals(before, bits(w));
    }

    @Test
    void of_aLayerThatCannotBeMerged_leavesAllAsTheyWere() {
        Random random = new Random(36);
        INDArray shared = normal(random, DataType.FLOAT, 6, 14);
        INDArray own = normal(random, DataType.FLOAT, 6, 8);
        AdapterSet set = randomSet(random, layers(shared, own), CONFIG);
        set.lsrAdapter("own")
                .parameters()
                .forEach(parameter -> parameter.value().muli(1e10));
        long[] before = bits(shared);
        String message = assertThrows(IllegalArgumentException.class, () -> InPlaceMerge.of(set))
                .getMessage();
        assertTrue(message.startsWith("merge of own: rounding: "), message);
        assertTrue(message.endsWith(" is beyond the range of F32"), message);
        assertArrayEquals(before, bits(shared));
        set.lsrAdapter("left").merge();
    }

    @Test
    void of_outOfMemoryAtTheSecondLayer_leavesTheFirstAsItWas() {
        Random random = new Random(37);
        INDArray first = normal(random, DataType.FLOAT, 6, 8);
        FrozenWeight second =
                FrozenLinear.of("w", normal(random, DataType.FLOAT, 6, 8)).weight();
        AtomicInteger calls = new AtomicInteger();
        FrozenWeight scarce = (FrozenWeight) Proxy.newProxyInstance(
                FrozenWeight.class.getClassLoader(),
                new Class<?>[] {FrozenWeight.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("addProduct") && calls.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("for a test");
                    }
                    return method.invoke(second, arguments);
                });
        List<FrozenLinear> layers =
                List.of(FrozenLinear.of("first", first), new FrozenLinear("second", scarce, Optional.empty()));
        AdapterSet set = randomSet(random, layers, CONFIG);
        long[] before = bits(first);
        assertThrows(OutOfMemoryError.class, () -> InPlaceMerge.of(set));
        assertArrayEquals(before, bits(first));
        InPlaceMerge.of(set).close();
        assertArrayEquals(before, bits(first));
        assertTrue(calls.get() > 1, "the second time there was memory");
    }

    @Test
    void merge_intoTheWeight_isRefused() {
        Random random = new Random(38);
        INDArray w = normal(random, DataType.FLOAT, 6, 8);
        LsrAdapter adapter =
                randomSet(random, List.of(FrozenLinear.of("w", w)), CONFIG).lsrAdapter("w");
        assertEquals(
                "merge: merged is the weight or shares memory with it, expected memory of its own",
                assertThrows(IllegalArgumentException.class, () -> adapter.merge(w))
                        .getMessage());
    }
}

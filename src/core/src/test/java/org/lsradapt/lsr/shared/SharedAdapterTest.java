package org.lsradapt.lsr.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SharedAdapterTest {
    private static final int LAYERS = 3;

    private record Shape(SharedConfig config, int in, int out, long parameters) {}

    /** Sizes with 1s and primes; parameters counted by hand. */
    static Stream<Shape> shapes() {
        return Stream.of(
                new Shape(SharedConfig.of(4, 5), 12, 6, 5 * (4 * 2 + 3 * 2 + 2 * 3 + 2 * 2 + 2 * LAYERS)),
                new Shape(SharedConfig.of(3, 2), 7, 13, 2 * (7 * 3 + 1 + 3 * 13 + 1 + 2 * LAYERS)),
                new Shape(SharedConfig.of(1, 1), 1, 5, 1 + 1 + 5 + 1 + 2 * LAYERS),
                new Shape(
                        new SharedConfig(6, 3, List.of(2, 6), List.of(1, 10), List.of(6, 1), 0.7, 9),
                        12,
                        10,
                        3 * (2 * 6 + 6 + 6 + 10 + 2 * LAYERS)),
                new Shape(SharedConfig.ofWhole(4), 12, 6, 4 * (4 * 3 + 3 * 2 + LAYERS)),
                new Shape(SharedConfig.ofWhole(1), 1, 1, 1 + 1 + LAYERS),
                new Shape(
                        SharedConfig.ofWhole(2).withSplits(List.of(2, 6), List.of(11, 1)),
                        12,
                        11,
                        2 * (2 * 11 + 6 + LAYERS)));
    }

    private static AdapterSet set(Shape shape, DataType type) {
        List<FrozenLinear> layers = IntStream.range(0, LAYERS)
                .mapToObj(i ->
                        FrozenLinear.of("l" + i, RandomArrays.normal(new Random(i), type, shape.in(), shape.out())))
                .toList();
        return AdapterSet.create(layers, shape.config(), Backends.standard());
    }

    private static AdapterSet random(Shape shape, DataType type) {
        AdapterSet set = set(shape, type);
        set.values().assign(RandomArrays.normal(new Random(4), type, set.parameterCount()));
        set.materialize();
        return set;
    }

    /** Σ_k g_k·F_k ⊗ S_k, element by element. */
    private static double[][] naive(INDArray first, INDArray second, INDArray g) {
        int rows = (int) second.size(1);
        int cols = (int) second.size(2);
        double[][] sum = new double[(int) first.size(1) * rows][(int) first.size(2) * cols];
        for (int k = 0; k < g.length(); k++) {
            for (int i = 0; i < sum.length; i++) {
                for (int j = 0; j < sum[i].length; j++) {
                    sum[i][j] += g.getDouble(k)
                            * first.getDouble(k, i / rows, j / cols)
                            * second.getDouble(k, i % rows, j % cols);
                }
            }
        }
        return sum;
    }

    private static INDArray naive(LayerAdapter adapter) {
        List<INDArray> values =
                adapter.parameters().stream().map(Parameter::value).toList();
        List<INDArray> sums = new ArrayList<>();
        for (int i = 0; i < values.size(); i += 3) {
            sums.add(Nd4j.createFromArray(naive(values.get(i), values.get(i + 1), values.get(i + 2))));
        }
        INDArray delta = sums.size() == 1 ? sums.get(0) : sums.get(0).mmul(sums.get(1));
        return delta.mul(adapter.scaling());
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void update_isTheSumOverTermsWithTheLayersCoefficients(Shape shape) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            try (AdapterSet set = random(shape, type)) {
                assertEquals(shape.parameters(), set.parameterCount());
                for (LayerAdapter adapter : set.adapters()) {
                    INDArray expected = naive(adapter);
                    assertTrue(relativeError(expected, adapter.deltaWeight()) < RandomArrays.tolerance(type));
                    INDArray w = Nd4j.create(type, shape.in(), shape.out());
                    adapter.layer().weight().copyTo(w);
                    assertTrue(relativeError(w.castTo(DataType.DOUBLE).add(expected), adapter.merge())
                            < RandomArrays.tolerance(type));
                    assertTrue(relativeError(w.castTo(DataType.DOUBLE).add(expected), adapter.merge(DataType.DOUBLE))
                            < (type == DataType.DOUBLE ? 1e-14 : 1e-13));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void passesAndGradients_agreeWithTheUpdate_andCentralDifferences(Shape shape) {
        Random random = new Random(8);
        INDArray x = RandomArrays.normal(random, DataType.DOUBLE, 5, shape.in());
        INDArray g = RandomArrays.normal(random, DataType.DOUBLE, LAYERS, 5, shape.out());
        try (AdapterSet set = random(shape, DataType.DOUBLE)) {
            CentralDifferences.assertAgree(set.parameters(), () -> {
                set.zeroGradients();
                set.materialize();
                double loss = 0;
                for (int l = 0; l < LAYERS; l++) {
                    INDArray gradOutput = g.slice(l).dup('c');
                    INDArray y = Nd4j.zeros(DataType.DOUBLE, 5, shape.out());
                    INDArray gradInput = Nd4j.zeros(DataType.DOUBLE, 5, shape.in());
                    try (LayerUpdate use = set.use("l" + l, 0)) {
                        use.forward(new int[] {0, 5}, x, y);
                        use.backward(x, gradOutput, gradInput);
                    }
                    INDArray delta = set.adapters().get(l).deltaWeight();
                    assertTrue(relativeError(x.mmul(delta), y) < 1e-12);
                    assertTrue(relativeError(gradOutput.mmul(delta.transpose()), gradInput) < 1e-12);
                    loss += y.mul(gradOutput).sumNumber().doubleValue();
                }
                set.collectGradients();
                return loss;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void start_isZero_andTheLastFactorsHaveGradients(Shape shape) {
        try (AdapterSet set = set(shape, DataType.DOUBLE)) {
            INDArray x = RandomArrays.normal(new Random(8), DataType.DOUBLE, 5, shape.in());
            for (LayerAdapter adapter : set.adapters()) {
                assertEquals(0, adapter.deltaWeight().amaxNumber().doubleValue());
                try (LayerUpdate use = set.use(adapter.name(), 0)) {
                    use.forward(new int[] {0, 5}, x, Nd4j.zeros(DataType.DOUBLE, 5, shape.out()));
                    use.backward(x, RandomArrays.normal(new Random(9), DataType.DOUBLE, 5, shape.out()), null);
                }
            }
            set.collectGradients();
            List<Parameter> parameters = set.adapters().get(0).parameters();
            for (int i = 0; i < parameters.size(); i++) {
                boolean moves = i == parameters.size() - 2;
                double gradient = parameters.get(i).gradient().amaxNumber().doubleValue();
                assertEquals(moves, gradient > 0, parameters.get(i).name());
            }
        }
    }

    @Test
    void start_ofALayer_doesNotDependOnTheOthers() {
        Shape shape = new Shape(SharedConfig.of(4, 5), 12, 6, 0);
        FrozenLinear last = FrozenLinear.of("l2", RandomArrays.normal(new Random(2), DataType.DOUBLE, 12, 6));
        try (AdapterSet set = set(shape, DataType.DOUBLE);
                AdapterSet alone = AdapterSet.create(List.of(last), shape.config(), Backends.standard());
                AdapterSet other =
                        AdapterSet.create(List.of(last), shape.config().withSeed(2), Backends.standard())) {
            List<Parameter> expected = set.adapters().get(2).parameters();
            for (int i = 0; i < expected.size(); i++) {
                INDArray value = expected.get(i).value();
                assertEquals(value, alone.adapters().get(0).parameters().get(i).value());
                if (i != expected.size() - 2) {
                    assertNotEquals(
                            value, other.adapters().get(0).parameters().get(i).value());
                }
            }
            assertNotEquals(
                    expected.get(2).value(),
                    set.adapters().get(0).parameters().get(2).value());
        }
    }

    /** A at the start has the elements' variance that LSR's has. */
    @Test
    void start_ofA_hasTheVarianceOfLsr() {
        List<FrozenLinear> layers = IntStream.range(0, 40)
                .mapToObj(i -> FrozenLinear.of("l" + i, Nd4j.zeros(DataType.DOUBLE, 64, 64)))
                .toList();
        try (AdapterSet set = AdapterSet.create(layers, SharedConfig.of(4, 50), Backends.standard());
                AdapterSet lsr = AdapterSet.create(
                        layers, LsrConfig.builder().separationRank(50).build(), Backends.standard())) {
            double shared = 0;
            double own = 0;
            for (int i = 0; i < 40; i++) {
                shared += square(((SharedAdapter) set.adapters().get(i)).sums().get(0));
                own += square(lsr.lsrAdapters().get(i).a());
            }
            assertEquals(1, shared / own, 0.15);
        }
    }

    private static double square(KroneckerSum sum) {
        return Math.pow(sum.normF(), 2);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void representation_isTheLayersMatricesOneBelowTheOther(Shape shape) {
        try (AdapterSet set = random(shape, DataType.DOUBLE)) {
            SharedAdapter first = (SharedAdapter) set.adapters().get(0);
            assertTrue(first.isFirst());
            assertFalse(((SharedAdapter) set.adapters().get(1)).isFirst());
            for (int i = 0; i < first.representations().size(); i++) {
                int side = i;
                INDArray[] matrices = set.adapters().stream()
                        .map(adapter ->
                                ((SharedAdapter) adapter).sums().get(side).materialize())
                        .toArray(INDArray[]::new);
                KroneckerSum whole = first.representations().get(i);
                assertEquals(3, whole.factors().size());
                assertTrue(relativeError(Nd4j.vstack(matrices), whole.materialize()) < 1e-13);
            }
        }
    }

    /** Terms that cancel within a layer are well conditioned together if another layer tells them apart. */
    @Test
    void condition_isThatOfRowsColumnsAndLayers() {
        Shape shape = new Shape(SharedConfig.ofWhole(2), 6, 6, 0);
        try (AdapterSet set = random(shape, DataType.DOUBLE)) {
            for (Parameter factor : set.adapters().get(0).parameters().subList(0, 2)) {
                factor.value().slice(1).assign(factor.value().slice(0));
            }
            double[][] g = {{1, -1}, {1, 1}, {0, 0}};
            for (int l = 0; l < LAYERS; l++) {
                set.adapters().get(l).parameters().get(2).value().assign(Nd4j.createFromArray(g[l]));
            }
            SharedAdapter first = (SharedAdapter) set.adapters().get(0);
            assertTrue(ConditionNumber.of(first.sums().get(0)).value() > 1e7);
            assertEquals(1, ConditionNumber.of(first.representations().get(0)).value(), 1e-12);
        }
    }

    @Test
    void settingsThatDoNotFit_areRefused() {
        assertRefused("separation rank s is 0, expected 1 to 65536", () -> SharedConfig.of(4, 0));
        assertRefused("bottleneck rank r is -1, expected >= 0", () -> SharedConfig.of(-1, 1));
        assertRefused(
                "rank factor sizes [2, 2], expected none without a bottleneck rank",
                () -> new SharedConfig(0, 1, List.of(), List.of(), List.of(2, 2), 1, 1));
        assertRefused(
                "rank factor sizes [2, 2] multiply up to 4, expected 6",
                () -> new SharedConfig(6, 1, List.of(), List.of(), List.of(2, 2), 1, 1));
        assertRefused(
                "scaling is NaN, expected a finite number",
                () -> new SharedConfig(0, 1, List.of(), List.of(), List.of(), Double.NaN, 1));
        assertRefused(
                "65536 terms of [64, 65] have more than 268435456 numbers, expected fewer terms",
                () -> SharedConfig.ofWhole(1 << 16).shape(64, 65));
        assertEquals(
                4096, SharedConfig.ofWhole(1 << 16).shape(64, 64).sums().get(0).elements());
        Shape shape = new Shape(SharedConfig.ofWhole(1).withSplits(List.of(4, 3), List.of()), 10, 6, 0);
        assertRefused(
                "layer l0: input factor sizes [4, 3] multiply up to 12, expected 10",
                () -> set(shape, DataType.DOUBLE).close());
    }

    private static void assertRefused(String message, Runnable made) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, made::run).getMessage());
    }
}

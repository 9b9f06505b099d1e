package org.lsradapt.baselines.unilora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Uni-LoRA: its places, and updates and gradients from them. PEFT's own files are in {@code KindFormTest}. */
class UniLoraTest {
    private static final int RANK = 3;
    /** The elements of A and B: 3·(12 + 6) + 3·(6 + 20) + 3·(12 + 6). */
    private static final int PLACES = 186;

    private static List<FrozenLinear> layers(DataType type) {
        return List.of(layer("b", type, 12, 6), layer("a", type, 6, 20), layer("c", type, 12, 6));
    }

    private static FrozenLinear layer(String name, DataType type, int in, int out) {
        return FrozenLinear.of(name, RandomArrays.normal(new Random(name.hashCode()), type, in, out));
    }

    private static UniLoraConfig config(int length) {
        return new UniLoraConfig(RANK, length, 0.02, 5);
    }

    private static AdapterSet set(int length, DataType type) {
        return AdapterSet.create(layers(type), config(length), Backends.standard());
    }

    /** A and B of all layers for a θ whose number i is 1 and all others 0, element by element. */
    private static List<double[]> ones(AdapterSet set, int i) {
        set.values().assign(0);
        set.values().putScalar(i, 1);
        set.materialize();
        List<double[]> elements = new ArrayList<>();
        for (LayerAdapter adapter : set.adapters()) {
            LayerAdapter.Product product = ((UniLoraAdapter) adapter).product();
            elements.add(product.left().orElseThrow().matrix().dup('c').data().asDouble());
            elements.add(product.right().dup('c').data().asDouble());
        }
        return elements;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 93, PLACES})
    void eachNumber_isInAsManyPlaces_andLengthsAreKept(int length) {
        try (AdapterSet set = set(length, DataType.DOUBLE)) {
            assertEquals(length, set.parameterCount());
            double[] sum = new double[PLACES];
            for (int i = 0; i < length; i++) {
                double[] all =
                        ones(set, i).stream().flatMapToDouble(Arrays::stream).toArray();
                assertEquals(PLACES, all.length);
                long places = Arrays.stream(all).filter(element -> element != 0).count();
                assertTrue(places == PLACES / length || places == PLACES / length + 1, places + " places");
                assertEquals(
                        1, Arrays.stream(all).map(element -> element * element).sum(), 1e-12);
                for (int j = 0; j < PLACES; j++) {
                    assertTrue(all[j] == 0 || sum[j] == 0, "element " + j + " has two numbers");
                    sum[j] += all[j];
                }
            }
            assertTrue(Arrays.stream(sum).allMatch(element -> element > 0));
        }
    }

    @Test
    void updates_areLinearInTheNumbers_ofAAndB() {
        int length = 40;
        INDArray theta = RandomArrays.normal(new Random(4), DataType.DOUBLE, length);
        try (AdapterSet set = set(length, DataType.DOUBLE)) {
            List<double[]> expected = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                List<double[]> one = ones(set, i);
                for (int m = 0; m < one.size(); m++) {
                    if (i == 0) {
                        expected.add(new double[one.get(m).length]);
                    }
                    for (int j = 0; j < one.get(m).length; j++) {
                        expected.get(m)[j] += theta.getDouble(i) * one.get(m)[j];
                    }
                }
            }
            set.values().assign(theta);
            set.materialize();
            for (int l = 0; l < 3; l++) {
                LayerAdapter adapter = set.adapters().get(l);
                INDArray a = Nd4j.createFromArray(expected.get(2 * l))
                        .reshape('c', adapter.layer().inFeatures(), RANK);
                INDArray b = Nd4j.createFromArray(expected.get(2 * l + 1))
                        .reshape('c', RANK, adapter.layer().outFeatures());
                assertTrue(relativeError(a.mmul(b), adapter.deltaWeight()) < 1e-14);
            }
        }
    }

    @Test
    void gradients_agreeWithCentralDifferences() {
        Random random = new Random(8);
        try (AdapterSet set = set(40, DataType.DOUBLE)) {
            set.values().assign(RandomArrays.normal(random, DataType.DOUBLE, 40));
            List<INDArray> xs = new ArrayList<>();
            List<INDArray> gs = new ArrayList<>();
            for (LayerAdapter adapter : set.adapters()) {
                xs.add(RandomArrays.normal(
                        random, DataType.DOUBLE, 5, adapter.layer().inFeatures()));
                gs.add(RandomArrays.normal(
                        random, DataType.DOUBLE, 5, adapter.layer().outFeatures()));
            }
            CentralDifferences.assertAgree(set.adapters().get(0).parameters(), () -> {
                set.zeroGradients();
                set.materialize();
                double loss = 0;
                for (int l = 0; l < 3; l++) {
                    LayerAdapter adapter = set.adapters().get(l);
                    INDArray y = Nd4j.zeros(DataType.DOUBLE, 5, adapter.layer().outFeatures());
                    try (LayerUpdate use = set.use(adapter.name(), 0)) {
                        use.forward(new int[] {0, 5}, xs.get(l), y);
                        use.backward(xs.get(l), gs.get(l), null);
                    }
                    loss += y.mul(gs.get(l)).sumNumber().doubleValue();
                }
                set.collectGradients();
                return loss;
            });
        }
    }

    @Test
    void startAndPlaces_dependOnTheSeed_andNotOnTheOrderOfTheLayers() {
        List<FrozenLinear> layers = layers(DataType.FLOAT);
        List<FrozenLinear> others = new ArrayList<>(layers);
        Collections.reverse(others);
        try (AdapterSet one = AdapterSet.create(layers, config(40), Backends.standard());
                AdapterSet other = AdapterSet.create(others, config(40), Backends.standard());
                AdapterSet seeded = AdapterSet.create(layers, config(40).withSeed(6), Backends.standard())) {
            double largest = one.values().amaxNumber().doubleValue();
            assertTrue(largest > 0.01 && largest <= 0.02, "largest " + largest);
            for (LayerAdapter adapter : one.adapters()) {
                float[] update = adapter.deltaWeight().data().asFloat();
                assertArrayEquals(
                        update,
                        other.find(adapter.name())
                                .orElseThrow()
                                .deltaWeight()
                                .data()
                                .asFloat());
                assertTrue(!Arrays.equals(
                        update,
                        seeded.find(adapter.name())
                                .orElseThrow()
                                .deltaWeight()
                                .data()
                                .asFloat()));
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        assertRefused("Uni-LoRA: rank r is 0, expected >= 1", () -> new UniLoraConfig(0, 9, 0.1, 1));
        assertRefused("Uni-LoRA: the vector has 0 numbers, expected >= 1", () -> UniLoraConfig.of(0));
        assertRefused(
                "Uni-LoRA: bound is NaN, expected a finite number > 0", () -> new UniLoraConfig(1, 9, Double.NaN, 1));
        assertRefused(
                "Uni-LoRA: the vector has 187 numbers, expected at most 186, the elements of A and B of all layers",
                () -> set(PLACES + 1, DataType.FLOAT));
        assertRefused(
                "layer b: Uni-LoRA: rank r is 7, expected at most the smaller width 6",
                () -> AdapterSet.create(layers(DataType.FLOAT), new UniLoraConfig(7, 9, 0.1, 1), Backends.standard()));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}

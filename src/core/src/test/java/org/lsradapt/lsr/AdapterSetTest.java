package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Sets whose adapters have configurations of their own: each adapter is what it would be alone. */
class AdapterSetTest {

    private static final Backend BACKEND = Backends.standard();
    private static final int[] WIDTHS = {1, 2, 7, 12, 30};

    private static FrozenLinear layer(Random random, String name, DataType type) {
        int in = WIDTHS[random.nextInt(WIDTHS.length)];
        int out = WIDTHS[random.nextInt(WIDTHS.length)];
        return FrozenLinear.of(name, RandomArrays.normal(random, type, in, out));
    }

    private static LsrConfig config(Random random) {
        return LsrConfig.builder()
                .bottleneckRank(1 + random.nextInt(5))
                .separationRank(1 + random.nextInt(3))
                .factorCount(1 + random.nextInt(3))
                .alpha(random.nextInt(5) - 1.5)
                .scalingRule(List.of(ScalingRule.values()).get(random.nextInt(3)))
                .termWeights(random.nextBoolean())
                .seed(random.nextInt(3))
                .build();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void adaptersOfMixedConfigurations_areWhatEachIsAlone(DataType type) {
        Random random = new Random(17);
        for (int round = 0; round < 20; round++) {
            List<FrozenLinear> layers = new ArrayList<>();
            List<LsrConfig> kinds = List.of(config(random), config(random), config(random));
            List<LsrConfig> configs = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                layers.add(layer(random, "layer." + i, type));
                configs.add(kinds.get(random.nextInt(3)));
            }
            try (AdapterSet set = AdapterSet.create(layers, layer -> configs.get(layers.indexOf(layer)), BACKEND)) {
                for (int i = 0; i < 8; i++) {
                    LsrAdapter adapter = set.lsrAdapters().get(i);
                    LsrAdapter alone = AdapterSet.create(List.of(layers.get(i)), configs.get(i), BACKEND)
                            .lsrAdapters()
                            .get(0);
                    assertEquals(configs.get(i), adapter.config());
                    assertEquals(layers.get(i).name(), adapter.name());
                    for (int p = 0; p < alone.parameters().size(); p++) {
                        Parameter parameter = adapter.parameters().get(p);
                        assertArrayEquals(numbers(alone.parameters().get(p).value()), numbers(parameter.value()));
                        parameter
                                .value()
                                .assign(RandomArrays.normal(
                                        random, type, parameter.value().shape()));
                        alone.parameters().get(p).value().assign(parameter.value());
                    }
                }
                step(set, random, type);
            }
        }
    }

    /** One step of all adapters against each alone. */
    private static void step(AdapterSet set, Random random, DataType type) {
        set.materialize();
        set.zeroGradients();
        List<double[][]> expected = new ArrayList<>();
        for (LsrAdapter adapter : set.lsrAdapters()) {
            INDArray x = RandomArrays.normal(random, type, 3, adapter.layer().inFeatures());
            INDArray gradY =
                    RandomArrays.normal(random, type, 3, adapter.layer().outFeatures());
            LsrAdapter alone = AdapterSet.create(List.of(adapter.layer()), adapter.config(), BACKEND)
                    .lsrAdapters()
                    .get(0);
            for (int p = 0; p < alone.parameters().size(); p++) {
                alone.parameters()
                        .get(p)
                        .value()
                        .assign(adapter.parameters().get(p).value());
            }
            alone.backward(x, gradY);
            expected.add(
                    alone.parameters().stream().map(p -> numbers(p.gradient())).toArray(double[][]::new));
            INDArray y = Nd4j.zeros(type, 3, adapter.layer().outFeatures());
            LayerUpdate use = set.use(adapter.name(), 0);
            use.forward(new int[] {0, 3}, x, y);
            INDArray update = x.mmul(adapter.a().materialize())
                    .mmul(adapter.b().materialize())
                    .mul(adapter.config().scaling());
            assertEquals(0, RandomArrays.relativeError(update, y), 10 * RandomArrays.tolerance(type));
            use.backward(x, gradY, null);
        }
        set.collectGradients();
        for (int i = 0; i < expected.size(); i++) {
            List<Parameter> parameters = set.lsrAdapters().get(i).parameters();
            for (int p = 0; p < parameters.size(); p++) {
                assertEquals(
                        0,
                        RandomArrays.relativeError(
                                Nd4j.createFromArray(expected.get(i)[p]),
                                Nd4j.createFromArray(numbers(parameters.get(p).gradient()))),
                        RandomArrays.tolerance(type),
                        parameters.get(p).name());
            }
        }
    }

    private static double[] numbers(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    @Test
    void config_isTheSharedOne_orRefused() {
        Random random = new Random(1);
        List<FrozenLinear> layers = List.of(layer(random, "a", DataType.FLOAT), layer(random, "b", DataType.FLOAT));
        LsrConfig one = LsrConfig.defaults();
        try (AdapterSet same = AdapterSet.create(layers, one, BACKEND);
                AdapterSet mixed =
                        same.withConfigs(adapter -> adapter.name().equals("a") ? one : LsrConfig.lora(3, 8))) {
            assertEquals(one, same.config());
            assertEquals(List.of(one, LsrConfig.lora(3, 8)), mixed.configs());
            String message =
                    assertThrows(IllegalStateException.class, mixed::config).getMessage();
            assertEquals("adapter set: the adapters have 2 different configurations, not one", message);
        }
    }

    @Test
    void sizesThatDoNotMultiplyUp_nameTheLayer() {
        Random random = new Random(1);
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("fits", RandomArrays.normal(random, DataType.FLOAT, 6, 5)),
                FrozenLinear.of("not", RandomArrays.normal(random, DataType.FLOAT, 7, 5)));
        LsrConfig six = LsrConfig.builder().inFactors(List.of(3, 2)).build();
        String message = assertThrows(
                        IllegalArgumentException.class, () -> AdapterSet.create(layers, layer -> six, BACKEND))
                .getMessage();
        assertEquals("layer not: input factor sizes [3, 2] multiply up to 6, expected 7", message);
    }
}

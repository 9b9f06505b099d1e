package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.ContractionCost;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class LsrAdapterTest {

    private static LsrAdapter randomized(Random random, INDArray w, INDArray b, LsrConfig config) {
        return randomized(random, FrozenLinear.of("linear", w, b), config);
    }

    private static LsrAdapter randomized(Random random, INDArray w, LsrConfig config) {
        return randomized(random, FrozenLinear.of("linear", w), config);
    }

    private static LsrAdapter randomized(Random random, FrozenLinear layer, LsrConfig config) {
        LsrAdapter adapter = LsrAdapter.wrap(layer, config);
        for (Parameter p : adapter.parameters()) {
            p.value().assign(normal(random, p.value().dataType(), p.value().shape()));
        }
        return adapter;
    }

    @Test
    void forward_randomShapes_equalsMergedWeight() {
        Random random = new Random(1);
        int[][] layers = {{12, 10}, {7, 13}, {1, 5}, {64, 48}};
        for (int[] layer : layers) {
            for (int d = 1; d <= 3; d++) {
                INDArray w = normal(random, DataType.DOUBLE, layer[0], layer[1]);
                INDArray before = w.dup();
                INDArray b = normal(random, DataType.DOUBLE, layer[1]);
                LsrConfig config = LsrConfig.builder()
                        .bottleneckRank(6)
                        .separationRank(3)
                        .factorCount(d)
                        .termWeights(d == 2)
                        .build();
                LsrAdapter adapter = randomized(random, w, b, config);
                INDArray x = normal(random, DataType.DOUBLE, 5, layer[0]);
                INDArray expected = x.mmul(adapter.merge()).addRowVector(b);
                assertTrue(relativeError(expected, adapter.forward(x)) < 1e-12);
                LsrAdapter.LoraMatrices lora = adapter.exportLora();
                INDArray delta = lora.a().mmul(lora.b()).mul(lora.scaling());
                assertTrue(relativeError(delta, adapter.deltaWeight()) < 1e-12);
                assertEquals(0, relativeError(before, w), "the frozen weight was written");
            }
        }
    }

    @Test
    void backward_randomLayer_agreesWithCentralDifferences() {
        Random random = new Random(2);
        INDArray w = normal(random, DataType.DOUBLE, 12, 10);
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(3)
                .alpha(1.5)
                .termWeights(true)
                .build();
        LsrAdapter adapter = randomized(random, w, config);
        INDArray x = normal(random, DataType.DOUBLE, 5, 12);
        INDArray g = normal(random, DataType.DOUBLE, 5, 10);
        adapter.zeroGradients();
        adapter.forward(x);
        INDArray gradX = adapter.backward(x, g);
        assertDifferences(adapter, x, g, x, gradX);
        for (Parameter p : adapter.parameters()) {
            assertDifferences(adapter, x, g, p.value(), p.gradient());
        }
        double first = adapter.parameters().get(0).gradient().getDouble(0);
        adapter.backward(x, g);
        assertEquals(2 * first, adapter.parameters().get(0).gradient().getDouble(0), 1e-9, "gradients add up");
    }

    /** Its promise is about the parameters and x as they are when it is called, whatever {@code forward} saw. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void backward_parametersOrXChangedSinceForward_usesThemAsTheyAre(DataType type) {
        Random random = new Random(7);
        LsrConfig config =
                LsrConfig.builder().separationRank(3).termWeights(true).build();
        LsrAdapter adapter = randomized(random, normal(random, type, 12, 10), config);
        INDArray x = normal(random, type, 5, 12);
        INDArray g = normal(random, type, 5, 10);
        List<Consumer<INDArray>> changes =
                List.of(x1 -> adapter.parameters().forEach(p -> p.value().muli(2)), x1 -> x1.muli(-3));
        for (Consumer<INDArray> change : changes) {
            adapter.forward(x);
            change.accept(x);
            adapter.zeroGradients();
            INDArray gradX = adapter.backward(x, g);
            INDArray expectedGradX = g.mmul(adapter.merge().transpose());
            assertTrue(relativeError(expectedGradX, gradX) < RandomArrays.tolerance(type));
            List<INDArray> found =
                    adapter.parameters().stream().map(p -> p.gradient().dup()).toList();
            adapter.zeroGradients();
            adapter.forward(x.dup());
            adapter.backward(x.dup(), g);
            for (int i = 0; i < found.size(); i++) {
                Parameter parameter = adapter.parameters().get(i);
                double error = relativeError(parameter.gradient(), found.get(i));
                assertTrue(error < RandomArrays.tolerance(type), parameter.name() + ": " + error);
            }
        }
    }

    @Test
    void forward_largeRankAndOneToken_goesThroughFactorsAndAgrees() {
        Random random = new Random(5);
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(1024)
                .separationRank(4)
                .termWeights(true)
                .build();
        INDArray w = normal(random, DataType.DOUBLE, 1024, 1024);
        LsrAdapter adapter = randomized(random, w, normal(random, DataType.DOUBLE, 1024), config);
        INDArray x = normal(random, DataType.DOUBLE, 1, 1024);
        assertEquals(KroneckerSum.Way.THROUGH_FACTORS, ContractionCost.cheaperWithMemory(adapter.a(), 1));
        INDArray expected =
                x.mmul(adapter.merge()).addRowVector(adapter.layer().bias().orElseThrow());
        assertTrue(relativeError(expected, adapter.forward(x)) < 1e-11);
        INDArray g = normal(random, DataType.DOUBLE, 1, 1024);
        INDArray expectedGrad = g.mmul(adapter.merge().transpose());
        adapter.parameters().get(0).value().muli(2);
        adapter.forward(x);
        adapter.parameters().get(0).value().divi(2);
        assertTrue(relativeError(expectedGrad, adapter.backward(x, g)) < 1e-11);
    }

    @Test
    void callersArrays_ofAnyContents_getWhatNewOnesWould() {
        Random random = new Random(3);
        LsrAdapter adapter = randomized(
                random,
                normal(random, DataType.FLOAT, 24, 10),
                normal(random, DataType.FLOAT, 10),
                LsrConfig.defaults());
        INDArray x = normal(random, DataType.FLOAT, 5, 24);
        INDArray other = normal(random, DataType.FLOAT, 5, 24);
        INDArray g = normal(random, DataType.FLOAT, 5, 10);
        INDArray y = Nd4j.valueArrayOf(new long[] {5, 10}, Double.NaN, DataType.FLOAT);
        INDArray gradX = Nd4j.valueArrayOf(new long[] {5, 24}, Double.NaN, DataType.FLOAT);
        INDArray merged = Nd4j.valueArrayOf(new long[] {24, 10}, Double.NaN, DataType.FLOAT);
        assertEquals(0, relativeError(adapter.forward(x), adapter.forward(x, y)));
        assertEquals(0, relativeError(adapter.backward(x, g), adapter.backward(x, g, gradX)));
        assertEquals(0, relativeError(adapter.merge(), adapter.merge(merged)));
        adapter.zeroGradients();
        adapter.backward(x, g);
        INDArray expected = adapter.parameters().get(0).gradient().dup();
        adapter.forward(other);
        adapter.zeroGradients();
        adapter.backward(x, g);
        assertEquals(0, relativeError(expected, adapter.parameters().get(0).gradient()), "x of an earlier forward");
        assertThrows(IllegalArgumentException.class, () -> adapter.forward(x, gradX));
        assertThrows(IllegalArgumentException.class, () -> adapter.backward(x, g, y));
        assertThrows(IllegalArgumentException.class, () -> adapter.merge(y));
    }

    private static void assertDifferences(LsrAdapter adapter, INDArray x, INDArray g, INDArray values, INDArray grad) {
        double step = 1e-5;
        for (long j = 0; j < values.length(); j++) {
            double old = values.getDouble(j);
            values.putScalar(j, old + step);
            double up = adapter.forward(x).mul(g).sumNumber().doubleValue();
            values.putScalar(j, old - step);
            double down = adapter.forward(x).mul(g).sumNumber().doubleValue();
            values.putScalar(j, old);
            adapter.materialize();
            assertEquals((up - down) / (2 * step), grad.getDouble(j), 1e-5);
        }
    }

    @Test
    void parameterCount_paperLayer_is3584AndLoraR8Is12288() {
        INDArray w = Nd4j.create(DataType.FLOAT, 768, 768);
        LsrAdapter lsr = LsrAdapter.wrap(w, LsrConfig.defaults());
        assertEquals(3584, lsr.parameterCount());
        assertEquals(List.of(16L, 32L, 2L), longs(lsr.a().factors().get(0)));
        assertEquals(List.of(16L, 24L, 2L), longs(lsr.a().factors().get(1)));
        LsrAdapter lora = LsrAdapter.wrap(w, LsrConfig.lora(8, 32));
        assertEquals(12288, lora.parameterCount());
        assertEquals(List.of("linear.lora_A", "linear.lora_B"), names(lora));
        assertEquals(List.of("linear.lsr_A1", "linear.lsr_A2", "linear.lsr_B1", "linear.lsr_B2"), names(lsr));
    }

    private static List<Long> longs(INDArray array) {
        return java.util.Arrays.stream(array.shape()).boxed().toList();
    }

    private static List<String> names(LsrAdapter adapter) {
        return adapter.parameters().stream().map(Parameter::name).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Initialization.class,
            names = {"ZERO_UPDATE", "KAIMING_UNIFORM"})
    void initialization_zeroUpdate_startsAtZeroAndLearnsFromSecondStep(Initialization initialization) {
        Random random = new Random(4);
        INDArray w = normal(random, DataType.DOUBLE, 96, 64);
        LsrConfig config = LsrConfig.builder().initialization(initialization).build();
        LsrAdapter adapter = LsrAdapter.wrap(w, config);
        assertEquals(0, adapter.deltaWeight().norm2Number().doubleValue());
        INDArray a = adapter.exportLora().a();
        double variance = a.mul(a).meanNumber().doubleValue();
        double wanted = (initialization == Initialization.ZERO_UPDATE ? 1.0 : 1.0 / 3) / 96;
        assertEquals(wanted, variance, 0.35 * wanted);
        INDArray x = normal(random, DataType.DOUBLE, 8, 96);
        INDArray g = normal(random, DataType.DOUBLE, 8, 64);
        for (int step = 0; step < 2; step++) {
            adapter.zeroGradients();
            adapter.forward(x);
            adapter.backward(x, g);
            for (Parameter p : adapter.parameters()) {
                boolean zero = p.gradient().norm2Number().doubleValue() == 0;
                assertEquals(step == 0 && !p.name().endsWith("B2"), zero, "step " + step + " " + p.name());
                p.value().subi(p.gradient().mul(0.01));
            }
        }
    }

    @Test
    void initialization_oneSeed_doesNotDependOnOtherLayers() {
        FrozenLinear q = FrozenLinear.of("l.query", Nd4j.create(DataType.FLOAT, 24, 24));
        FrozenLinear v = FrozenLinear.of("l.value", Nd4j.create(DataType.FLOAT, 24, 24));
        FrozenLinear o = FrozenLinear.of("l.out", Nd4j.create(DataType.FLOAT, 24, 48));
        LsrConfig config =
                LsrConfig.builder().initialization(Initialization.PAPER_AUTHORS).build();
        AdapterSet all = AdapterSet.create(List.of(q, o, v), config, Backends.standard());
        AdapterSet one = AdapterSet.create(List.of(v), config, Backends.standard());
        INDArray expected = one.lsrAdapter("l.value").deltaWeight();
        assertTrue(expected.norm2Number().doubleValue() > 0);
        assertEquals(0, relativeError(expected, all.lsrAdapter("l.value").deltaWeight()));
        assertTrue(relativeError(expected, all.lsrAdapter("l.query").deltaWeight()) > 0.1, "layers start differently");
        assertEquals(
                List.of("l.query", "l.out", "l.value"),
                all.lsrAdapters().stream().map(LsrAdapter::name).toList());
    }

    @Test
    void set_batchedStep_equalsSingleAdapters() {
        Random random = new Random(5);
        FrozenLinear q = FrozenLinear.of("q", normal(random, DataType.FLOAT, 24, 24));
        FrozenLinear v = FrozenLinear.of("v", normal(random, DataType.FLOAT, 24, 24));
        FrozenLinear o = FrozenLinear.of("o", normal(random, DataType.FLOAT, 24, 35));
        AdapterSet set = AdapterSet.create(List.of(q, v, o), LsrConfig.defaults(), Backends.standard());
        set.values().assign(normal(random, DataType.FLOAT, set.parameterCount()));
        set.materialize();
        set.zeroGradients();
        INDArray x = normal(random, DataType.FLOAT, 9, 24);
        for (LsrAdapter adapter : set.lsrAdapters()) {
            INDArray g = normal(random, DataType.FLOAT, 9, adapter.layer().outFeatures());
            INDArray y = x.mmul(Weights.copy(adapter.layer()));
            LayerUpdate use = set.use(adapter.name(), 0);
            use.forward(new int[] {0, 9}, x, y);
            LsrAdapter alone = LsrAdapter.wrap(adapter.layer(), LsrConfig.defaults());
            for (int i = 0; i < alone.parameters().size(); i++) {
                alone.parameters()
                        .get(i)
                        .value()
                        .assign(adapter.parameters().get(i).value());
            }
            assertTrue(relativeError(alone.forward(x), y) < 3e-5);
            alone.zeroGradients();
            INDArray gradX = alone.backward(x, g);
            INDArray gx = g.mmul(Weights.copy(adapter.layer()).transpose());
            use.backward(x, g, gx);
            assertTrue(relativeError(gradX, gx) < 3e-5);
            set.collectGradients();
            for (int i = 0; i < alone.parameters().size(); i++) {
                assertTrue(relativeError(
                                alone.parameters().get(i).gradient(),
                                adapter.parameters().get(i).gradient())
                        < 1e-4);
            }
        }
        double sum = 0;
        for (Parameter p : set.parameters()) {
            sum += p.gradient().norm2Number().doubleValue()
                    * p.gradient().norm2Number().doubleValue();
        }
        double norm = set.gradients().norm2Number().doubleValue();
        assertEquals(norm * norm, sum, 1e-4 * sum, "parameters cover the gradient vector");
    }

    @Test
    void wrap_columnBlockOfWiderWeight_isAdaptedInPlace() {
        Random random = new Random(6);
        INDArray wide = normal(random, DataType.FLOAT, 12, 30);
        INDArray block = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(10, 20));
        LsrAdapter adapter = randomized(random, block, LsrConfig.defaults());
        INDArray x = normal(random, DataType.FLOAT, 3, 12);
        assertTrue(relativeError(x.mmul(adapter.merge()), adapter.forward(x)) < 3e-5);
    }

    @Test
    void badInput_messageNamesOperandAndRule() {
        INDArray w = Nd4j.create(DataType.FLOAT, 768, 768);
        LsrAdapter adapter = LsrAdapter.wrap(w, LsrConfig.defaults());
        assertMessage(
                "forward: x is [8, 700], expected [*, 768] (inFeatures of linear = 32 * 24)",
                () -> adapter.forward(Nd4j.create(DataType.FLOAT, 8, 700)));
        assertMessage(
                "layer linear: input factor sizes [32, 23] multiply up to 736, expected 768",
                () -> LsrAdapter.wrap(
                        w, LsrConfig.builder().inFactors(List.of(32, 23)).build()));
        assertMessage(
                "bottleneck rank r is 0, expected >= 1",
                () -> LsrConfig.builder().bottleneckRank(0).build());
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    @Test
    void forwardAndBackward_intoTheirOperands_areRefused() {
        Random random = new Random(41);
        AdapterSet set = AdapterSet.create(
                List.of(FrozenLinear.of("s", normal(random, DataType.FLOAT, 6, 6))),
                LsrConfig.builder().build(),
                Backends.standard());
        LsrAdapter adapter = set.lsrAdapter("s");
        INDArray s = normal(random, DataType.FLOAT, 3, 6);
        INDArray g = normal(random, DataType.FLOAT, 3, 6);
        String complaint = " or shares memory with it, expected memory of its own";
        assertEquals(
                "forward: y is x" + complaint,
                assertThrows(IllegalArgumentException.class, () -> adapter.forward(s, s))
                        .getMessage());
        assertEquals(
                "backward: gradInput is x" + complaint,
                assertThrows(IllegalArgumentException.class, () -> adapter.backward(s, g, s))
                        .getMessage());
        assertEquals(
                "backward: gradInput is gradOutput" + complaint,
                assertThrows(IllegalArgumentException.class, () -> adapter.backward(s, g, g))
                        .getMessage());
        INDArray ofWeight = Views.rows(adapter.layer().weight().writable().orElseThrow(), 0, 3);
        assertEquals(
                "forward: y is the weight" + complaint,
                assertThrows(IllegalArgumentException.class, () -> adapter.forward(s, ofWeight))
                        .getMessage());
        assertEquals(
                "backward: gradInput is the weight" + complaint,
                assertThrows(IllegalArgumentException.class, () -> adapter.backward(s, g, ofWeight))
                        .getMessage());
        INDArray both = normal(random, DataType.FLOAT, 3, 12);
        INDArray expected = adapter.forward(Views.columns(both, 0, 6).dup('c'));
        adapter.forward(Views.columns(both, 0, 6), Views.columns(both, 6, 12));
        assertEquals(0, relativeError(expected, Views.columns(both, 6, 12)), "columns beside each other are apart");
        set.close();
    }

    @Test
    void forwardAndBackward_noTokens_giveNoTokens() {
        Random random = new Random(42);
        AdapterSet set = AdapterSet.create(
                List.of(FrozenLinear.of("s", normal(random, DataType.FLOAT, 6, 4))),
                LsrConfig.builder().build(),
                Backends.standard());
        LsrAdapter adapter = set.lsrAdapter("s");
        INDArray x = Nd4j.create(DataType.FLOAT, 0, 6);
        assertArrayEquals(new long[] {0, 4}, adapter.forward(x).shape());
        assertArrayEquals(
                new long[] {0, 6},
                adapter.backward(x, Nd4j.create(DataType.FLOAT, 0, 4)).shape());
        assertEquals(0, set.gradients().norm2Number().doubleValue());
        set.close();
    }
}

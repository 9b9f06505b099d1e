package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Updates and gradients against the authors' own code and PEFT; {@code golden/baselines.py} wrote the values. */
@EveryProcessor
class BaselinesGoldenTest {
    private static final double LR = 128.0 / 4 * 5;

    /** The settings of the cases, which their files cannot say. */
    private enum Case {
        LOKR(KroneckerConfig.lokr(2, 7.5), "lokr"),
        LOKR_FEWER_OUTPUTS(KroneckerConfig.lokr(2, 5), "lokr, fewer outputs"),
        LOKR_WHOLE(KroneckerConfig.lokr(0, 4.5 / 3), "lokr, whole"),
        KRONA(KroneckerConfig.krona(1.7), "krona"),
        KRONA_THIN(
                KroneckerConfig.krona(0.6).withSplits(FactorSplit.ofFirst(2), FactorSplit.ofFirst(20)), "krona, thin"),
        CDKA(KroneckerConfig.cdka(2, 4, 3, 5), "cdka"),
        CDKA_THIN(KroneckerConfig.cdka(1, 2, 2, 5), "cdka, thin"),
        KADAPTATION(KroneckerConfig.kadaptation(4, 1, LR), "kadaptation 0", "kadaptation 1");

        private final KroneckerConfig config;
        private final List<String> names;

        Case(KroneckerConfig config, String... names) {
            this.config = config;
            this.names = List.of(names);
        }

        /** One per layer. */
        List<JsonNode> golden() throws IOException {
            List<JsonNode> found = new ArrayList<>();
            for (JsonNode one : root().get("cases")) {
                if (names.contains(one.get("name").textValue())) {
                    found.add(one);
                }
            }
            assertEquals(names.size(), found.size());
            return found;
        }
    }

    private static JsonNode root() throws IOException {
        try (InputStream in = BaselinesGoldenTest.class.getResourceAsStream("/golden/baselines.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static INDArray array(JsonNode node, DataType type) {
        List<Long> shape = new ArrayList<>();
        for (JsonNode inner = node; inner.isArray(); inner = inner.get(0)) {
            shape.add((long) inner.size());
        }
        double[] numbers = numbers(node).toArray();
        return Nd4j.createFromArray(numbers)
                .castTo(type)
                .reshape('c', shape.stream().mapToLong(Long::longValue).toArray());
    }

    private static DoubleStream numbers(JsonNode node) {
        DoubleStream.Builder all = DoubleStream.builder();
        if (node.isArray()) {
            node.forEach(one -> numbers(one).forEach(all));
        } else {
            all.add(node.doubleValue());
        }
        return all.build();
    }

    private static String part(LayerAdapter adapter, Parameter parameter) {
        return parameter.name().substring((adapter.name() + ".kronecker_").length());
    }

    private static void check(Case of, DataType type) throws IOException {
        double tolerance = RandomArrays.tolerance(type);
        List<JsonNode> golden = of.golden();
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < golden.size(); i++) {
            INDArray delta = array(golden.get(i).get("delta"), type);
            layers.add(FrozenLinear.of(i + ".l", Nd4j.zeros(type, delta.shape())));
        }
        try (AdapterSet set = AdapterSet.create(layers, of.config, Backends.standard())) {
            for (int i = 0; i < layers.size(); i++) {
                LayerAdapter adapter = set.adapters().get(i);
                assertEquals(
                        golden.get(i).get("values").size(), adapter.parameters().size());
                for (Parameter parameter : adapter.parameters()) {
                    INDArray value = array(golden.get(i).get("values").get(part(adapter, parameter)), type);
                    parameter.value().assign(value);
                }
            }
            set.materialize();
            set.zeroGradients();
            for (int i = 0; i < layers.size(); i++) {
                JsonNode one = golden.get(i);
                INDArray x = array(one.get("x"), type);
                INDArray g = array(one.get("g"), type);
                INDArray delta = array(one.get("delta"), type);
                assertTrue(relativeError(delta, set.adapters().get(i).deltaWeight()) < tolerance, of + " " + i);
                INDArray y = Nd4j.ones(type, g.shape());
                INDArray gradX = Nd4j.ones(type, x.shape());
                try (LayerUpdate use = set.use(i + ".l", 0)) {
                    use.forward(new int[] {0, 3}, x, y);
                    assertTrue(relativeError(x.mmul(delta).add(1), y) < tolerance, of + " " + i);
                    use.backward(x, g, gradX);
                    assertTrue(relativeError(array(one.get("grad_x"), type).add(1), gradX) < tolerance, of + " " + i);
                }
            }
            set.collectGradients();
            for (int i = 0; i < layers.size(); i++) {
                LayerAdapter adapter = set.adapters().get(i);
                for (Parameter parameter : adapter.parameters()) {
                    INDArray expected = array(golden.get(i).get("gradients").get(part(adapter, parameter)), type);
                    assertTrue(relativeError(expected, parameter.gradient()) < tolerance, of + " " + parameter.name());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void updateAndGradients_areTheAuthors(Case of) throws IOException {
        check(of, DataType.DOUBLE);
        check(of, DataType.FLOAT);
    }

    /** The numbers of PEFT's start are uniform; the largest of many is its bound, to a few percent. */
    @Test
    void start_ofLokr_isAsFarFromZeroAsPefts() throws IOException {
        JsonNode start = root().get("lokr_start");
        FrozenLinear layer = FrozenLinear.of("l", Nd4j.zeros(DataType.FLOAT, 768, 768));
        try (AdapterSet set = AdapterSet.create(List.of(layer), KroneckerConfig.lokr(8, 8), Backends.standard())) {
            LayerAdapter adapter = set.adapters().get(0);
            for (Parameter parameter : adapter.parameters()) {
                double expected = start.get(part(adapter, parameter)).doubleValue();
                assertEquals(expected, parameter.value().amaxNumber().doubleValue(), 0.05 * expected, parameter.name());
            }
            assertEquals(24L * 24 + 8 * (32 + 32), set.parameterCount());
        }
    }
}

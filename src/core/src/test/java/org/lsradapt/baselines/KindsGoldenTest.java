package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.MissConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.lsr.AdapterConfig;
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

/** Updates and gradients against PEFT, and LoRA-XS's against numpy; {@code golden/kinds.py} wrote the values. */
@EveryProcessor
class KindsGoldenTest {

    /** The settings of the cases, which their files cannot say. */
    private enum Case {
        HIRA("hira", HiraConfig.of(3)),
        HIRA_FEWER_OUTPUTS("hira, fewer outputs", HiraConfig.of(1)),
        VERA("vera first", VeraConfig.of(7).withWidest(16, 20).withSeed(42)),
        VERA_SECOND("vera second", VERA.config),
        FOURIER_THIN("fourier, thin", new FourierConfig(3, 4.5, false, 777)),
        FOURIER("fourier", new FourierConfig(60, 11, false, 5)),
        LORA_XS("lora-xs", new LoraXsConfig(3, 7.5, 1)),
        LORA_XS_WIDE("lora-xs, wide", new LoraXsConfig(12, 5, 1)),
        MISS("miss", MissConfig.of(4)),
        MISS_INCOMPLETE("miss, incomplete", MissConfig.of(5)),
        MISS_WIDE("miss, wide", MissConfig.of(9));

        private final String label;
        private final AdapterConfig config;

        Case(String label, AdapterConfig config) {
            this.label = label;
            this.config = config;
        }

        JsonNode golden() throws IOException {
            try (InputStream in = KindsGoldenTest.class.getResourceAsStream("/golden/kinds.json")) {
                for (JsonNode one : new ObjectMapper().readTree(in).get("cases")) {
                    if (one.get("name").textValue().equals(label)) {
                        return one;
                    }
                }
            }
            throw new AssertionError(label);
        }
    }

    private static INDArray array(JsonNode node, DataType type) {
        List<Long> shape = new ArrayList<>();
        for (JsonNode inner = node; inner.isArray(); inner = inner.get(0)) {
            shape.add((long) inner.size());
        }
        return Nd4j.createFromArray(numbers(node).toArray())
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

    private static String part(Parameter parameter) {
        return parameter.name().substring("l.".length());
    }

    private static void check(Case of, DataType type) throws IOException {
        double tolerance = RandomArrays.tolerance(type);
        JsonNode golden = of.golden();
        FrozenLinear layer = FrozenLinear.of("l", array(golden.get("w"), type));
        try (AdapterSet set = AdapterSet.create(List.of(layer), of.config, Backends.standard())) {
            LayerAdapter adapter = set.adapters().get(0);
            assertEquals(golden.get("values").size(), adapter.parameters().size());
            for (Parameter parameter : adapter.parameters()) {
                INDArray value = array(golden.get("values").get(part(parameter)), type);
                assertArrayEquals(value.shape(), parameter.value().shape(), parameter.name());
                parameter.value().assign(value);
            }
            set.materialize();
            set.zeroGradients();
            INDArray x = array(golden.get("x"), type);
            INDArray g = array(golden.get("g"), type);
            INDArray delta = array(golden.get("delta"), type);
            assertTrue(relativeError(delta, adapter.deltaWeight()) < tolerance, of.label);
            INDArray y = Nd4j.ones(type, g.shape());
            INDArray gradX = Nd4j.ones(type, x.shape());
            try (LayerUpdate use = set.use("l", 0)) {
                use.forward(new int[] {0, 3}, x, y);
                assertTrue(relativeError(x.mmul(delta).add(1), y) < tolerance, of.label);
                use.backward(x, g, gradX);
                assertTrue(relativeError(array(golden.get("grad_x"), type).add(1), gradX) < tolerance, of.label);
            }
            for (int again = 0; again < 2; again++) {
                set.collectGradients();
                for (Parameter parameter : adapter.parameters()) {
                    INDArray expected = array(golden.get("gradients").get(part(parameter)), type);
                    assertTrue(relativeError(expected, parameter.gradient()) < tolerance, parameter.name());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void updateAndGradients_areTheOthers(Case of) throws IOException {
        check(of, DataType.DOUBLE);
        check(of, DataType.FLOAT);
    }
}

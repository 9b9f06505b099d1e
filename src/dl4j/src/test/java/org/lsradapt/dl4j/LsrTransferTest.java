package org.lsradapt.dl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

class LsrTransferTest {
    private final DataSet data = Networks.data(DataType.DOUBLE);
    private final INDArray x = data.getFeatures();

    @Test
    void adapt_network_startsEqualTrainsAdaptersAndHeadAndMerges() {
        MultiLayerNetwork trained = Networks.plain(DataType.DOUBLE);
        trained.fit(data);
        double[] original = numbers(trained.params());
        MultiLayerNetwork adapted =
                LsrTransfer.adapt(trained, LayerSelector.suffixes(List.of("first", "second")), Networks.SMALL);
        assertEquals(0, RandomArrays.relativeError(trained.output(x), adapted.output(x)), 1e-14);
        double before = adapted.score(data);
        for (int step = 0; step < 10; step++) {
            adapted.fit(data);
        }
        assertTrue(adapted.score(data) < before);
        for (String layer : List.of("first", "second", "third")) {
            for (String key : List.of("W", "b")) {
                assertArrayEquals(
                        numbers(trained.getLayer(layer).getParam(key)),
                        numbers(adapted.getLayer(layer).getParam(key)),
                        layer + " " + key);
            }
        }
        assertFalse(Arrays.equals(
                numbers(trained.getLayer("out").getParam("W")),
                numbers(adapted.getLayer("out").getParam("W"))));
        MultiLayerNetwork merged = LsrTransfer.merge(adapted);
        assertEquals(0, RandomArrays.relativeError(adapted.output(x), merged.output(x)), 1e-12);
        assertEquals(trained.paramTable().keySet(), merged.paramTable().keySet());
        assertTrue(Stream.of(merged.getLayers())
                .limit(3)
                .allMatch(layer -> layer.conf().getLayer() instanceof DenseLayer));
        assertEquals(
                merged.getLayerWiseConfigurations(),
                MultiLayerConfiguration.fromJson(
                        merged.getLayerWiseConfigurations().toJson()));
        merged.fit(data);
        assertArrayEquals(original, numbers(trained.params()), "the given network was written");
    }

    @Test
    void adapt_network_mayKeepLayersTrainable() {
        MultiLayerNetwork adapted = LsrTransfer.adapt(
                Networks.plain(DataType.DOUBLE), LayerSelector.suffixes(List.of("first")), Networks.SMALL, "third");
        double[] second = numbers(adapted.getLayer("second").getParam("W"));
        double[] third = numbers(adapted.getLayer("third").getParam("W"));
        adapted.fit(data);
        assertArrayEquals(second, numbers(adapted.getLayer("second").getParam("W")));
        assertFalse(Arrays.equals(third, numbers(adapted.getLayer("third").getParam("W"))));
    }

    @Test
    void adapt_graph_startsEqualTrainsAndMerges() {
        ComputationGraph trained = Networks.plainGraph(DataType.DOUBLE);
        trained.fit(data);
        ComputationGraph adapted = LsrTransfer.adapt(trained, LayerSelector.regex("left|top"), Networks.SMALL);
        assertEquals(0, RandomArrays.relativeError(trained.outputSingle(x), adapted.outputSingle(x)), 1e-14);
        double before = adapted.score(data);
        for (int step = 0; step < 10; step++) {
            adapted.fit(data);
        }
        assertTrue(adapted.score(data) < before);
        for (String layer : List.of("left", "right", "top")) {
            assertArrayEquals(
                    numbers(trained.getLayer(layer).getParam("W")),
                    numbers(adapted.getLayer(layer).getParam("W")),
                    layer);
        }
        try (AdapterSet ours = LsrTransfer.toAdapters(adapted)) {
            assertEquals(
                    List.of("left", "top"),
                    ours.lsrAdapters().stream()
                            .map(adapter -> adapter.name())
                            .sorted()
                            .toList());
            assertTrue(ours.lsrAdapter("top").deltaWeight().norm2Number().doubleValue() > 0.01);
        }
        ComputationGraph merged = LsrTransfer.merge(adapted);
        assertEquals(0, RandomArrays.relativeError(adapted.outputSingle(x), merged.outputSingle(x)), 1e-12);
        assertEquals(trained.paramTable().keySet(), merged.paramTable().keySet());
    }

    @Test
    void adapt_whatCannotBeAdapted_saysWhy() {
        MultiLayerNetwork plain = Networks.plain(DataType.DOUBLE);
        assertMessage(
                "layer selector: no layer's name ends with 'query'; the layers are [first, second, third]",
                () -> LsrTransfer.adapt(plain, LayerSelector.suffixes(List.of("query")), Networks.SMALL));
        assertMessage(
                "adapt: no layer 'head' to keep trainable; the layers are [first, second, third, out]",
                () -> LsrTransfer.adapt(plain, LayerSelector.suffixes(List.of("first")), Networks.SMALL, "head"));
        assertMessage(
                "the network is not initialized, expected init() before",
                () -> LsrTransfer.toAdapters(new MultiLayerNetwork(plain.getLayerWiseConfigurations())));
        assertMessage(
                "toAdapters: none of the layers [first, second, third, out] is an LSR layer",
                () -> LsrTransfer.toAdapters(plain));
        MultiLayerNetwork normalized = Networks.network(
                Networks.settings(DataType.DOUBLE, new Adam(0.01)).activation(Activation.TANH),
                new DenseLayer.Builder()
                        .name("normal")
                        .nIn(Networks.IN)
                        .nOut(4)
                        .hasLayerNorm(true)
                        .build(),
                Networks.output(4));
        assertMessage(
                "adapt: layer normal has layer normalization, which an LSR layer does not support",
                () -> LsrTransfer.adapt(normalized, LayerSelector.suffixes(List.of("normal")), Networks.SMALL));
    }

    private static void assertMessage(String expected, Executable call) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static double[] numbers(INDArray array) {
        return array.dup('c').data().asDouble();
    }
}

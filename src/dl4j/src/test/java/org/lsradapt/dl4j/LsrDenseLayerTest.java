package org.lsradapt.dl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.Weights;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

class LsrDenseLayerTest {
    private static final LsrConfig THREE_FACTORS = LsrConfig.builder()
            .bottleneckRank(4)
            .separationRank(2)
            .factorCount(3)
            .termWeights(true)
            .alpha(0.7)
            .build();
    private static final LsrConfig NOT_ZERO = LsrConfig.builder()
            .bottleneckRank(2)
            .alpha(1e7)
            .initialization(Initialization.PAPER_AUTHORS)
            .build();

    private static LsrDenseLayer lsr(int in, int out, LsrConfig config, boolean bias) {
        return new LsrDenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .hasBias(bias)
                .biasInit(0.3)
                .config(config)
                .build();
    }

    private static MultiLayerNetwork twoLsrLayers(DataType type, IUpdater updater) {
        MultiLayerNetwork network = Networks.network(
                Networks.settings(type, updater).activation(Activation.TANH),
                lsr(Networks.IN, 8, Networks.SMALL, true),
                lsr(8, 6, THREE_FACTORS, false),
                Networks.output(6));
        randomize(network.paramTable());
        return network;
    }

    private static void randomize(Map<String, INDArray> table) {
        Random random = new Random(2);
        table.forEach((key, value) -> value.assign(
                RandomArrays.normal(random, value.dataType(), value.shape().clone())
                        .muli(0.5)));
    }

    @Test
    void forward_isOurAdapter() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            MultiLayerNetwork network = Networks.network(
                    Networks.settings(type, new Adam(0.01)).activation(Activation.IDENTITY),
                    lsr(Networks.IN, 8, NOT_ZERO, true),
                    Networks.output(8));
            INDArray x = Networks.data(type).getFeatures();
            try (AdapterSet ours = LsrTransfer.toAdapters(network)) {
                LsrAdapter adapter = ours.lsrAdapter("layer0");
                INDArray plain = x.mmul(Weights.copy(adapter.layer()))
                        .addRowVector(adapter.layer().bias().orElseThrow());
                INDArray expected = adapter.forward(x);
                assertTrue(RandomArrays.relativeError(expected, plain) > 0.01, "the update is too small to see");
                assertEquals(
                        0,
                        RandomArrays.relativeError(
                                expected, network.feedForward(x).get(1)),
                        RandomArrays.tolerance(type));
            }
        }
    }

    @Test
    void gradients_network_passDl4jsCheck() {
        MultiLayerNetwork network = twoLsrLayers(DataType.DOUBLE, new NoOp());
        DataSet data = Networks.data(DataType.DOUBLE);
        inDouble(() -> assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(network)
                .input(data.getFeatures())
                .labels(data.getLabels())
                .maxRelError(1e-5)
                .subset(true)
                .maxPerParam(4)
                .excludeParams(frozen(network.paramTable())))));
    }

    @Test
    void gradients_graph_passDl4jsCheck() {
        ComputationGraphConfiguration conf = Networks.settings(DataType.DOUBLE, new NoOp())
                .activation(Activation.SIGMOID)
                .graphBuilder()
                .addInputs("x")
                .addLayer("left", lsr(Networks.IN, 4, Networks.SMALL, true), "x")
                .addLayer("right", Networks.dense(null, Networks.IN, 8), "x")
                .addVertex("both", new MergeVertex(), "left", "right")
                .addLayer("top", lsr(12, 6, LsrConfig.lora(2, 3), true), "both")
                .addLayer("out", Networks.output(6), "top")
                .setOutputs("out")
                .build();
        ComputationGraph network = new ComputationGraph(conf);
        network.init();
        randomize(network.paramTable());
        DataSet data = Networks.data(DataType.DOUBLE);
        Set<String> frozen = Set.of("left_W", "left_b", "top_W", "top_b");
        inDouble(() -> assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(network)
                .inputs(new INDArray[] {data.getFeatures()})
                .labels(new INDArray[] {data.getLabels()})
                .maxRelError(1e-5)
                .subset(true)
                .maxPerParam(4)
                .excludeParams(frozen))));
    }

    @Test
    void fit_trainsTheFactorsAlone() {
        MultiLayerNetwork network = Networks.network(
                Networks.settings(DataType.DOUBLE, new Adam(0.05))
                        .activation(Activation.TANH)
                        .l2(0.1),
                lsr(Networks.IN, 8, Networks.SMALL, true),
                lsr(8, 6, THREE_FACTORS, true),
                Networks.output(6));
        DataSet data = Networks.data(DataType.DOUBLE);
        Map<String, double[]> start = numbers(network.paramTable());
        double before = network.score(data);
        for (int step = 0; step < 10; step++) {
            network.fit(data);
        }
        assertTrue(network.score(data) < before);
        Set<String> frozen = frozen(network.paramTable());
        numbers(network.paramTable()).forEach((key, values) -> {
            if (frozen.contains(key)) {
                assertArrayEquals(start.get(key), values, key);
            } else {
                assertFalse(Arrays.equals(start.get(key), values), key);
            }
        });
    }

    @Test
    void configuration_throughJsonAndYaml_isTheSame() {
        MultiLayerConfiguration conf =
                twoLsrLayers(DataType.FLOAT, new Adam(0.01)).getLayerWiseConfigurations();
        assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
        assertEquals(conf, MultiLayerConfiguration.fromYaml(conf.toYaml()));
        LsrDenseLayer second = (LsrDenseLayer)
                MultiLayerConfiguration.fromJson(conf.toJson()).getConf(1).getLayer();
        assertEquals(THREE_FACTORS, second.config());
        assertFalse(second.isBias());
        assertFalse(second.equals(conf.getConf(0).getLayer()));
    }

    @Test
    void network_savedAndRestored_goesOnTheSame(@TempDir Path folder) throws Exception {
        MultiLayerNetwork network = twoLsrLayers(DataType.FLOAT, new Adam(0.01));
        DataSet data = Networks.data(DataType.FLOAT);
        network.fit(data);
        Path file = folder.resolve("network.zip");
        ModelSerializer.writeModel(network, file.toFile(), true);
        MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
        network.fit(data);
        restored.fit(data);
        assertArrayEquals(
                network.params().dup().data().asFloat(),
                restored.params().dup().data().asFloat());
        assertArrayEquals(
                network.output(data.getFeatures()).dup().data().asFloat(),
                restored.output(data.getFeatures()).dup().data().asFloat());
    }

    @Test
    void setParams_ofALayer_keepsTheOrder() {
        MultiLayerNetwork network = twoLsrLayers(DataType.DOUBLE, new Adam(0.01));
        INDArray x = Networks.data(DataType.DOUBLE).getFeatures();
        INDArray before = network.output(x).dup();
        INDArray vector = network.getLayer(0).params().dup();
        network.getLayer(0).params().assign(0);
        network.getLayer(0).setParams(vector);
        assertEquals(before, network.output(x));
        MultiLayerNetwork copy = network.clone();
        assertEquals(before, copy.output(x));
    }

    @Test
    void init_whatDoesNotFit_saysWhy() {
        LsrConfig config = LsrConfig.builder().inFactors(List.of(2, 2)).build();
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Networks.network(
                                Networks.settings(DataType.FLOAT, new Adam(0.01)),
                                lsr(Networks.IN, 8, config, true),
                                Networks.output(8)))
                .getMessage();
        assertTrue(message.startsWith("layer layer0: ") && message.contains("[2, 2]"), message);
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Networks.network(
                                Networks.settings(DataType.FLOAT16, new Adam(0.01)),
                                lsr(Networks.IN, 8, Networks.SMALL, true),
                                Networks.output(8)))
                .getMessage();
        assertEquals("layer layer0: the network's type is HALF, expected FLOAT or DOUBLE", message);
    }

    private static Set<String> frozen(Map<String, INDArray> table) {
        return table.keySet().stream()
                .filter(key -> !key.startsWith("2_") && (key.endsWith("_W") || key.endsWith("_b")))
                .collect(Collectors.toSet());
    }

    private static Map<String, double[]> numbers(Map<String, INDArray> table) {
        return table.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, e -> e.getValue().dup('c').data().asDouble()));
    }

    /** DL4J's check wants DOUBLE as the process's default type. */
    private static void inDouble(Runnable check) {
        DataType before = Nd4j.dataType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        try {
            check.run();
        } finally {
            Nd4j.setDefaultDataTypes(before, before);
        }
    }
}

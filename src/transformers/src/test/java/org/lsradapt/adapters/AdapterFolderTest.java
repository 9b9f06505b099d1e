package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;
import static org.lsradapt.adapters.TinyAdapter.FINGERPRINT;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class AdapterFolderTest {

    @TempDir
    Path parent;

    static Stream<Arguments> adapters() {
        LsrConfig lsr = LsrConfig.builder()
                .separationRank(3)
                .alpha(0.1)
                .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
                .initialization(Initialization.PAPER_AUTHORS)
                .seed(Long.MIN_VALUE)
                .build();
        LsrConfig three = LsrConfig.builder()
                .bottleneckRank(6)
                .separationRank(1)
                .factorCount(3)
                .rankFactors(List.of(1, 3, 2))
                .inFactors(List.of(2, 3, 2))
                .termWeights(true)
                .build();
        TaskDescription number = new RegressionDescription("heat", false);
        return Stream.of(
                Arguments.of(SmallModel.BERT, lsr, TinyAdapter.threeClasses()),
                Arguments.of(SmallModel.BERT, three, number),
                Arguments.of(SmallModel.ROBERTA, LsrConfig.lora(5, 32), TinyAdapter.threeClasses()),
                Arguments.of(SmallModel.DEBERTA, lsr, number),
                Arguments.of(SmallModel.LLAMA, three, TinyAdapter.threeClasses()),
                Arguments.of(SmallModel.DEBERTA, null, TinyAdapter.threeClasses()),
                Arguments.of(SmallModel.LLAMA, null, number),
                Arguments.of(SmallModel.BERT, null, TinyAdapter.threeClasses()),
                Arguments.of(SmallModel.ROBERTA, null, number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoder.layer.0.attention.self.query.lsr_A_lambda", "classifier.bias"})
    void save_ofNumbersThatAreNotFinite_keepsWhatWasThere(String name) throws IOException {
        Path folder = parent.resolve("kept");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder);
            Stream.concat(tiny.adapters.parameters().stream(), tiny.head.parameters().stream())
                    .filter(parameter -> parameter.name().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .value()
                    .putScalar(1, Double.NaN);
            assertEquals(
                    "save adapter: " + name + " has NaN or infinity, expected finite numbers",
                    assertThrows(IllegalArgumentException.class, () -> tiny.save(folder))
                            .getMessage());
        }
        AdapterFolder.load(folder).close();
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void savedAndRestored_isTheSameToTheBit(SmallModel family, LsrConfig config, TaskDescription task)
            throws IOException {
        Path folder = parent.resolve("a/b");
        try (TinyAdapter tiny = new TinyAdapter(family, config, DataType.FLOAT, task)) {
            tiny.save(folder);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, tiny.encoder, "tiny", FINGERPRINT, BACKEND)) {
                assertEquals(Optional.of(tiny.card), saved.card());
                assertEquals(Optional.ofNullable(config).stream().toList(), saved.configs());
                assertArrayEquals(
                        bits(tiny.head.values()),
                        bits(restored.head().orElseThrow().values()));
                assertEquals(tiny.head.values().length(), saved.headParameterCount());
                if (config == null) {
                    assertTrue(restored.adapters().isEmpty());
                    assertEquals(0, saved.adapterParameterCount());
                } else {
                    assertArrayEquals(
                            bits(tiny.adapters.values()),
                            bits(restored.adapters().orElseThrow().values()));
                    assertEquals(tiny.adapters.parameterCount(), saved.adapterParameterCount());
                    assertEquals(
                            config.scaling(),
                            restored.adapters()
                                    .orElseThrow()
                                    .lsrAdapters()
                                    .get(0)
                                    .scaling());
                }
                Loss loss = task instanceof RegressionDescription ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
                AdaptedModel model = SequenceModels.of(tiny.encoder, tiny.adapters, tiny.head, loss, BACKEND);
                double[][] before = model.predict(tiny.sequences());
                double[][] after = restored.predict(tiny.sequences());
                for (int i = 0; i < before.length; i++) {
                    assertArrayEquals(before[i], after[i]);
                }
            }
        }
    }

    private static int[] bits(INDArray array) {
        float[] values = array.dup('c').data().asFloat();
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void savedLayers_areTheAdaptersSums_withoutTheBaseModel() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(parent);
            try (SavedAdapter saved = AdapterFolder.load(parent)) {
                List<LsrAdapter> adapters = tiny.adapters.lsrAdapters();
                assertEquals(adapters.size(), saved.layers().size());
                for (int i = 0; i < adapters.size(); i++) {
                    SavedLayer layer = saved.layers().get(i);
                    assertEquals(adapters.get(i).name(), layer.name());
                    assertArrayEquals(
                            bits(adapters.get(i).a().materialize()),
                            bits(layer.a().materialize()));
                    assertArrayEquals(
                            bits(adapters.get(i).b().materialize()),
                            bits(layer.b().materialize()));
                }
            }
        }
    }

    @Test
    void tensorFile_hasPeftsNames_ourFactorsAndHuggingFacesHead() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(parent);
            try (SafeTensors file = SafeTensors.open(parent.resolve("adapter_model.safetensors"))) {
                String query = "base_model.model.encoder.layer.0.attention.self.query.lsr_";
                assertArrayEquals(new long[] {3, 4, 2}, file.shape(query + "A1"));
                assertArrayEquals(new long[] {3, 3, 2}, file.shape(query + "A2"));
                assertArrayEquals(new long[] {3, 2, 4}, file.shape(query + "B1"));
                assertArrayEquals(new long[] {3}, file.shape(query + "A_lambda"));
                INDArray weight = file.read("base_model.model.classifier.weight");
                assertArrayEquals(new long[] {3, 12}, weight.shape());
                assertEquals(tiny.head.parameters().get(0).value().getFloat(7, 2), weight.getFloat(2, 7));
                assertEquals("pt", file.metadata().get("format"));
            }
        }
    }

    @Test
    void configFile_saysWhatTheAdapterIs() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(parent);
        }
        JsonNode root = JsonFile.readObject(parent.resolve("adapter_config.json"));
        assertEquals(1, root.get("format_version").intValue());
        assertEquals("tiny", root.get("base_model_name_or_path").textValue());
        assertEquals(FINGERPRINT, root.get("base_model_fingerprint").textValue());
        assertEquals("fp32", root.get("storage").textValue());
        assertEquals(1, root.get("adapters").size());
        JsonNode adapter = root.get("adapters").get(0);
        assertEquals("LSR", adapter.get("peft_type").textValue());
        assertEquals(3, adapter.get("separation_rank").intValue());
        assertEquals(4.0, adapter.get("scaling").doubleValue());
        assertEquals("zero-update", adapter.get("initialization").textValue());
        assertEquals(6, adapter.get("target_modules").size());
        assertEquals(
                "encoder.layer.0.attention.self.query",
                adapter.get("target_modules").get(0).textValue());
        assertEquals(
                List.of("red", "green", "blue").toString().replace(" ", ""),
                root.get("task").get("labels").toString().replace("\"", ""));
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "ROBERTA"})
    void configurationPerLayer_savedAndRestored_isTheSameToTheBit(SmallModel family) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(family)) {
            tiny.save(parent);
            JsonNode root = JsonFile.readObject(parent.resolve("adapter_config.json"));
            assertEquals(4, root.get("adapters").size());
            assertEquals(2, root.get("adapters").get(0).get("target_modules").size());
            try (SavedAdapter saved = AdapterFolder.load(parent);
                    RestoredModel restored = RestoredModel.of(saved, tiny.encoder, "tiny", FINGERPRINT, BACKEND)) {
                assertEquals(4, saved.configs().size());
                assertEquals(tiny.adapters.parameterCount(), saved.adapterParameterCount());
                List<String> order = tiny.adapters.lsrAdapters().stream()
                        .map(LsrAdapter::name)
                        .toList();
                assertEquals(
                        order, saved.layers().stream().map(SavedLayer::name).toList());
                assertEquals(
                        order,
                        restored.adapters().orElseThrow().lsrAdapters().stream()
                                .map(LsrAdapter::name)
                                .toList());
                Path again = parent.resolve("again");
                AdapterFolder.save(
                        again,
                        tiny.card,
                        restored.adapters().orElseThrow(),
                        restored.head().orElseThrow());
                for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
                    assertEquals(-1, Files.mismatch(parent.resolve(name), again.resolve(name)), name);
                }
                for (LsrAdapter adapter : tiny.adapters.lsrAdapters()) {
                    LsrAdapter same = restored.adapters().orElseThrow().lsrAdapter(adapter.name());
                    assertEquals(adapter.config(), same.config());
                    for (int p = 0; p < adapter.parameters().size(); p++) {
                        assertArrayEquals(
                                bits(adapter.parameters().get(p).value()),
                                bits(same.parameters().get(p).value()));
                    }
                }
            }
        }
    }

    @Test
    void headAlone_hasNoAdapters() throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, null, DataType.FLOAT, TinyAdapter.threeClasses())) {
            tiny.save(parent);
        }
        JsonNode root = JsonFile.readObject(parent.resolve("adapter_config.json"));
        assertTrue(root.get("adapters").isEmpty());
    }

    @Test
    void savedTwice_isTheSameFiles() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(parent.resolve("one"));
            tiny.save(parent.resolve("two"));
        }
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(
                    -1,
                    Files.mismatch(
                            parent.resolve("one").resolve(name),
                            parent.resolve("two").resolve(name)));
        }
        try (Stream<Path> files = Files.list(parent.resolve("one"))) {
            assertEquals(2, files.count(), "nothing else may be left behind");
        }
    }

    @Test
    void tensorsReplacedButNotTheConfig_isRefused() throws IOException {
        Path old = parent.resolve("old");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(old);
            tiny.adapters.values().muli(2);
            tiny.save(parent.resolve("new"));
        }
        Files.delete(old.resolve("adapter_model.safetensors"));
        Files.copy(parent.resolve("new/adapter_model.safetensors"), old.resolve("adapter_model.safetensors"));
        String message =
                assertThrows(IOException.class, () -> AdapterFolder.load(old)).getMessage();
        assertTrue(message.contains("altered"), message);
    }

    @Test
    void doubleAdapters_areNotSaved() throws IOException {
        try (TinyAdapter tiny =
                new TinyAdapter(SmallModel.BERT, LsrConfig.defaults(), DataType.DOUBLE, TinyAdapter.threeClasses())) {
            Path folder = parent.resolve("double");
            String message = assertThrows(IllegalArgumentException.class, () -> tiny.save(folder))
                    .getMessage();
            assertTrue(message.contains("lsr_A1 is DOUBLE, expected FLOAT"), message);
            assertTrue(Files.notExists(folder));
        }
    }

    @Test
    void headOfAnotherTask_isNotSaved() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            TaskDescription coin = new ClassificationDescription("coin", List.of("heads", "tails"), false);
            AdapterCard other = new AdapterCard("tiny", "bert", FINGERPRINT, coin, 16);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> AdapterFolder.save(parent, other, tiny.adapters, tiny.head))
                    .getMessage();
            assertEquals("save adapter: the head has 3 outputs, task coin has 2", message);
        }
    }

    @Test
    void save_configurationThatCannotBeWritten_leavesNoTensorFile(@TempDir Path folder) throws IOException {
        Files.createDirectory(folder.resolve("adapter_config.json"));
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            assertThrows(IOException.class, () -> tiny.save(folder));
        }
        assertTrue(Files.notExists(folder.resolve("adapter_model.safetensors")));
    }
}

package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;
import static org.lsradapt.adapters.TinyAdapter.FINGERPRINT;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.numerics.AdapterRounding;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters of a caller's own layers, saved without head and base model. */
class AdaptersAloneTest {

    @TempDir
    Path folder;

    /** Layers of no model that the library knows, the middle one of another kind than its neighbours. */
    static List<FrozenLinear> layers(DataType type) {
        Random random = new Random(1);
        return List.of(
                FrozenLinear.of("blocks.0.up", RandomArrays.normal(random, type, 12, 10)),
                FrozenLinear.of("blocks.0.down", RandomArrays.normal(random, type, 10, 7)),
                FrozenLinear.of("blocks.1.up", RandomArrays.normal(random, type, 12, 10)));
    }

    static AdapterSet adapters(DataType type) {
        LsrConfig lsr = LsrConfig.builder()
                .separationRank(3)
                .alpha(0.5)
                .termWeights(true)
                .build();
        AdapterSet set = AdapterSet.create(
                layers(type), layer -> layer.name().endsWith("down") ? LsrConfig.lora(4, 8) : lsr, BACKEND);
        set.values().assign(RandomArrays.normal(new Random(2), type, set.parameterCount()));
        return set;
    }

    private static void assertSame(AdapterSet expected, AdapterSet found) {
        assertEquals(
                expected.lsrAdapters().stream().map(LsrAdapter::name).toList(),
                found.lsrAdapters().stream().map(LsrAdapter::name).toList());
        for (int i = 0; i < expected.lsrAdapters().size(); i++) {
            assertEquals(
                    expected.lsrAdapters().get(i).config(),
                    found.lsrAdapters().get(i).config());
        }
        assertArrayEquals(
                expected.values().data().asDouble(), found.values().data().asDouble());
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "FP16", "BF16", "INT8", "INT4"})
    void savedAlone_putOnLayersOfItsOwner_isTheSameAsRounded(Precision storage) throws IOException {
        try (AdapterSet set = adapters(DataType.FLOAT);
                AdapterSet rounded = AdapterRounding.of(set, storage)) {
            AdapterFolder.save(folder, set, storage);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    AdapterSet found = saved.adapters(layers(DataType.FLOAT), BACKEND);
                    AdapterSet wide = saved.adapters(layers(DataType.DOUBLE), BACKEND)) {
                assertEquals(Optional.empty(), saved.card());
                assertEquals(Optional.empty(), saved.head());
                assertEquals(0, saved.headParameterCount());
                assertEquals(set.parameterCount(), saved.adapterParameterCount());
                assertEquals(storage, saved.storage());
                assertSame(rounded, found);
                assertSame(rounded, wide);
                INDArray expected = rounded.lsrAdapter("blocks.0.down").deltaWeight();
                assertArrayEquals(
                        expected.data().asFloat(),
                        found.lsrAdapter("blocks.0.down").deltaWeight().data().asFloat());
            }
        }
    }

    @Test
    void savedAlone_inFp32ByDefault_loadedAndSavedAgain_isTheSameFiles() throws IOException {
        Path again = folder.resolve("again");
        try (AdapterSet set = adapters(DataType.FLOAT)) {
            AdapterFolder.save(folder, set);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    AdapterSet found = saved.adapters(layers(DataType.FLOAT), BACKEND)) {
                AdapterFolder.save(again, found, saved.storage());
            }
        }
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(-1, Files.mismatch(folder.resolve(name), again.resolve(name)), name);
        }
    }

    @Test
    void savedWithAHead_adaptersCanBePutOnLayersToo() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    AdapterSet found = saved.adapters(tiny.encoder.linearLayers(), BACKEND)) {
                assertSame(tiny.adapters, found);
            }
        }
    }

    @Test
    void layersThatDoNotFit_areRefused() throws IOException {
        try (AdapterSet set = adapters(DataType.FLOAT)) {
            AdapterFolder.save(folder, set);
        }
        List<FrozenLinear> layers = layers(DataType.FLOAT);
        FrozenLinear wider =
                FrozenLinear.of("blocks.0.down", RandomArrays.normal(new Random(3), DataType.FLOAT, 10, 8));
        try (SavedAdapter saved = AdapterFolder.load(folder);
                TinyAdapter tiny = TinyAdapter.lsr()) {
            assertRefused(
                    "the model has no layer 'blocks.0.down', which the adapter is for",
                    () -> saved.adapters(List.of(layers.get(0), layers.get(2)), BACKEND));
            assertRefused(
                    "layer 'blocks.0.down' is adapted as [10, 7], the model's is [10, 8]",
                    () -> saved.adapters(List.of(layers.get(0), wider, layers.get(2)), BACKEND));
            assertRefused(
                    "has adapters alone, without head and base model; expected both, or adapters(layers, backend)",
                    () -> RestoredModel.of(saved, tiny.encoder, "tiny", FINGERPRINT, BACKEND));
        }
    }

    @Test
    void headAlone_cannotBePutOnLayers() throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, null, DataType.FLOAT, TinyAdapter.threeClasses())) {
            tiny.save(folder);
            try (SavedAdapter saved = AdapterFolder.load(folder)) {
                assertRefused(
                        "has a head alone, expected adapters",
                        () -> saved.adapters(tiny.encoder.linearLayers(), BACKEND));
            }
        }
    }

    private void assertRefused(String complaint, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertEquals(folder + ": " + complaint, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"storage\" : \"fp32\" | \"max_length\" : 4 | field \"task\": missing, expected an object",
                "\"storage\" : \"fp32\" | \"head\" : { } | field \"head\": expected none without a classification or regression",
                "\"storage\" : \"fp32\", | | field \"storage\": missing, expected a string",
                "\"storage\" : \"fp32\" | \"storage\" : \"fp8-e4m3\" | \"storage\": saved adapter: fp8-e4m3 is not supported",
                "\"storage\" : \"fp32\" | \"storage\" : \"int8\" | lsr_A1' is FLOAT, expected BYTE",
                "\"adapters\" | \"adapter\" | field \"adapter\": not known, expected format_version, library",
                "\"LSR\" | \"LORA\" | field \"adapters[0].peft_type\": found LORA, the kinds of adapters on the class path are",
                "blocks.1.up | blocks.2.up | there is no tensor 'base_model.model.blocks.2.up.lsr_A1'",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        try (AdapterSet set = adapters(DataType.FLOAT)) {
            AdapterFolder.save(folder, set);
        }
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }

    @Test
    void whatCannotBeStored_isRefusedAndLeavesNoFolder() {
        Path other = folder.resolve("other");
        try (AdapterSet set = adapters(DataType.DOUBLE);
                AdapterSet single = adapters(DataType.FLOAT)) {
            String message = assertThrows(IllegalArgumentException.class, () -> AdapterFolder.save(other, set))
                    .getMessage();
            assertEquals("save adapter: blocks.0.up.lsr_A1 is DOUBLE, expected FLOAT", message);
            message = assertThrows(
                            IllegalArgumentException.class, () -> AdapterFolder.save(other, single, Precision.FP8_E5M2))
                    .getMessage();
            assertTrue(message.contains("fp8-e5m2 is not supported"), message);
        }
        assertTrue(Files.notExists(other));
    }

    /** As another program could write it: few numbers that would be gigabytes as dense matrices. */
    @Test
    void rank_farAboveTheLayersWidths_isRefused() throws IOException {
        List<FrozenLinear> layer = layers(DataType.FLOAT).subList(0, 1);
        LsrConfig wide = LsrConfig.builder()
                .bottleneckRank(352)
                .rankFactors(List.of(22, 16))
                .separationRank(1)
                .build();
        try (AdapterSet set = AdapterSet.create(layer, wide, BACKEND)) {
            AdapterFolder.save(folder, set);
        }
        AdapterFolder.load(folder).close();
        LsrConfig wider = LsrConfig.builder()
                .bottleneckRank(374)
                .rankFactors(List.of(22, 17))
                .separationRank(1)
                .build();
        String complaint = "bottleneck rank r is 374 between 12 and 10 features, expected at most 16 times as many";
        assertTrue(assertThrows(IllegalArgumentException.class, () -> AdapterSet.create(layer, wider, BACKEND))
                .getMessage()
                .endsWith(complaint));
        Path config = folder.resolve("adapter_config.json");
        Path tensors = folder.resolve("adapter_model.safetensors");
        Map<String, INDArray> altered = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(tensors)) {
            for (String name : file.names()) {
                boolean second = name.endsWith("2");
                long[] shape = file.shape(name);
                shape[1] = second && shape[1] == 16 ? 17 : shape[1];
                shape[2] = second && shape[2] == 16 ? 17 : shape[2];
                altered.put(name, Nd4j.ones(DataType.FLOAT, shape));
            }
        }
        SafeTensors.write(tensors, altered, Map.of());
        byte[] text = Files.readString(config)
                .replace("\"r\" : 352", "\"r\" : 374")
                .replace("16 ]", "17 ]")
                .getBytes(StandardCharsets.UTF_8);
        Files.write(config, Resealed.config(text, Files.readAllBytes(tensors)));
        assertEquals(
                tensors + ": tensor 'base_model.model.blocks.0.up.lsr_A1' and its fellow factors: " + complaint,
                assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, 'blocks.0.up.lsr_A1 has NaN or infinity, expected finite numbers'",
        "Infinity, 'blocks.0.up.lsr_A1 has NaN or infinity, expected finite numbers'",
        "1e20, 'layer blocks.0.up: the factors of A multiply up to'"
    })
    void save_ofNumbersThatLoadRefuses_throwsAndKeepsWhatWasThere(float number, String complaint) throws IOException {
        try (AdapterSet set = adapters(DataType.FLOAT)) {
            AdapterFolder.save(folder, set);
            for (Parameter parameter : set.parameters()) {
                if (parameter.name().startsWith("blocks.0.up.lsr_A")
                        && parameter.value().rank() == 3) {
                    parameter.value().assign(number);
                }
            }
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> AdapterFolder.save(folder, set));
            assertTrue(e.getMessage().startsWith("save adapter: " + complaint), e.getMessage());
        }
        AdapterFolder.load(folder).close();
    }
}

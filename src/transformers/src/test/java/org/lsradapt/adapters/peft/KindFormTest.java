package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** HiRA, VeRA, FourierFT, MiSS and Uni-LoRA as PEFT has them, from its files ({@code golden/kinds/generate.py}) and to them. */
class KindFormTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<String> LAYERS = List.of("first", "second");

    @TempDir
    Path folder;

    private static Path golden(String name) {
        try {
            return Path.of(
                    KindFormTest.class.getResource("/golden/kinds/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode updates() throws IOException {
        try (InputStream in = Files.newInputStream(golden("updates.json"))) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static INDArray matrix(JsonNode node) throws IOException {
        return Nd4j.createFromArray(new ObjectMapper().treeToValue(node, float[][].class));
    }

    private static List<FrozenLinear> layers() throws IOException {
        JsonNode weights = updates().get("weights");
        return List.of(
                FrozenLinear.of("first", matrix(weights.get("first"))),
                FrozenLinear.of("second", matrix(weights.get("second"))));
    }

    @ParameterizedTest
    @CsvSource({"hira,hira", "vera,vera", "fourierft,fourierft", "miss,miss", "unilora,lsr"})
    void import_ofPeftsFiles_hasItsUpdates_andComesBackThroughExport(String kind, String here) throws IOException {
        JsonNode expected = updates().get("updates").get(kind);
        try (ImportedAdapter imported = PeftImport.load(golden(kind));
                AdapterSet set = imported.adapters(layers(), BACKEND)) {
            for (String name : LAYERS) {
                LayerAdapter adapter = set.find(name).orElseThrow();
                assertEquals(here, adapter.config().kind());
                assertTrue(relativeError(matrix(expected.get(name)), adapter.deltaWeight()) < 1e-5, name);
            }
            AdapterFolder.save(folder.resolve("saved"), set);
        }
        export();
        try (ImportedAdapter imported = PeftImport.load(folder.resolve("peft"));
                AdapterSet set = imported.adapters(layers(), BACKEND)) {
            for (String name : LAYERS) {
                INDArray found = set.find(name).orElseThrow().deltaWeight();
                assertTrue(relativeError(matrix(expected.get(name)), found) < 1e-5, name);
            }
        }
    }

    private void export() throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder.resolve("saved"))) {
            PeftExport.saveBare(folder.resolve("peft"), "org/base", saved, Optional.empty());
        }
    }

    private void save(AdapterConfig first, AdapterConfig second) throws IOException {
        try (AdapterSet set =
                AdapterSet.create(layers(), layer -> layer.name().equals("first") ? first : second, BACKEND)) {
            set.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, set.parameterCount()));
            set.materialize();
            AdapterFolder.save(folder.resolve("saved"), set);
        }
    }

    /** Its A and B lose their factors, c goes into B. */
    @Test
    void export_ofHiraWithKroneckerSums_isPeftsHira() throws IOException {
        LsrConfig lsr = LsrConfig.builder()
                .bottleneckRank(2)
                .separationRank(3)
                .alpha(1.7)
                .build();
        save(new HiraConfig(lsr), HiraConfig.of(2));
        export();
        JsonNode config = new ObjectMapper()
                .readTree(folder.resolve("peft/adapter_config.json").toFile());
        assertEquals("HIRA", config.path("peft_type").asText());
        assertEquals(2, config.path("r").asInt());
        try (SavedAdapter saved = AdapterFolder.load(folder.resolve("saved"));
                AdapterSet set = saved.adapters(layers(), BACKEND);
                ImportedAdapter imported = PeftImport.load(folder.resolve("peft"));
                AdapterSet back = imported.adapters(layers(), BACKEND)) {
            for (LayerAdapter adapter : set.adapters()) {
                INDArray found = back.find(adapter.name()).orElseThrow().deltaWeight();
                assertTrue(relativeError(adapter.deltaWeight(), found) < 1e-5, adapter.name());
            }
        }
    }

    @Test
    void export_ofWhatPeftDoesNotHave_isRefused() throws IOException {
        HiraConfig krona = new HiraConfig(KroneckerConfig.krona(1));
        assertRefused(krona, krona, "HiRA of kind 'kronecker' is none of PEFT's");
        assertRefused(HiraConfig.of(2), HiraConfig.of(3), "have 2 different r, PEFT 0.21 gives all the same");
        assertRefused(VeraConfig.of(3), VeraConfig.of(3), "are drawn for each layer's own size");
        assertRefused(
                FourierConfig.of(3),
                FourierConfig.of(4),
                "2 different configurations of kind 'fourierft', PEFT has one");
        save(VeraConfig.of(3), LsrConfig.defaults());
        String mixed = assertThrows(IllegalStateException.class, this::export).getMessage();
        assertTrue(mixed.contains("is adapted by kind 'vera'"), mixed);
    }

    private void assertRefused(AdapterConfig first, AdapterConfig second, String message) throws IOException {
        save(first, second);
        String found =
                assertThrows(IllegalArgumentException.class, this::export).getMessage();
        assertTrue(found.contains(message), found);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "vera | 42 | 43 | tensor 'base_model.vera_A' has the number",
                "vera | \"save_projection\": true | \"save_projection\": false | \"save_projection\": found false",
                "vera | \"bias\": \"none\" | \"bias\": \"all\" | trained biases cannot be represented here",
                "vera | \"r\": 5 | \"r\": 6 | expected [r, in] and [out, r] with r = 6",
                "hira | \"hira_dropout\" | \"use_dora\": true, \"hira_dropout\" | field \"use_dora\": found true",
                "fourierft | \"n_frequency\": 9 | \"n_frequency\": 8 | expected n_frequency, the length, to be 8",
                "fourierft | \"n_frequency_pattern\": {} | \"n_frequency_pattern\": {\"first\": 9} | \"n_frequency_pattern\": found",
                "miss | \"init_weights\": true | \"init_weights\": \"bat\" | field \"init_weights\": found \"bat\", a variant",
                "fourierft | FOURIERFT | WAVEFT | found WAVEFT, expected LORA, LOKR, HIRA, VERA, FOURIERFT, MISS or UNILORA",
                "unilora | \"save_indices\": true | \"save_indices\": false | \"save_indices\": found false",
                "unilora | \"theta_d_length\": 50 | \"theta_d_length\": 49 | has 50 numbers, expected 49 as theta_d_length",
                "unilora | \"r\": 3 | \"r\": 4 | expected r, the rows, to be 4",
            })
    void alteredConfig_isRefused(String kind, String from, String to, String complaint) throws IOException {
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(golden(kind).resolve(name), folder.resolve(name));
        }
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to));
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }
}

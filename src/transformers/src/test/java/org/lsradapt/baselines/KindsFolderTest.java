package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.composed.MixedConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.MissConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.unilora.UniLoraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;

/** HiRA, VeRA, LoRA-XS and FourierFT in one folder. */
class KindsFolderTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<AdapterConfig> CONFIGS = List.of(
            HiraConfig.of(2).withSeed(4),
            new HiraConfig(
                    LsrConfig.builder().separationRank(2).termWeights(true).build()),
            new HiraConfig(KroneckerConfig.kadaptation(4, 1, 0.9)),
            new VeraConfig(3, 0.2, 12, 16, 9),
            new LoraXsConfig(2, 7, 3),
            new FourierConfig(6, 21.5, true, 777),
            new MixedConfig(List.of(2, 6), List.of(4, 2), 0.3, 8),
            new HiraConfig(MixedConfig.of(List.of(1, 4))),
            SharedConfig.of(4, 3).withSeed(6),
            SharedConfig.ofWhole(2).withSplits(List.of(3, 4), List.of(16, 1)),
            MissConfig.of(5),
            new UniLoraConfig(3, 40, 0.5, 7));

    @TempDir
    Path folder;

    /** Two of each kind, of one size. */
    private static List<FrozenLinear> layers(int in, int out) {
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < 2 * CONFIGS.size(); i++) {
            layers.add(FrozenLinear.of(i + ".l", RandomArrays.normal(new Random(i), DataType.FLOAT, in, out)));
        }
        return layers;
    }

    private static AdapterConfig config(FrozenLinear layer) {
        int index = Integer.parseInt(layer.name().substring(0, layer.name().indexOf('.')));
        return CONFIGS.get(index % CONFIGS.size());
    }

    private long save() throws IOException {
        try (AdapterSet set = AdapterSet.create(layers(12, 16), KindsFolderTest::config, BACKEND)) {
            set.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
            return set.parameterCount();
        }
    }

    @Test
    void mixedSet_savedAndLoaded_isTheSameToTheBit() throws IOException {
        long parameters = save();
        Path again = folder.resolve("again");
        try (SavedAdapter saved = AdapterFolder.load(folder);
                AdapterSet found = saved.adapters(layers(12, 16), BACKEND)) {
            assertEquals(parameters, saved.adapterParameterCount());
            assertEquals(parameters, found.parameterCount());
            for (LayerAdapter adapter : found.adapters()) {
                assertEquals(config(adapter.layer()), adapter.config());
            }
            AdapterFolder.save(again, found);
        }
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(-1, Files.mismatch(folder.resolve(name), again.resolve(name)), name);
        }
    }

    @Test
    void factorsThatLayersShare_areStoredOnce() throws IOException {
        save();
        String file = Files.readString(folder.resolve("adapter_model.safetensors"), StandardCharsets.ISO_8859_1);
        assertEquals(2, file.split("lsr_shared_A1\"", -1).length);
        assertEquals(3, file.split("lsr_shared_A_g\"", -1).length);
        assertEquals(2, file.split("uni_lora_theta\"", -1).length);
    }

    @Test
    void layersThatDoNotFit_areRefused() throws IOException {
        save();
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            String message = assertThrows(IllegalArgumentException.class, () -> saved.adapters(layers(12, 20), BACKEND))
                    .getMessage();
            assertEquals(folder + ": layer '0.l' is adapted as [12, 16], the model's is [12, 20]", message);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"out_first\" : [ 4, 2 ] | \"out_first\" : [ 4 ] | mixed sum: first factors have inputs [2, 6] and outputs [4]",
                "\"out_first\" : [ 4, 2 ] | \"out_first\" : [ 2, 4 ] | kronecker_first_1' is [1, 2, 4], adapter_config.json asks for [1, 2, 2]",
                "\"KRONECKER\" | \"VERA\" | field \"adapters[2].update.peft_type\": found VERA, expected one of [LSR, KRONECKER, KRONECKER_MIXED]",
                "\"term_weights\" : true | \"term_weights\" : true, \"more\" : 1 | field \"adapters[1].update.more\": not known",
                "\"d_initial\" : 0.2 | \"d_initial\" : \"x\" | field \"adapters[3].d_initial\": found",
                "\"widest_in\" : 12 | \"widest_in\" : -1 | VeRA: widths of A and B are -1 and 16, expected >= 0",
                "\"n_frequency\" : 6 | \"n_frequency\" : 7 | fourierft_spectrum' is [6], adapter_config.json asks for [7]",
                "\"alpha\" : 7.0 | \"beta\" : 7.0 | field \"adapters[4].beta\": not known, expected r, alpha, seed",
                "\"r\" : 3 | \"r\" : 4 | vera_lambda_d' is [3], adapter_config.json asks for [4]",
                "\"separation_rank\" : 3 | \"separation_rank\" : 4 | lsr_shared_A1' is [3, 4, 2], adapter_config.json asks for [4, *, *]",
                "[ 3, 4 ], | [ 4, 3 ], | lsr_shared_1' is [2, 3, 16], adapter_config.json asks for [2, 4, 16]",
                "[ 16, 1 ], | [ 5, 3 ], | lsr_shared_1' and its fellow factors: output factor sizes [5, 3] multiply up to 15, expected 16",
                "\"shared_with\" : \"8.l\" | \"shared_with\" : \"0.l\" | shared_with\": found 0.l, expected a layer before it",
                "\"shared_with\" : \"8.l\" | \"shared_with\" : \"19.l\" | shared_with\": found 19.l, expected a layer before it",
                "\"theta_d_length\" : 40 | \"theta_d_length\" : 41 | uni_lora_theta' is [40], adapter_config.json asks for [41]",
                "\"r\" : 5 | \"r\" : 6 | miss_block' is [5, 16], adapter_config.json asks for [6, *]",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        save();
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }
}

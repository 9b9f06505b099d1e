package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.io.SafeTensors;
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

/** Kronecker adapters as PEFT's LoKr; HuggingFaceIT compares them with PEFT itself. */
class LokrFormTest {
    private static final Backend BACKEND = Backends.standard();

    @TempDir
    Path folder;

    private static List<FrozenLinear> layers() {
        return List.of(
                FrozenLinear.of("thin", RandomArrays.normal(new Random(1), DataType.FLOAT, 24, 30)),
                FrozenLinear.of("whole", RandomArrays.normal(new Random(2), DataType.FLOAT, 13, 10)));
    }

    private AdapterSet save(AdapterConfig thin, AdapterConfig whole) throws IOException {
        AdapterSet set = AdapterSet.create(layers(), layer -> layer.name().equals("thin") ? thin : whole, BACKEND);
        set.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, set.parameterCount()));
        set.materialize();
        AdapterFolder.save(folder.resolve("saved"), set);
        return set;
    }

    private void export() throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder.resolve("saved"))) {
            PeftExport.saveBare(folder.resolve("peft"), "org/base", saved, Optional.empty());
        }
    }

    @Test
    void export_thinAndWholeFactors_haveTheShapesThatPeftChooses_andComeBackTheSame() throws IOException {
        try (AdapterSet set = save(KroneckerConfig.lokr(2, 3), KroneckerConfig.krona(1.7))) {
            export();
            JsonNode config = new ObjectMapper()
                    .readTree(folder.resolve("peft/adapter_config.json").toFile());
            assertEquals("LOKR", config.path("peft_type").asText());
            assertEquals(-1, config.path("decompose_factor").asInt());
            // A whole w2 [5, 13] has r of half of 13 or more.
            assertEquals(
                    Map.of("r", 2, "whole", 7),
                    Map.of(
                            "r",
                            config.path("r").asInt(),
                            "whole",
                            config.at("/rank_pattern/whole").asInt()));
            assertEquals(7.0, config.at("/alpha_pattern/whole").asDouble());
            try (SafeTensors tensors = SafeTensors.open(folder.resolve("peft/adapter_model.safetensors"))) {
                String path = "base_model.model.";
                assertEquals(
                        Set.of(
                                path + "thin.lokr_w1",
                                path + "thin.lokr_w2_a",
                                path + "thin.lokr_w2_b",
                                path + "whole.lokr_w1",
                                path + "whole.lokr_w2"),
                        tensors.names());
                assertEquals(List.of(5L, 4L), shape(tensors, path + "thin.lokr_w1"));
                assertEquals(List.of(6L, 2L), shape(tensors, path + "thin.lokr_w2_a"));
                assertEquals(List.of(2L, 6L), shape(tensors, path + "thin.lokr_w2_b"));
                assertEquals(List.of(2L, 1L), shape(tensors, path + "whole.lokr_w1"));
                assertEquals(List.of(5L, 13L), shape(tensors, path + "whole.lokr_w2"));
            }
            try (ImportedAdapter imported = PeftImport.load(folder.resolve("peft"));
                    AdapterSet back = imported.adapters(layers(), BACKEND)) {
                for (LayerAdapter adapter : set.adapters()) {
                    INDArray expected = adapter.deltaWeight();
                    INDArray found = back.find(adapter.name()).orElseThrow().deltaWeight();
                    double largest = expected.normmaxNumber().doubleValue();
                    assertTrue(expected.sub(found).normmaxNumber().doubleValue() < 1e-5 * largest, adapter.name());
                }
            }
        }
    }

    private static List<Long> shape(SafeTensors tensors, String name) {
        long[] shape = tensors.shape(name);
        return List.of(shape[0], shape[1]);
    }

    @Test
    void export_whatPeftsLokrIsNot_isRefused() throws IOException {
        KroneckerConfig krona = KroneckerConfig.krona(1);
        assertRefused(KroneckerConfig.cdka(2, 2, 3, 1), krona, "adapted by cdka, which is none of PEFT's");
        assertRefused(
                krona.withSplits(FactorSplit.ofFirst(2), FactorSplit.BALANCED),
                krona,
                "splits widths 2·_ and balanced");
        save(krona, LsrConfig.defaults()).close();
        String mixed = assertThrows(IllegalStateException.class, this::export).getMessage();
        assertTrue(mixed.contains("is adapted by kind 'kronecker'"), mixed);
        assertTrue(
                mixed.endsWith("PEFT has no form for it; make it LoRA first (NearestLora, or export --as-lora)"),
                mixed);
    }

    private void assertRefused(AdapterConfig thin, AdapterConfig whole, String message) throws IOException {
        save(thin, whole).close();
        String found =
                assertThrows(IllegalArgumentException.class, this::export).getMessage();
        assertTrue(found.contains(message), found);
    }
}

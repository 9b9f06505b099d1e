package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.numerics.LoraRank;
import org.lsradapt.lsr.numerics.NearestLora;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Exported classifiers against the rules by which vLLM takes an adapter, written out here from its {@code lora/peft_helper.py} and
 * {@code lora/lora_model.py} of September 2026 and of 0.10, for heads from the description of pull request 53555; vLLM itself is not run.
 */
class VllmRulesTest {
    /** The largest rank that {@code --max-lora-rank} allows. */
    private static final int MAX_LORA_RANK = 512;

    /** The linear layers of vLLM's LLaMA. */
    private static final Set<String> LLAMA =
            Set.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final String PREFIX = "base_model.model.";

    @TempDir
    Path folder;

    /** An exported folder as vLLM reads it. */
    private static final class Vllm {
        private final JsonNode config;
        private final Map<String, long[]> shapes = new LinkedHashMap<>();

        Vllm(Path folder) throws IOException {
            config = new ObjectMapper()
                    .readTree(folder.resolve("adapter_config.json").toFile());
            try (SafeTensors file = SafeTensors.open(folder.resolve("adapter_model.safetensors"))) {
                for (String name : file.names()) {
                    shapes.put(name, file.shape(name));
                }
            }
        }

        /** Adds the line for a head that docs/guides/interop.md says to add. */
        Vllm withHead(String module) {
            ((ObjectNode) config).putArray("modules_to_save").add(module);
            return this;
        }

        private List<String> saved() {
            List<String> modules = new ArrayList<>();
            config.path("modules_to_save").forEach(module -> modules.add(module.textValue()));
            return modules;
        }

        /** The complaints; none for an adapter that is taken. */
        List<String> complaints(Set<String> linear) {
            List<String> found = new ArrayList<>();
            for (String field : List.of("r", "lora_alpha", "target_modules")) {
                if (!config.has(field)) {
                    found.add("Missing required configuration fields: " + field);
                }
            }
            saved().stream()
                    .filter(module -> !Set.of("classifier", "score").contains(module))
                    .forEach(module -> found.add("Unsupported modules_to_save: " + module));
            for (String field : List.of("use_dora", "lora_bias", "layer_replication", "use_qalora")) {
                if (config.has(field)) {
                    found.add(field);
                }
            }
            if (!config.path("bias").asText("none").equals("none")) {
                found.add("Adapter bias is not supported.");
            }
            shapes.keySet().forEach(name -> tensor(name, linear).ifPresent(found::add));
            return found;
        }

        private Optional<String> tensor(String name, Set<String> linear) {
            if (isOfHead(name)) {
                return Optional.empty();
            }
            if (!name.startsWith(PREFIX) || !name.matches(".*\\.lora_[AB]\\.weight")) {
                return Optional.of(name + " is unsupported LoRA weight");
            }
            String module = module(name);
            return linear.contains(module.substring(module.lastIndexOf('.') + 1))
                    ? Optional.empty()
                    : Optional.of("expected target modules in " + linear + " but received " + module);
        }

        private boolean isOfHead(String name) {
            return saved().stream().anyMatch(module -> name.matches(".*\\.\\Q" + module + "\\E\\.(weight|bias)"));
        }

        private static String module(String name) {
            return name.substring(PREFIX.length()).replaceAll("\\.lora_[AB]\\.weight$", "");
        }

        private double pattern(String field, String module, double otherwise) {
            for (Map.Entry<String, JsonNode> entry : config.path(field).properties()) {
                if (module.matches("(.*\\.)?(" + entry.getKey() + ")")) {
                    return entry.getValue().doubleValue();
                }
            }
            return otherwise;
        }

        /** Checks each layer's rank, and returns the different scalings. */
        Set<Double> scalings() {
            Set<Double> scalings = new TreeSet<>();
            shapes.forEach((name, shape) -> {
                if (name.endsWith(".lora_A.weight")) {
                    long rank = (long) pattern(
                            "rank_pattern", module(name), config.get("r").intValue());
                    double alpha = pattern(
                            "alpha_pattern",
                            module(name),
                            config.get("lora_alpha").doubleValue());
                    assertEquals(rank, shape[0], name);
                    assertTrue(rank > 0 && rank <= MAX_LORA_RANK, name);
                    assertEquals(rank, shapes.get(name.replace("lora_A", "lora_B"))[1], name);
                    scalings.add(alpha / rank);
                }
            });
            return scalings;
        }

        double firstScaling() {
            return config.get("lora_alpha").doubleValue() / config.get("r").doubleValue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"LLAMA", "QWEN3", "GEMMA2"})
    void classifierOnALanguageModel_isTaken(SmallModel family) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(family)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        Vllm vllm = new Vllm(folder).withHead("score");
        assertEquals(List.of(), vllm.complaints(LLAMA));
        assertTrue(vllm.scalings().size() > 1, "layers are scaled by their patterns");
    }

    /** Versions that ignore the patterns, such as 0.10, scale every layer as the first. */
    @Test
    void anyKindAsLora_isTaken_withOneScaling() throws IOException {
        export(LoraRank.keeping(0.8));
        Vllm vllm = new Vllm(folder.resolve("peft")).withHead("score");
        assertEquals(List.of(), vllm.complaints(LLAMA));
        assertTrue(vllm.config.has("rank_pattern"), "ranks differ");
        assertEquals(Set.of(1.0), vllm.scalings());
        assertEquals(1, vllm.firstScaling());
    }

    private void export(LoraRank rank) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.LLAMA);
                AdapterSet hira = AdapterSet.create(
                        LayerSelector.suffixes(List.of("q_proj", "up_proj")).select(tiny.encoder.linearLayers()),
                        HiraConfig.of(2),
                        BACKEND)) {
            hira.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, hira.parameterCount()));
            INDArray one = hira.adapters().get(0).parameters().get(0).value();
            one.putScalar(0, 50);
            hira.materialize();
            AdapterFolder.save(folder.resolve("saved"), tiny.card, hira, tiny.head);
            try (SavedAdapter saved = AdapterFolder.load(folder.resolve("saved"));
                    NearestLora lora = NearestLora.of(hira, rank);
                    SavedAdapter asLora = saved.with(lora)) {
                PeftExport.save(folder.resolve("peft"), "org/base", asLora, true);
                PeftExport.save(folder.resolve("hira"), "org/base", saved, true);
            }
        }
    }

    /** HiRA's own form has other tensors and no lora_alpha. */
    @Test
    void otherForms_areNotTaken() throws IOException {
        export(LoraRank.of(2));
        List<String> complaints = new Vllm(folder.resolve("hira")).complaints(LLAMA);
        assertTrue(complaints.contains("Missing required configuration fields: lora_alpha"), complaints.toString());
        assertTrue(complaints.stream().anyMatch(one -> one.endsWith("hira_A is unsupported LoRA weight")));
    }

    /** A layer before the classifier is a module that vLLM does not take. */
    @ParameterizedTest
    @CsvSource({"DEBERTA, pooler"})
    void layerBeforeTheClassifier_isNotTaken(SmallModel family, String module) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(family)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        List<String> complaints = new Vllm(folder).complaints(Set.of("query_proj", "dense", "value_proj"));
        assertTrue(complaints.contains("Unsupported modules_to_save: " + module), complaints.toString());
    }

    /** RoBERTa's classifier is two layers in one module, whose tensors lie a level deeper than vLLM expects. */
    @Test
    void classifierOfTwoLayers_isNotTaken() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.ROBERTA)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        List<String> complaints = new Vllm(folder).complaints(Set.of("query", "dense"));
        assertTrue(
                complaints.contains(PREFIX + "classifier.dense.weight is unsupported LoRA weight"),
                complaints.toString());
    }
}

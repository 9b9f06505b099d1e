package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.ModelPath.Family;
import org.lsradapt.io.JsonFile;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.objectives.SequenceHead;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes any adapter as a plain LoRA adapter that Hugging Face PEFT loads: per layer lora_A = Aᵀ [r, in] and lora_B = Bᵀ
 * [out, r], both materialized, and lora_alpha = c·r, so that PEFT's lora_alpha / r is c. The update is the same; what is
 * lost is the factors, so that it is stored in r·(in + out) numbers a layer.
 *
 * <p>The configuration has the fewest fields that every version from 0.11 on reads: older ones refuse a field they do not
 * know. Layers are named in full; those whose r or α is not the first layer's stand in rank_pattern and alpha_pattern.
 */
public final class PeftExport {

    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";

    private PeftExport() {}

    /**
     * Writes a saved adapter with its head, for a sequence classifier; one that was saved without a head as
     * {@link #saveBare} does.
     *
     * @param folder the folder, made if there is none; each file in it is replaced as a whole
     * @param baseModel what Hugging Face calls the base model: a name or a folder
     * @param adapter the adapter; not modified
     * @param pooler whether the base model has a pooler, which the adapter does not say; RoBERTa's head needs none
     * @throws IllegalArgumentException if the head alone was trained, or BERT's head has no pooler before it
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, String baseModel, SavedAdapter adapter, boolean pooler) throws IOException {
        Map<String, INDArray> head = adapter.head().orElse(Map.of());
        requirePooler(pooler || ModelPath.familyOfHead(head.keySet()) != Family.BERT);
        write(folder, baseModel, adapter.layers(), head);
    }

    /**
     * Writes adapters with their head, for a sequence classifier.
     *
     * @param folder the folder, made if there is none; each file in it is replaced as a whole
     * @param baseModel what Hugging Face calls the base model: a name or a folder
     * @param adapters the adapters; not modified
     * @param head the head; not modified
     * @throws IllegalArgumentException if it is a BERT's and has no pooler before it
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, String baseModel, AdapterSet adapters, SequenceHead head)
            throws IOException {
        requirePooler(head.hasDenseLayer());
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        head.parameters().forEach(parameter -> arrays.put(parameter.name(), parameter.value()));
        write(folder, baseModel, adapters.lsrAdapters().stream().map(SavedLayer::of).toList(), arrays);
    }

    /**
     * Writes adapters alone, for a bare encoder ({@code BertModel}, {@code RobertaModel}).
     *
     * @param folder the folder, made if there is none; each file in it is replaced as a whole
     * @param baseModel what Hugging Face calls the base model: a name or a folder
     * @param layers the adapters, at least one; not modified
     * @throws IllegalArgumentException if there are no layers
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void saveBare(Path folder, String baseModel, List<SavedLayer> layers) throws IOException {
        write(folder, baseModel, layers, Map.of());
    }

    /** Without one, a head trained here is on the first token's state; Hugging Face's class would make a pooler. */
    private static void requirePooler(boolean pooler) {
        Require.argument(
                pooler,
                "PEFT export: the base model has no pooler, and the head is on the first token's state itself; Hugging"
                        + " Face's BertForSequenceClassification would put a random pooler before it. Write the"
                        + " adapters alone, for a bare encoder (saveBare; --bare on the command line)");
    }

    private static void write(Path folder, String baseModel, List<SavedLayer> layers, Map<String, INDArray> head)
            throws IOException {
        Require.argument(!layers.isEmpty(), "PEFT export: no adapted layers, expected at least one");
        Family family = ModelPath.familyOfHead(head.keySet());
        Require.argument(
                head.isEmpty() || family != null,
                "PEFT export: the head has %s, expected BERT's or RoBERTa's sequence classifier",
                head.keySet());
        String path = ModelPath.PEFT + (family == null ? "" : ModelPath.of(family));
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Map<String, INDArray> materialized = new LinkedHashMap<>();
        for (SavedLayer layer : layers) {
            materialized.put(path + layer.name() + ".lora_A.weight", layer.a().materialize());
            materialized.put(path + layer.name() + ".lora_B.weight", layer.b().materialize());
        }
        materialized.forEach((name, array) -> tensors.put(name, array.transpose()));
        head.forEach((name, array) -> tensors.put(ModelPath.PEFT + name, array.rank() == 2 ? array.transpose() : array));
        Files.createDirectories(folder);
        try {
            SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of("format", "pt"));
        } finally {
            materialized.values().forEach(INDArray::close);
        }
        JsonFile.write(folder.resolve(CONFIG), config(baseModel, layers, family != null));
    }

    private static ObjectNode config(String baseModel, List<SavedLayer> layers, boolean classifier) {
        int rank = layers.get(0).config().bottleneckRank();
        double alpha = alpha(layers.get(0).config());
        ObjectNode root = JsonFile.newObject();
        root.put("peft_type", "LORA");
        root.put("task_type", classifier ? "SEQ_CLS" : "FEATURE_EXTRACTION");
        root.put("base_model_name_or_path", baseModel);
        root.put("r", rank);
        root.put("lora_alpha", alpha);
        ArrayNode targets = root.putArray("target_modules");
        ObjectNode ranks = JsonFile.newObject();
        ObjectNode alphas = JsonFile.newObject();
        for (SavedLayer layer : layers) {
            targets.add(layer.name());
            // Versions up to 0.13 look a layer up in both patterns by the first of all keys that matches.
            if (layer.config().bottleneckRank() != rank || alpha(layer.config()) != alpha) {
                ranks.put(layer.name(), layer.config().bottleneckRank());
                alphas.put(layer.name(), alpha(layer.config()));
            }
        }
        if (!ranks.isEmpty()) {
            root.set("rank_pattern", ranks);
            root.set("alpha_pattern", alphas);
        }
        return root;
    }

    /** The α whose α/r is the effective factor. */
    private static double alpha(LsrConfig config) {
        return config.scalingRule() == ScalingRule.ALPHA_OVER_R
                ? config.alpha()
                : config.scaling() * config.bottleneckRank();
    }
}

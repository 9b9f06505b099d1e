package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterKinds;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes an LSR or LoRA adapter as a plain LoRA adapter that Hugging Face PEFT loads: per layer lora_A = Aᵀ [r, in] and lora_B = Bᵀ [out,
 * r], both materialized, and lora_alpha = c·r, so that PEFT's lora_alpha / r is c. The update is the same, but the factors are lost: a
 * layer takes r·(in + out) numbers.
 *
 * <p>The configuration has the minimal fields that every version from 0.11 on reads, since older versions refuse unknown fields. Layers
 * are named in full. Layers whose r or α differs from the first layer's are in rank_pattern and alpha_pattern. Layers that files fuse
 * into one, such as {@code qkv_proj}, are joined. Other trained modules of a classifier, such as a pooler, are in modules_to_save,
 * without which PEFT would not save or load them.
 *
 * <p>A saved adapter whose layers all have another {@link PeftKind} is written in that kind's form.
 *
 * <p>The folder also gets a model card for the Hugging Face Hub, {@code README.md}, unless it has one.
 */
public final class PeftExport {

    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";

    /** The modules of a classifier that PEFT saves without being told. */
    private static final Set<String> CLASSIFIERS = Set.of("classifier", "score", "qa_outputs");

    private static final String SEQUENCES = "SEQ_CLS";

    private static final String TOKENS = "TOKEN_CLS";

    private PeftExport() {}

    /**
     * Writes a saved adapter. Adapters of classifiers of sequences or tokens, and of models that find answers, are written with their
     * head; adapters of text for a language model; adapters of two towers for the model of both. Adapters of embeddings, and adapters
     * that were saved alone, are written like {@link #saveBare}.
     *
     * @param folder an empty or missing folder
     * @param baseModel the base model at Hugging Face: a name or a folder
     * @param adapter the adapter; not modified
     * @param pooler whether the base model has a pooler, which the adapter does not record; relevant for families with a
     *     {@link Family#frozenPooler}
     * @throws IllegalArgumentException if the name is empty, only the head was trained, or BERT's head has no pooler before it
     * @throws IllegalStateException if a layer's adapter has another kind than LSR and LoRA, unless all have one {@link PeftKind}
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, String baseModel, SavedAdapter adapter, boolean pooler) throws IOException {
        save(folder, baseModel, adapter, pooler, Optional.empty());
    }

    /**
     * Like {@link #save(Path, String, SavedAdapter, boolean)}; also supports families whose files fuse several layers into one
     * ({@link Family#fuses}).
     *
     * @param model the base model; not kept
     * @throws IllegalArgumentException also if the model is missing for such a family
     */
    public static void save(
            Path folder, String baseModel, SavedAdapter adapter, boolean pooler, Optional<Transformer> model)
            throws IOException {
        PeftLayers layers = inFiles(adapter, model);
        Optional<TaskDescription> task = adapter.card().map(AdapterCard::task);
        Optional<String> type = task.map(TaskDescription::peftType).orElse(Optional.of(TaskDescription.FEATURES));
        Optional<Family> family = type.filter(known -> !known.equals(TaskDescription.FEATURES))
                .map(known -> Families.named(adapter.card().orElseThrow().modelType()));
        family.ifPresent(known -> requirePooler(
                !type.get().equals(SEQUENCES) || pooler || known.frozenPooler().isEmpty(), known));
        write(
                folder,
                baseModel,
                new Content(type, family, layers, adapter.head().orElse(Map.of())),
                PeftCard.of(adapter));
    }

    /** The layers of a saved adapter, as the base model's files have them. */
    private static PeftLayers inFiles(SavedAdapter adapter, Optional<Transformer> model) {
        Optional<Family> family = adapter.card()
                .filter(card -> !card.task().hasTowers())
                .map(AdapterCard::modelType)
                .map(Families::named);
        boolean lsr = adapter.layerNames().stream()
                .map(adapter::config)
                .map(AdapterConfig::kind)
                .allMatch(LsrConfig.KIND::equals);
        if (lsr && model.isPresent() && family.map(Family::fuses).orElse(true)) {
            return PeftLayers.lora(new FusedLayers(model.get()).join(adapter.layers()));
        }
        family.ifPresent(PeftExport::requireApart);
        return kind(adapter)
                .map(kind -> kind.layers(adapter))
                .orElseGet(() -> PeftLayers.lora(adapter.layersAsLora("PEFT")));
    }

    /** The kind of all layers; empty if there are several kinds, or PEFT has none like it. */
    private static Optional<PeftKind> kind(SavedAdapter adapter) {
        AdapterKinds known = new AdapterKinds();
        List<AdapterKind<?>> kinds = adapter.layerNames().stream()
                .<AdapterKind<?>>map(layer -> known.of(adapter.config(layer)))
                .distinct()
                .toList();
        return kinds.size() == 1 && kinds.get(0) instanceof PeftKind kind ? Optional.of(kind) : Optional.empty();
    }

    private static void requireApart(Family family) {
        Require.argument(
                !family.fuses(),
                "PEFT export: files of a model of type %s have several of its layers as one; expected LSR or LoRA adapters"
                        + " that were saved, and their base model",
                family.modelType());
    }

    /** Like {@link #saveBare(Path, String, List)}; a family whose files fuse several layers into one requires the base model. */
    public static void saveBare(Path folder, String baseModel, SavedAdapter adapter, Optional<Transformer> model)
            throws IOException {
        boolean bare =
                adapter.card().filter(card -> card.task().usesHiddenStates()).isPresent();
        writeBare(folder, baseModel, inFiles(adapter, model), bare ? PeftCard.of(adapter) : PeftCard.ofBare(adapter));
    }

    /**
     * Writes adapters with their head, for a classifier of sequences or tokens, or for a model that finds answers.
     *
     * @param folder an empty or missing folder
     * @param baseModel the base model at Hugging Face: a name or a folder
     * @param task the meaning of the head's outputs
     * @param adapters the adapters; not modified
     * @param head the head; not modified
     * @throws IllegalArgumentException if the name is empty, or if the head is a BERT head without a pooler before it or belongs to
     *     another family
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(
            Path folder, String baseModel, Family family, TaskDescription task, AdapterSet adapters, SequenceHead head)
            throws IOException {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        head.parameters().forEach(parameter -> arrays.put(parameter.name(), parameter.value()));
        Optional<String> type = task.peftType();
        requirePooler(
                !type.equals(Optional.of(SEQUENCES))
                        || head.hasDenseLayer()
                        || family.frozenPooler().isEmpty(),
                family);
        List<String> expected = task.headParameters(family);
        Require.argument(
                expected.containsAll(arrays.keySet()),
                "PEFT export: the head has %s, expected those of %s: %s",
                arrays.keySet(),
                task.architecture(family),
                expected);
        write(
                folder,
                baseModel,
                new Content(
                        type,
                        Optional.of(family),
                        PeftLayers.lora(FusedLayers.modules(family, head.model().model())
                                .join(layers(adapters))),
                        arrays),
                PeftCard.of(task, family, adapters, head.values().length()));
    }

    /**
     * Writes adapters for a language model.
     *
     * @param folder an empty or missing folder
     * @param baseModel the base model at Hugging Face: a name or a folder
     * @param adapters the adapters; not modified
     * @throws IllegalArgumentException if the name is empty or the family does not predict tokens
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, String baseModel, Family family, AdapterSet adapters) throws IOException {
        Require.argument(
                family.languageModel().isPresent(),
                "PEFT export: a model of type %s is not a language model, expected a head",
                family.modelType());
        requireApart(family);
        TaskDescription task = new TextDescription("text");
        write(
                folder,
                baseModel,
                new Content(task.peftType(), Optional.of(family), PeftLayers.lora(layers(adapters)), Map.of()),
                PeftCard.of(task, family, adapters, 0));
    }

    private static List<SavedLayer> layers(AdapterSet adapters) {
        return adapters.lsrAdapters().stream().map(SavedLayer::of).toList();
    }

    /**
     * Writes adapters alone, for a base model by itself ({@code BertModel}, {@code LlamaModel}).
     *
     * @param folder an empty or missing folder
     * @param baseModel the base model at Hugging Face: a name or a folder
     * @param layers the adapters, at least one; not modified
     * @throws IllegalArgumentException if the name is empty or there are no layers
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void saveBare(Path folder, String baseModel, List<SavedLayer> layers) throws IOException {
        writeBare(folder, baseModel, PeftLayers.lora(layers), PeftCard.of(layers));
    }

    private static void writeBare(Path folder, String baseModel, PeftLayers layers, PeftCard card) throws IOException {
        write(
                folder,
                baseModel,
                new Content(Optional.of(TaskDescription.FEATURES), Optional.empty(), layers, Map.of()),
                card);
    }

    /** Without a pooler, a head trained here reads the first token's state; Hugging Face's class would create a pooler. */
    private static void requirePooler(boolean pooler, Family family) {
        Require.argument(
                pooler,
                "PEFT export: the base model has no pooler, and the head is on the first token's state itself; Hugging"
                        + " Face's %s would put a random pooler before it. Write the"
                        + " adapters alone, for a bare encoder (saveBare; --bare on the command line)",
                family.sequenceClassifier());
    }

    private record Content(
            Optional<String> type, Optional<Family> family, PeftLayers layers, Map<String, INDArray> head) {}

    private static void write(Path folder, String baseModel, Content content, PeftCard card) throws IOException {
        Optional<Family> family = content.family();
        PeftLayers layers = content.layers();
        Map<String, INDArray> head = content.head();
        Require.argument(
                !baseModel.isBlank(),
                "PEFT export: the base model's name is empty, expected a name on Hugging Face's hub or a folder");
        Require.argument(!layers.names().isEmpty(), "PEFT export: no adapted layers, expected at least one");
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Map<String, INDArray> materialized = layers.all(layer -> FileLayout.PEFT
                + family.map(known -> known.path(known.module(layer))).orElse(layer));
        materialized.forEach((name, array) -> tensors.put(name, array.rank() < 2 ? array : array.transpose()));
        head.forEach(
                (name, array) -> tensors.put(FileLayout.PEFT + name, array.rank() == 2 ? array.transpose() : array));
        ObjectNode config = config(baseModel, content);
        boolean named = family.isPresent()
                && (!family.get().isPeftTask()
                        || content.type().filter(TOKENS::equals).isPresent()
                        || head.keySet().stream().anyMatch(name -> !CLASSIFIERS.contains(module(name))));
        if (named && !head.isEmpty()) {
            ArrayNode saved = config.putArray("modules_to_save");
            head.keySet().stream().map(PeftExport::module).distinct().forEach(saved::add);
        }
        try {
            AtomicFolder.write(folder, beside -> {
                Files.createDirectories(beside);
                SafeTensors.write(beside.resolve(TENSORS), tensors, Map.of("format", "pt"));
                card.card(baseModel, layers.type()).write(beside);
                JsonFile.write(beside.resolve(CONFIG), config);
            });
        } finally {
            materialized.values().forEach(INDArray::close);
        }
    }

    private static String module(String parameter) {
        return parameter.substring(0, parameter.indexOf('.'));
    }

    private static ObjectNode config(String baseModel, Content content) {
        Optional<Family> family = content.family();
        PeftLayers layers = content.layers();
        ObjectNode root = JsonFile.newObject();
        root.put("peft_type", layers.type());
        content.type()
                .filter(known -> family.map(Family::isPeftTask).orElse(true))
                .ifPresent(known -> root.put("task_type", known));
        root.put("base_model_name_or_path", baseModel);
        layers.configure(root, layer -> family.map(known -> known.module(layer)).orElse(layer));
        return root;
    }
}

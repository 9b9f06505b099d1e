package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lsradapt.families.Family;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.description.TaskDescription;
import org.nd4j.linalg.api.buffer.DataType;

/** Builds the JSON files of a merged model's folder. */
final class MergedConfig {

    /** The special tokens of BERT's and RoBERTa's tokenizers, by their field. */
    private static final Map<String, List<String>> SPECIAL = Map.of(
            "pad_token", List.of("[PAD]", "<pad>"),
            "unk_token", List.of("[UNK]", "<unk>"),
            "cls_token", List.of("[CLS]", "<s>"),
            "sep_token", List.of("[SEP]", "</s>"),
            "mask_token", List.of("[MASK]", "<mask>"));

    private static final List<String> HEAD_FIELDS = Stream.of(
                    List.of("problem_type", "num_labels", "id2label", "label2id"),
                    TaskDescription.ownHubFields(),
                    SavedHead.CROSS_ENCODERS)
            .flatMap(List::stream)
            .toList();

    private static final int NO_TOKEN = -1;
    private static final String END = "eos_token_id";

    private MergedConfig() {}

    /** {@code config.json}: the base model's, with the architecture, a classifier's labels, and the data type of the weights. */
    static ObjectNode config(MergedModel model, DataType type) {
        ObjectNode root = config(whole(model), model.architecture(), type);
        if (model.head().isPresent()) {
            padding(model).ifPresent(id -> root.put("pad_token_id", id));
            addTask(root, model.task());
        }
        addEnds(root, model);
        return root;
    }

    /** The base model's configuration, inside the larger one that configures its classifier where there is one. */
    private static ObjectNode whole(MergedModel model) {
        ObjectNode config = model.base().config();
        Family family = model.base().family();
        if (family.largerType().isEmpty() || !config.path("model_type").asText().equals(family.modelType())) {
            return config;
        }
        ObjectNode root =
                JsonFile.newObject().put("model_type", family.largerType().get());
        root.set(family.section().orElseThrow(), config.deepCopy());
        return root;
    }

    static ObjectNode config(ObjectNode base, String architecture, DataType type) {
        ObjectNode root = base.deepCopy();
        root.remove(List.of("dtype", "_name_or_path", "transformers_version"));
        root.putArray("architectures").add(architecture);
        root.put("torch_dtype", torchName(type));
        return root;
    }

    /**
     * The padding of a classifier whose base model names none, which a batch of texts needs: the end of text. If the
     * tokenizer ends texts with that token, the classifier would take it for padding and pass over it. Then the padding
     * is the token with which the tokenizer begins texts, or any other token.
     */
    private static OptionalInt padding(MergedModel model) {
        PretrainedModel base = model.base();
        JsonNode end = base.config().path(END);
        int id = end.path(0).asInt(end.asInt(NO_TOKEN));
        if (model.head().isEmpty()
                || base.images().isPresent()
                || base.config().hasNonNull("pad_token_id")
                || id == NO_TOKEN) {
            return OptionalInt.empty();
        }
        int[] any = base.tokenizer().encode("a", null, base.model().maxTokens()).ids();
        if (any[any.length - 1] != id) {
            return OptionalInt.of(id);
        }
        return OptionalInt.of(any[0] != id ? any[0] : id == 0 ? 1 : 0);
    }

    /** Adds the end tokens of a language model that ends texts with several, unless generation_config.json has them. */
    private static void addEnds(ObjectNode root, MergedModel model) {
        Set<Integer> ends = ends(model);
        if (ends.size() > 1 && generation(model).isEmpty()) {
            ends.forEach(root.putArray(END)::add);
        }
    }

    /** The base model's {@code generation_config.json}, if any, with the end token that the adapter has learned. */
    static Optional<ObjectNode> generation(MergedModel model) {
        return settings(model).flatMap(GenerationSettings::file).map(file -> {
            ObjectNode root = file.deepCopy();
            ends(model).forEach(root.putArray(END)::add);
            return root;
        });
    }

    private static Optional<GenerationSettings> settings(MergedModel model) {
        return model.head().isEmpty() ? model.base().generation() : Optional.empty();
    }

    private static Set<Integer> ends(MergedModel model) {
        Set<Integer> ends = new TreeSet<>();
        settings(model).ifPresent(settings -> {
            ends.addAll(settings.endTokens());
            model.base().tokenizer().endToken().ifPresent(ends::add);
        });
        return ends;
    }

    /** Replaces the fields that describe a head by those of the task. */
    private static void addTask(ObjectNode root, TaskDescription task) {
        Map<String, Object> fields = task.hubFields();
        root.remove(
                HEAD_FIELDS.stream().filter(name -> !fields.containsKey(name)).toList());
        fields.forEach((name, value) -> root.set(name, JsonFile.node(value)));
    }

    /** The names of a head's outputs in {@code config.json}; empty if transformers has them without a name. */
    @SuppressWarnings("unchecked")
    static List<String> outputs(TaskDescription task) {
        Map<String, String> names = (Map<String, String>) task.hubFields().getOrDefault("id2label", Map.of());
        return List.copyOf(names.values());
    }

    private static String torchName(DataType type) {
        Require.argument(
                type == DataType.FLOAT || type == DataType.FLOAT16 || type == DataType.BFLOAT16,
                "merged model: the type is %s, expected FLOAT, FLOAT16 or BFLOAT16",
                type);
        return type == DataType.FLOAT ? "float32" : type == DataType.FLOAT16 ? "float16" : "bfloat16";
    }

    /**
     * {@code tokenizer_config.json}: the base model's where it has one. Its class takes {@code tokenizer.json}
     * unchanged (BertTokenizerFast would replace the normalizer). The file has the added tokens, the special tokens,
     * including a classifier's {@link #padding}, and the longest input.
     */
    static ObjectNode tokenizerConfig(byte[] tokenizer, MergedModel model, int maxLength) throws IOException {
        PretrainedModel base = model.base();
        ObjectNode root = base.tokenizerConfig().map(ObjectNode::deepCopy).orElseGet(JsonFile::newObject);
        root.remove(List.of("auto_map", "added_tokens_decoder"));
        root.put("tokenizer_class", "PreTrainedTokenizerFast").put("model_max_length", maxLength);
        ArrayNode inputs = root.putArray("model_input_names").add("input_ids");
        if (base.tokenizerGivesTypes()) {
            inputs.add("token_type_ids");
        }
        inputs.add("attention_mask");
        OptionalInt padding = padding(model);
        boolean known = base.tokenizerConfig().isPresent();
        for (JsonNode token : new JsonMapper().readTree(tokenizer).path("added_tokens")) {
            String content = token.path("content").asText();
            if (padding.isPresent() && token.path("id").asInt() == padding.getAsInt()) {
                root.put("pad_token", content);
            }
            if (known) {
                continue;
            }
            SPECIAL.forEach((use, contents) -> {
                if (contents.contains(content)) {
                    root.put(use, content);
                }
            });
        }
        return root;
    }
}

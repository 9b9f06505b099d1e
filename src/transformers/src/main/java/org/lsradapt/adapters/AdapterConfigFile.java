package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.BasePrecision;

/**
 * What {@code adapter_config.json} holds; docs/format.md describes it. Written is the first version of the format that
 * can say it.
 *
 * @param libraryVersion the version that wrote it
 * @param card base model and task; empty if adapters were saved without
 * @param adapters the adapted layers by their full names, with their configurations; empty if the head alone was
 *     trained
 * @param storage what the adapters' factors are stored in
 * @param headParameters names of the head's arrays; empty without a head
 * @param tensors the tensor file
 */
record AdapterConfigFile(
        String libraryVersion,
        Optional<AdapterCard> card,
        Map<String, StoredConfig> adapters,
        Precision storage,
        List<String> headParameters,
        TensorFile tensors) {

    static final String NAME = "adapter_config.json";

    /** One configuration for all adapters. */
    private static final int COMMON = 1;
    /** Several. */
    private static final int PER_LAYER = 2;
    /** One or several, and factors that are not in FP32. */
    private static final int STORED = 3;
    /** As the third, in any storage, for any family or none and any kind of task or none. */
    private static final int GENERAL = 4;
    /** As the fourth, in FP32, of any kinds. */
    private static final int KINDS = 5;
    /** As the fifth, in any storage, on a base model whose weights were kept in another precision than its files'. */
    private static final int ON_ROUNDED_BASE = 6;
    /** As the sixth, on any base model, of embeddings. */
    private static final int EMBEDDINGS = 7;
    /** As the sixth, on any base model of two towers, of images and texts. */
    private static final int TOWERS = 8;

    /** What {@link ConfigSeal} leaves out. */
    private static final String TENSORS = "tensors";

    private static final String FILE = "file";

    private static final String PEFT_TYPE = "peft_type";
    private static final String TARGETS = "target_modules";

    private static final String[] FIELDS = {
        "format_version",
        "library_version",
        "base_model_name_or_path",
        "base_model_fingerprint",
        "max_length",
        PEFT_TYPE,
        "adapter",
        "adapters",
        "storage",
        "task",
        "head",
        "tensors"
    };
    private static final String[] GENERAL_FIELDS = {
        "format_version",
        "library_version",
        "base_model_name_or_path",
        "base_model_fingerprint",
        "model_type",
        "max_length",
        PEFT_TYPE,
        "adapters",
        "storage",
        "task",
        "head",
        "tensors"
    };
    private static final String[] KINDS_FIELDS =
            Stream.of(GENERAL_FIELDS).filter(name -> !name.equals(PEFT_TYPE)).toArray(String[]::new);
    private static final String BASE_PRECISION = "base_precision";
    private static final String[] ON_ROUNDED_BASE_FIELDS =
            Stream.concat(Stream.of(KINDS_FIELDS), Stream.of(BASE_PRECISION)).toArray(String[]::new);
    private static final String TEMPLATE = "template";
    private static final String EMBEDDING = "embedding";
    private static final String[] EMBEDDINGS_FIELDS = Stream.concat(
                    Stream.of(ON_ROUNDED_BASE_FIELDS), Stream.of(EMBEDDING))
            .toArray(String[]::new);
    /** Where one of them is, all are. */
    private static final List<String> CARD_FIELDS =
            List.of("base_model_name_or_path", "base_model_fingerprint", "model_type", "max_length", "task");

    private static final String ROBERTA_OUTPUT = "classifier.out_proj.weight";

    /** The same for another tensor file. */
    AdapterConfigFile withTensors(TensorFile other) {
        return new AdapterConfigFile(libraryVersion, card, adapters, storage, headParameters, other);
    }

    /** The file's content. */
    byte[] bytes() throws IOException {
        ObjectNode root = JsonFile.newObject();
        Map<StoredConfig, List<String>> targets = new LinkedHashMap<>();
        adapters.forEach((layer, config) ->
                targets.computeIfAbsent(config, first -> new ArrayList<>()).add(layer));
        int version = lowestVersion(targets.size());
        root.put("format_version", version);
        root.put("library_version", libraryVersion);
        card.ifPresent(known -> {
            root.put("base_model_name_or_path", known.baseModel());
            root.put("base_model_fingerprint", known.baseFingerprint());
            if (version >= GENERAL) {
                root.put("model_type", known.modelType());
            }
            root.put("max_length", known.maxLength());
            if (version >= ON_ROUNDED_BASE) {
                root.put(BASE_PRECISION, known.basePrecision().label());
            }
            known.embedding().ifPresent(settings -> writeEmbedding(root.putObject(EMBEDDING), settings));
        });
        if (!targets.isEmpty() && version < KINDS) {
            root.put(PEFT_TYPE, LsrFormat.PEFT_TYPE);
        }
        if (version >= STORED) {
            root.put("storage", storage.label());
        }
        if (targets.size() == 1 && version == COMMON) {
            targets.forEach((config, layers) -> writeAdapter(root.putObject("adapter"), config, layers));
        } else if (!targets.isEmpty()) {
            ArrayNode sections = root.putArray("adapters");
            targets.forEach((config, layers) -> {
                ObjectNode section = sections.addObject();
                if (version >= KINDS) {
                    section.put(PEFT_TYPE, config.format().peftType());
                }
                writeAdapter(section, config, layers);
            });
        }
        card.ifPresent(known -> writeTask(root, known.task()));
        ObjectNode check = root.putObject(TENSORS);
        if (!tensors.name().equals(TensorFile.FIRST)) {
            check.put(FILE, tensors.name());
        }
        check.put("bytes", tensors.bytes());
        check.put("crc32c", tensors.crc32c());
        return JsonFile.bytes(root);
    }

    private static void writeEmbedding(ObjectNode node, EmbeddingSettings settings) {
        node.put("pooling", settings.pooling().label());
        node.put("normalized", settings.normalized());
        node.put("query_prefix", settings.queryPrefix());
        node.put("passage_prefix", settings.passagePrefix());
    }

    private int lowestVersion(int configurations) {
        if (card.isPresent() && card.get().embedding().isPresent()) {
            return EMBEDDINGS;
        }
        if (card.isPresent() && card.get().task().isImageText()) {
            return TOWERS;
        }
        if (card.isPresent() && card.get().basePrecision() != BasePrecision.STORED) {
            return ON_ROUNDED_BASE;
        }
        if (!adapters.values().stream().allMatch(StoredConfig::isLsr)) {
            return KINDS;
        }
        boolean older = card.isPresent()
                && !headParameters.isEmpty()
                && card.get().modelType().equals(olderModelType(headParameters));
        if (!older) {
            return GENERAL;
        }
        return storage != Precision.FP32 ? STORED : configurations > 1 ? PER_LAYER : COMMON;
    }

    /** The family of the versions without {@code model_type}, which are for two. */
    private static String olderModelType(List<String> headParameters) {
        return headParameters.contains(ROBERTA_OUTPUT) ? "roberta" : "bert";
    }

    private void writeTask(ObjectNode root, TaskDescription task) {
        ObjectNode taskNode = root.putObject("task");
        taskNode.put("name", task.name());
        taskNode.put("kind", task.kind().label());
        if (task.isImageText()) {
            task.template().ifPresent(template -> {
                putTexts(taskNode, "labels", task.labels());
                taskNode.put(TEMPLATE, template);
            });
        }
        if (!task.hasHead()) {
            return;
        }
        putTexts(taskNode, "labels", task.labels());
        taskNode.put("pairs", task.pairs());
        ObjectNode head = root.putObject("head");
        head.put("outputs", task.outputs());
        putTexts(head, "parameters", headParameters);
    }

    private static void writeAdapter(ObjectNode node, StoredConfig stored, List<String> targets) {
        stored.format().write(stored.config(), node);
        putTexts(node, TARGETS, targets);
    }

    private static void putTexts(ObjectNode node, String name, List<String> texts) {
        ArrayNode array = node.putArray(name);
        texts.forEach(array::add);
    }

    private static String missing(Path folder) throws IOException {
        List<Path> within = AdapterFolder.within(folder);
        return within.isEmpty()
                ? "there is no such file, expected an adapter's folder"
                : "there is no such file; adapters are in "
                        + String.join(", ", within.stream().map(Path::toString).toList())
                        + ", expected one of these folders";
    }

    static AdapterConfigFile read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, missing(file.toAbsolutePath().getParent()));
        }
        JsonFields root = new JsonFields(file.toString(), JsonFile.readObject(file));
        if (!root.has("format_version")
                && root.has(PEFT_TYPE)
                && !root.text(PEFT_TYPE).equals(LsrFormat.PEFT_TYPE)) {
            throw root.failure(
                    PEFT_TYPE,
                    "found " + root.text(PEFT_TYPE) + ", expected " + LsrFormat.PEFT_TYPE
                            + "; an adapter of Hugging Face PEFT has to be imported");
        }
        int version = root.integer("format_version");
        if (version < COMMON || version > TOWERS) {
            throw root.failure(
                    "format_version",
                    "found " + version + ", expected " + COMMON + " to " + TOWERS
                            + "; another version of this library wrote it");
        }
        root.requireOnly(fields(version));
        boolean withCard = version < GENERAL || CARD_FIELDS.stream().anyMatch(root::has);
        Optional<TaskDescription> task = withCard ? Optional.of(readTask(root, version)) : Optional.empty();
        boolean withHead = task.isPresent() && task.get().hasHead();
        if (!withHead && root.has("head")) {
            throw root.failure("head", "expected none without a classification or regression");
        }
        List<String> head = withHead ? readHead(root, task.get()) : List.of();
        Map<String, StoredConfig> adapters = readAdapters(root, version, withHead);
        return new AdapterConfigFile(
                root.text("library_version"),
                withCard ? Optional.of(readCard(root, version, task.get(), head)) : Optional.empty(),
                adapters,
                readStorage(root, version),
                head,
                readTensors(root.object(TENSORS)));
    }

    private static TensorFile readTensors(JsonFields fields) throws IOException {
        fields.requireOnly(FILE, "bytes", "crc32c");
        String name = fields.has(FILE) ? fields.text(FILE) : TensorFile.FIRST;
        if (!TensorFile.isName(name)) {
            throw fields.failure(
                    FILE,
                    "found \"" + name + "\", expected " + TensorFile.FIRST
                            + " or adapter_model-XXXXXXXX.safetensors with eight lower-case hexadecimal digits");
        }
        return new TensorFile(name, fields.longInteger("bytes"), fields.text("crc32c"));
    }

    private static String[] fields(int version) {
        return switch (version) {
            case GENERAL -> GENERAL_FIELDS;
            case KINDS -> KINDS_FIELDS;
            case ON_ROUNDED_BASE, TOWERS -> ON_ROUNDED_BASE_FIELDS;
            case EMBEDDINGS -> EMBEDDINGS_FIELDS;
            default -> FIELDS;
        };
    }

    /** The names of the head's arrays. */
    private static List<String> readHead(JsonFields root, TaskDescription task) throws IOException {
        JsonFields head = root.object("head");
        head.requireOnly("outputs", "parameters");
        if (head.integer("outputs") != task.outputs()) {
            throw head.failure("outputs", "found " + head.integer("outputs") + ", but the task has " + task.outputs());
        }
        List<String> parameters = head.texts("parameters");
        if (parameters.isEmpty()) {
            throw head.failure("parameters", "names no array, expected the head's");
        }
        if (parameters.stream().distinct().count() < parameters.size()) {
            throw head.failure("parameters", "names an array twice, expected each once");
        }
        return parameters;
    }

    private static Precision readStorage(JsonFields root, int version) throws IOException {
        if (version >= STORED) {
            Precision storage = root.meaning("storage", label -> AdapterFolder.requireStorage(Precision.named(label)));
            if (version == KINDS && storage != Precision.FP32) {
                throw root.failure(
                        "storage", "found " + storage.label() + ", expected fp32 in format version " + KINDS);
            }
            return storage;
        }
        if (root.has("storage")) {
            throw root.failure("storage", "not known in format version " + version);
        }
        return Precision.FP32;
    }

    private static Map<String, StoredConfig> readAdapters(JsonFields root, int version, boolean withHead)
            throws IOException {
        String name = version == COMMON ? "adapter" : "adapters";
        if (version == COMMON && root.has("adapters")) {
            throw root.failure("adapters", "not known in format version " + COMMON);
        }
        Map<String, StoredConfig> adapters = new LinkedHashMap<>();
        boolean headAlone = withHead && (version == COMMON || version == GENERAL || version == ON_ROUNDED_BASE);
        if (headAlone && !root.has(PEFT_TYPE) && !root.has(name)) {
            return adapters;
        }
        if (version < KINDS && !root.text(PEFT_TYPE).equals(LsrFormat.PEFT_TYPE)) {
            throw root.failure(PEFT_TYPE, "found " + root.text(PEFT_TYPE) + ", expected " + LsrFormat.PEFT_TYPE);
        }
        List<JsonFields> sections = version == COMMON ? List.of(root.object(name)) : root.objects(name);
        if (sections.isEmpty()) {
            throw root.failure(name, "has no adapter, expected at least one");
        }
        AdapterFormats formats = new AdapterFormats();
        for (JsonFields fields : sections) {
            StoredConfig config = version < KINDS
                    ? readAdapter(fields, LsrFormat.INSTANCE, TARGETS)
                    : readAdapter(fields, fields.meaning(PEFT_TYPE, formats::named), PEFT_TYPE, TARGETS);
            List<String> targets = fields.texts(TARGETS);
            if (targets.isEmpty()) {
                throw fields.failure(TARGETS, "names no layer, expected at least one");
            }
            for (String target : targets) {
                if (adapters.put(target, config) != null) {
                    throw fields.failure(TARGETS, "names " + target + " again");
                }
            }
        }
        return adapters;
    }

    private static TaskDescription readTask(JsonFields root, int version) throws IOException {
        JsonFields fields = root.object("task");
        TaskDescription.Kind kind = fields.meaning("kind", TaskDescription.Kind::named);
        if ((kind == TaskDescription.Kind.EMBEDDING) != (version == EMBEDDINGS)) {
            throw fields.failure("kind", "found " + kind.label() + ", not known in format version " + version);
        }
        if ((kind == TaskDescription.Kind.IMAGE_TEXT) != (version == TOWERS)) {
            throw fields.failure("kind", "found " + kind.label() + ", not known in format version " + version);
        }
        if (kind == TaskDescription.Kind.IMAGE_TEXT) {
            return readImageText(fields);
        }
        if (kind == TaskDescription.Kind.EMBEDDING) {
            fields.requireOnly("name", "kind");
            return TaskDescription.embedding(fields.text("name"));
        }
        if (kind == TaskDescription.Kind.TEXT) {
            if (version < GENERAL) {
                throw fields.failure("kind", "found " + kind.label() + ", not known in format version " + version);
            }
            fields.requireOnly("name", "kind");
            return TaskDescription.text(fields.text("name"));
        }
        fields.requireOnly("name", "kind", "labels", "pairs");
        List<String> labels = fields.texts("labels");
        if ((kind == TaskDescription.Kind.REGRESSION) != labels.isEmpty()) {
            throw fields.failure(
                    "kind",
                    "found " + kind.label() + " with " + labels.size()
                            + " labels, expected classification with labels or regression without");
        }
        try {
            return new TaskDescription(fields.text("name"), kind, labels, fields.flag("pairs"), Optional.empty());
        } catch (IllegalArgumentException e) {
            throw fields.failure("labels", e.getMessage());
        }
    }

    private static TaskDescription readImageText(JsonFields fields) throws IOException {
        if (!fields.has("labels") && !fields.has(TEMPLATE)) {
            fields.requireOnly("name", "kind");
            return TaskDescription.imageText(fields.text("name"));
        }
        fields.requireOnly("name", "kind", "labels", TEMPLATE);
        String name = fields.text("name");
        List<String> labels = fields.texts("labels");
        String template = fields.text(TEMPLATE);
        try {
            return TaskDescription.imageText(name, labels, template);
        } catch (IllegalArgumentException e) {
            throw fields.failure("labels", e.getMessage());
        }
    }

    private static EmbeddingSettings readEmbedding(JsonFields root) throws IOException {
        JsonFields fields = root.object(EMBEDDING);
        fields.requireOnly("pooling", "normalized", "query_prefix", "passage_prefix");
        return new EmbeddingSettings(
                fields.meaning("pooling", label -> Require.named("pooling", label, Pooling.values(), Pooling::label)),
                fields.flag("normalized"),
                fields.text("query_prefix"),
                fields.text("passage_prefix"),
                root.integer("max_length"));
    }

    private static AdapterCard readCard(JsonFields root, int version, TaskDescription task, List<String> head)
            throws IOException {
        try {
            return new AdapterCard(
                    root.text("base_model_name_or_path"),
                    version >= GENERAL ? root.text("model_type") : olderModelType(head),
                    root.text("base_model_fingerprint"),
                    task,
                    root.integer("max_length"),
                    task.isEmbedding() ? Optional.of(readEmbedding(root)) : Optional.empty(),
                    version >= ON_ROUNDED_BASE
                            ? root.meaning(BASE_PRECISION, BasePrecision::named)
                            : BasePrecision.STORED);
        } catch (IllegalArgumentException e) {
            throw root.failure("max_length", e.getMessage());
        }
    }

    private static StoredConfig readAdapter(JsonFields fields, AdapterFormat format, String... others)
            throws IOException {
        fields.requireOnly(
                Stream.concat(format.fields().stream(), Stream.of(others)).toArray(String[]::new));
        try {
            return new StoredConfig(format, format.read(fields));
        } catch (IllegalArgumentException e) {
            throw fields.failure(e.getMessage());
        }
    }
}

package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The content of {@code adapter_config.json}; docs/reference/format.md describes it. A {@link JsonForm} declares each object in it.
 *
 * @param card the base model and task; empty if adapters were saved without them
 * @param adapters the adapted layers by their full names, with their configurations; empty if only the head was trained
 * @param headParameters the names of the head's arrays; empty without a head
 */
record AdapterConfigFile(
        String libraryVersion,
        Optional<AdapterCard> card,
        Map<String, StoredConfig<?>> adapters,
        Precision storage,
        List<String> headParameters,
        TensorFile tensors) {

    static final String NAME = "adapter_config.json";

    /** Increases with each change that this version's readers do not understand; older files are then converted before they are read. */
    private static final int FORMAT_VERSION = 1;

    private static final JsonForm<AdapterConfigFile> FILE = new JsonForm<>();
    private static final Field<Integer> VERSION = FILE.integer("format_version", file -> FORMAT_VERSION);
    private static final Field<String> LIBRARY = FILE.text("library_version", AdapterConfigFile::libraryVersion);
    private static final Field<Precision> STORAGE = FILE.named(
            "storage",
            AdapterConfigFile::storage,
            Precision::label,
            label -> AdapterFolder.requireStorage(Precision.named(label)));

    /** In the root, all fields or none; together with {@link #TASK}, and for embeddings with {@link #EMBEDDING}. */
    private static final JsonForm<AdapterCard> CARD = new JsonForm<>();

    private static final Field<String> BASE_MODEL = CARD.text("base_model_name_or_path", AdapterCard::baseModel);
    private static final Field<String> FINGERPRINT = CARD.text("base_model_fingerprint", AdapterCard::baseFingerprint);
    private static final Field<String> MODEL_TYPE = CARD.text("model_type", AdapterCard::modelType);
    private static final Field<Integer> MAX_LENGTH = CARD.integer("max_length", AdapterCard::maxLength);
    private static final Field<BasePrecision> BASE_PRECISION =
            CARD.named("base_precision", AdapterCard::basePrecision, BasePrecision::label, BasePrecision::named);

    private static final String EMBEDDING = "embedding";
    private static final JsonForm<EmbeddingSettings> EMBEDDINGS = new JsonForm<>();
    private static final Field<Pooling> POOLING = EMBEDDINGS.named(
            "pooling",
            EmbeddingSettings::pooling,
            Pooling::label,
            label -> Require.named("pooling", label, Pooling.values(), Pooling::label));
    private static final Field<Boolean> NORMALIZED = EMBEDDINGS.flag("normalized", EmbeddingSettings::normalized);
    private static final Field<String> QUERY = EMBEDDINGS.text("query_prefix", EmbeddingSettings::queryPrefix);
    private static final Field<String> PASSAGE = EMBEDDINGS.text("passage_prefix", EmbeddingSettings::passagePrefix);
    /** Additional fields of embeddings that were trained at several lengths. */
    private static final JsonForm<EmbeddingSettings> LENGTHS = new JsonForm<>();

    private static final String DIMENSIONS = "dimensions";
    private static final Field<List<Integer>> TRAINED_AT = LENGTHS.integers(DIMENSIONS, EmbeddingSettings::dimensions);

    private static final String TASK = "task";
    /** Present exactly if the task has a head. */
    private static final String HEAD = "head";

    private static final JsonForm<AdapterConfigFile> HEADS = new JsonForm<>();
    private static final Field<Integer> OUTPUT_COUNT =
            HEADS.integer("outputs", file -> file.card.orElseThrow().task().outputs());
    private static final Field<List<String>> PARAMETERS = HEADS.texts("parameters", AdapterConfigFile::headParameters);

    /** An array of the distinct configurations, each with its kind, the fields of its {@link AdapterKind}, and its layers. */
    private static final String ADAPTERS = "adapters";

    private static final String PEFT_TYPE = "peft_type";
    private static final String TARGETS = "target_modules";
    /** The layer with which the shared tensors of the section's layers are stored, if that is not each of them. */
    private static final String HOLDER = "shared_with";

    /** The last field; {@link ConfigSeal} excludes it from the checksum. */
    private static final String TENSORS = "tensors";

    private static final JsonForm<TensorFile> CHECK = new JsonForm<>();
    private static final Field<String> FILE_NAME = CHECK.text("file", TensorFile::name);
    private static final Field<Long> BYTES = CHECK.longInteger("bytes", TensorFile::bytes);
    private static final Field<String> CRC32C = CHECK.text("crc32c", TensorFile::crc32c);

    private static final List<String> KNOWN = Stream.of(
                    FILE.names(), CARD.names(), List.of(EMBEDDING, TASK, HEAD, ADAPTERS, TENSORS))
            .flatMap(Collection::stream)
            .toList();

    AdapterConfigFile withTensors(TensorFile other) {
        return new AdapterConfigFile(libraryVersion, card, adapters, storage, headParameters, other);
    }

    byte[] bytes() throws IOException {
        ObjectNode root = JsonFile.newObject();
        FILE.write(this, root);
        card.ifPresent(known -> write(known, root));
        Map<StoredConfig<?>, List<String>> targets = new LinkedHashMap<>();
        adapters.forEach((layer, config) ->
                targets.computeIfAbsent(config, first -> new ArrayList<>()).add(layer));
        ArrayNode sections = root.putArray(ADAPTERS);
        targets.forEach((config, layers) -> {
            ObjectNode section =
                    sections.addObject().put(PEFT_TYPE, config.kind().peftType());
            config.write(section);
            config.holder().ifPresent(holder -> section.put(HOLDER, holder));
            section.set(TARGETS, JsonFile.node(layers));
        });
        CHECK.write(tensors, root.putObject(TENSORS));
        return JsonFile.bytes(root);
    }

    private void write(AdapterCard known, ObjectNode root) {
        CARD.write(known, root);
        known.embedding().ifPresent(settings -> write(settings, root.putObject(EMBEDDING)));
        root.set(TASK, JsonFile.node(known.task().fields()));
        if (known.task().hasHead()) {
            HEADS.write(this, root.putObject(HEAD));
        }
    }

    private static void write(EmbeddingSettings settings, ObjectNode node) {
        EMBEDDINGS.write(settings, node);
        if (!settings.dimensions().isEmpty()) {
            LENGTHS.write(settings, node);
        }
    }

    /** Reads the content of a file; an exception names the file and the field that is not valid. */
    static AdapterConfigFile of(String location, byte[] content) throws IOException {
        JsonFields root = new JsonFields(location, JsonFile.object(location, content));
        if (!root.has("format_version") && root.has(PEFT_TYPE)) {
            throw root.failure(
                    PEFT_TYPE,
                    "found " + root.text(PEFT_TYPE)
                            + " and no format_version; an adapter of Hugging Face PEFT has to be imported");
        }
        int version = VERSION.of(root);
        if (version != FORMAT_VERSION) {
            throw root.failure(
                    "format_version",
                    "found " + version + ", expected " + FORMAT_VERSION + "; another version of this library wrote it");
        }
        root.requireOnly(KNOWN);
        Optional<AdapterCard> card = root.has(TASK) || CARD.names().stream().anyMatch(root::has)
                ? Optional.of(readCard(root))
                : Optional.empty();
        boolean withHead = card.isPresent() && card.get().task().hasHead();
        requireOnlyWith(withHead, root, HEAD, "a classification or regression");
        requireOnlyWith(card.isPresent() && card.get().embedding().isPresent(), root, EMBEDDING, "embeddings");
        Precision storage = STORAGE.of(root);
        return new AdapterConfigFile(
                LIBRARY.of(root),
                card,
                readAdapters(root, storage, withHead),
                storage,
                withHead ? readHead(root.object(HEAD), card.get().task()) : List.of(),
                readTensors(root.object(TENSORS)));
    }

    private static void requireOnlyWith(boolean there, JsonFields root, String field, String what) throws IOException {
        if (!there && root.has(field)) {
            throw root.failure(field, "expected none without " + what);
        }
    }

    private static AdapterCard readCard(JsonFields root) throws IOException {
        TaskDescription task = TaskDescription.read(root.object(TASK));
        int maxLength = MAX_LENGTH.of(root);
        try {
            return new AdapterCard(
                    BASE_MODEL.of(root),
                    MODEL_TYPE.of(root),
                    FINGERPRINT.of(root),
                    task,
                    maxLength,
                    task.embeds() ? Optional.of(readEmbedding(root.object(EMBEDDING), maxLength)) : Optional.empty(),
                    BASE_PRECISION.of(root));
        } catch (IllegalArgumentException e) {
            throw root.failure("max_length", e.getMessage());
        }
    }

    private static EmbeddingSettings readEmbedding(JsonFields fields, int maxLength) throws IOException {
        boolean severalLengths = fields.has(DIMENSIONS);
        List<String> known = new ArrayList<>(EMBEDDINGS.names());
        known.addAll(LENGTHS.names());
        fields.requireOnly(known);
        EmbeddingSettings whole = new EmbeddingSettings(
                POOLING.of(fields), NORMALIZED.of(fields), QUERY.of(fields), PASSAGE.of(fields), maxLength);
        if (!severalLengths) {
            return whole;
        }
        List<Integer> lengths = TRAINED_AT.of(fields);
        try {
            return whole.withDimensions(lengths);
        } catch (IllegalArgumentException e) {
            throw fields.failure(DIMENSIONS, e.getMessage());
        }
    }

    private static List<String> readHead(JsonFields head, TaskDescription task) throws IOException {
        head.requireOnly(HEADS.names());
        int outputs = OUTPUT_COUNT.of(head);
        if (outputs != task.outputs()) {
            throw head.failure("outputs", "found " + outputs + ", but the task has " + task.outputs());
        }
        List<String> parameters = PARAMETERS.of(head);
        if (parameters.isEmpty()) {
            throw head.failure("parameters", "names no array, expected the head's");
        }
        if (parameters.stream().distinct().count() < parameters.size()) {
            throw head.failure("parameters", "names an array twice, expected each once");
        }
        return parameters;
    }

    private static Map<String, StoredConfig<?>> readAdapters(JsonFields root, Precision storage, boolean withHead)
            throws IOException {
        Map<String, StoredConfig<?>> adapters = new LinkedHashMap<>();
        AdapterKinds kinds = new AdapterKinds();
        for (JsonFields section : root.objects(ADAPTERS)) {
            StoredConfig<?> config = readConfig(section, kinds, adapters);
            List<String> targets = section.texts(TARGETS);
            if (targets.isEmpty()) {
                throw section.failure(TARGETS, "names no layer, expected at least one");
            }
            for (String target : targets) {
                if (adapters.put(target, config) != null) {
                    throw section.failure(TARGETS, "names " + target + " again");
                }
                if (!config.isStoredIn(storage, target)) {
                    throw root.failure(
                            "storage",
                            "found " + storage.label() + ", but layer " + target + " is of "
                                    + config.kind().peftType() + ", which is stored in fp32 alone");
                }
            }
        }
        if (adapters.isEmpty() && !withHead) {
            throw root.failure(ADAPTERS, "has no adapter, expected at least one without a head");
        }
        return adapters;
    }

    /** A holder precedes the layers whose shared tensors it has. */
    private static StoredConfig<?> readConfig(
            JsonFields section, AdapterKinds kinds, Map<String, StoredConfig<?>> before) throws IOException {
        StoredConfig<?> config = StoredConfig.read(
                section.meaning(PEFT_TYPE, kinds::named), section, List.of(PEFT_TYPE, TARGETS, HOLDER));
        if (!section.has(HOLDER)) {
            return config;
        }
        String holder = section.text(HOLDER);
        if (!config.equals(before.get(holder))
                || config.sharing(holder).filter(AdapterKind.Sharing::once).isEmpty()) {
            throw section.failure(
                    HOLDER,
                    "found " + holder + ", expected a layer before it with the same settings, of a kind whose layers"
                            + " share tensors");
        }
        return config.heldBy(holder);
    }

    private static TensorFile readTensors(JsonFields fields) throws IOException {
        fields.requireOnly(CHECK.names());
        String name = FILE_NAME.of(fields);
        if (!TensorFile.isName(name)) {
            throw fields.failure(
                    "file",
                    "found \"" + name + "\", expected " + TensorFile.FIRST
                            + " or adapter_model-XXXXXXXX.safetensors with eight lower-case hexadecimal digits");
        }
        return new TensorFile(name, BYTES.of(fields), CRC32C.of(fields));
    }
}

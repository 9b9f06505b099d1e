package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.models.internal.chat.NamedTemplates;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.TokenizerJson;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model in a Hugging Face folder: {@code config.json}; {@code model.safetensors} or its shards;
 * {@code tokenizer.json}, or for BERT {@code vocab.txt}.
 */
final class HuggingFaceFolder {

    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String SHARDS = "model.safetensors.index.json";
    private static final String ADAPTER = "adapter_config.json";
    private static final Set<String> PEFT = Set.of("LORA", "LOKR");
    private static final String END = "eos_token_id";
    private static final String END_TOKEN = "eos_token";

    /** The limit in bytes. */
    private static final int LARGEST_TEMPLATE = 1_000_000;

    private static final String JINJA = ".jinja";

    /** The limit in bytes; files with vocabularies of 256,000 tokens have 17 to 35 million. */
    static final int LARGEST_TOKENIZER = 256_000_000;

    private HuggingFaceFolder() {}

    static ObjectNode read(Path folder) throws IOException {
        Path adapter = folder.resolve(ADAPTER);
        if (!Files.exists(folder.resolve(CONFIG)) && Files.isRegularFile(adapter)) {
            String type = JsonFile.readObject(adapter).path("peft_type").asText();
            throw new IOException(folder + ": holds an adapter and no model, expected a base model with " + CONFIG
                    + (PEFT.contains(type)
                            ? "; an adapter of Hugging Face PEFT becomes one of this library by PeftImport (import on the"
                                    + " command line, then --adapter)"
                            : "; it is loaded as an adapter (--adapter on the command line)"));
        }
        return JsonFile.readObject(folder.resolve(CONFIG));
    }

    static JsonFields fields(Path folder, ObjectNode config) {
        return new JsonFields(folder.resolve(CONFIG).toString(), config);
    }

    static PretrainedModel load(String name, Path folder) throws IOException {
        ObjectNode config = read(folder);
        JsonFields fields = fields(folder, config);
        Family family = Families.of(fields);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            TensorSource tensors = opened.add(openWeights(folder));
            requireLayers(family.own(fields), family.layersField(), tensors);
            Transformer model = describe(family, fields);
            MappedWeights weights = new MappedWeights(tensors, family, model, layout(tensors, family));
            weights.check(CONFIG);
            requireTied(model, family, tensors, fields);
            Optional<SavedHead> head =
                    SavedHead.find(tensors, config, family, model, SentenceTransformerFiles.isCrossEncoder(folder));
            PretrainedModel.Base base = new PretrainedModel.Base(family, config, model, weights, tensors);
            return opened.release(
                    model.patches().isPresent()
                            ? new PretrainedModel(
                                    name,
                                    base,
                                    ImageFiles.of(
                                            folder,
                                            family.imageProcessor(),
                                            model.patches().get()),
                                    head)
                            : new PretrainedModel(
                                    name,
                                    base,
                                    texts(
                                            folder,
                                            base,
                                            SavedMaskedHead.find(
                                                    tensors, family, fields, model, layout(tensors, family))),
                                    head));
        }
    }

    private static PretrainedModel.Texts texts(Path folder, PretrainedModel.Base base, SavedMaskedHead masked)
            throws IOException {
        Transformer model = base.model();
        Optional<ObjectNode> config = tokenizerConfig(folder);
        TokenizerSettings settings = TokenizerSettings.of(
                folder, base.family().tokenizerClass(), base.family().isTokenizerClassFixed(), base.config(), config);
        Optional<GenerationSettings> generation = model.isCausal()
                ? Optional.of(GenerationSettings.of(folder, base.config(), model.vocabulary()))
                : Optional.empty();
        FastTokenizer tokenizer = tokenizer(folder, base.family().wordPieceFile(), model, settings);
        return new PretrainedModel.Texts(
                withEnd(tokenizer, model, base.config(), settings.fields()),
                config,
                new SentenceTransformerFiles(folder, model.maxTokens(), config),
                generation,
                masked);
    }

    /** Files of tied models need no second table. Some versions of transformers read a table that differs, others do not. */
    private static void requireTied(Transformer model, Family family, TensorSource tensors, JsonFields config)
            throws IOException {
        String head = "lm_head.weight";
        Optional<Table> words =
                model.vocabularyHead().filter(table -> !table.name().equals(head));
        if (words.isEmpty() || !tensors.has(head)) {
            return;
        }
        String name = words.get().name();
        String place = tensors.has(family.path(name)) ? family.path(name) : name;
        if (checksum(tensors, head) != checksum(tensors, place)) {
            throw config.failure(
                    "tie_word_embeddings",
                    "found true, but " + tensors.location() + " has another " + head + " than " + place);
        }
    }

    private static long checksum(TensorSource tensors, String name) throws IOException {
        CRC32C sum = new CRC32C();
        try (INDArray array = tensors.read(name)) {
            ArrayBytes.update(sum, array);
        }
        return sum.getValue();
    }

    /** Refuses more layers than tensors: describing a layer takes memory. */
    static void requireLayers(JsonFields config, String field, TensorSource tensors) throws IOException {
        int layers = config.isAbsent(field) ? 0 : config.integer(field);
        int present = tensors.names().size();
        if (layers > present) {
            throw config.failure(
                    field, "found " + layers + ", but " + tensors.location() + " has " + present + " tensors");
        }
    }

    /** Describes the model of a configuration; sizes that do not fit together are an error of the file. */
    static Transformer describe(Family family, JsonFields config) throws IOException {
        return described(config, family::describe);
    }

    @FunctionalInterface
    interface Description<T> {
        T of(JsonFields config) throws IOException;
    }

    static <T> T described(JsonFields config, Description<T> description) throws IOException {
        try {
            return description.of(config);
        } catch (IllegalArgumentException e) {
            throw config.failure(e.getMessage());
        }
    }

    static TensorSource openWeights(Path folder) throws IOException {
        if (Files.exists(folder.resolve(WEIGHTS))) {
            return SafeTensors.open(folder.resolve(WEIGHTS));
        }
        if (Files.exists(folder.resolve(SHARDS))) {
            return ShardedSafeTensors.open(folder.resolve(SHARDS));
        }
        throw new IOException(folder + ": has neither " + WEIGHTS + " nor " + SHARDS
                + (Files.exists(folder.resolve("pytorch_model.bin"))
                        ? "; pytorch_model.bin is not read, save the model with safe_serialization=True"
                        : ""));
    }

    /**
     * Names come with the prefix of the model inside a larger one ({@code bert.}) or without it. The oldest files call
     * the weight and bias of a LayerNorm gamma and beta. Linear weights are [out, in].
     */
    static MappedWeights.Layout layout(TensorSource tensors, Family family) {
        return tensor -> {
            String name = tensor.fileName();
            String old =
                    name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
            for (String candidate : List.of(family.path(name), family.path(old), name, old)) {
                if (tensors.has(candidate)) {
                    return Optional.of(new MappedWeights.Place(candidate, tensor.linear()));
                }
            }
            return Optional.empty();
        };
    }

    /** Reads {@code tokenizer_config.json}, if there is one, and adds the chat templates from separate files. */
    static Optional<ObjectNode> tokenizerConfig(Path folder) throws IOException {
        Path file = folder.resolve(TokenizerSettings.FILE);
        Optional<ObjectNode> config =
                Files.isRegularFile(file) ? Optional.of(JsonFile.readObject(file)) : Optional.empty();
        Map<String, String> templates = templates(folder);
        if (templates.isEmpty()) {
            return config;
        }
        ObjectNode both = config.orElseGet(JsonFile::newObject);
        NamedTemplates.put(both, templates);
        return Optional.of(both);
    }

    /** Reads the chat templates in separate files: the default one, and others by the names of their files. */
    private static Map<String, String> templates(Path folder) throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        Path first = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(first)) {
            templates.put(NamedTemplates.DEFAULT, template(first));
        }
        Path others = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(others)) {
            try (Stream<Path> files = Files.list(others)) {
                for (Path file : files.sorted().toList()) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(JINJA) && Files.isRegularFile(file)) {
                        templates.put(name.substring(0, name.length() - JINJA.length()), template(file));
                    }
                }
            }
        }
        return templates;
    }

    private static String template(Path file) throws IOException {
        return BoundedFile.text(file.toString(), BoundedFile.read(file, LARGEST_TEMPLATE));
    }

    static FastTokenizer tokenizer(
            Path folder, Optional<String> wordPieceFile, Transformer model, TokenizerSettings settings)
            throws IOException {
        Optional<Boolean> cutsLeft = settings.cutsLeft();
        boolean givesTypes = settings.givesTypes();
        FastTokenizer tokenizer = whole(folder, wordPieceFile, model, settings);
        if (!givesTypes) {
            tokenizer = tokenizer.withoutTypes();
        }
        return cutsLeft.map(tokenizer::cuttingLeft).orElse(tokenizer);
    }

    private static FastTokenizer whole(
            Path folder, Optional<String> wordPieceFile, Transformer model, TokenizerSettings settings)
            throws IOException {
        Path file = folder.resolve(TokenizerJson.FILE);
        if (Files.isRegularFile(file)) {
            return FastTokenizer.of(file.toString(), BoundedFile.read(file, LARGEST_TOKENIZER), model, settings);
        }
        Optional<Path> vocabulary = wordPieceFile.map(folder::resolve);
        if (vocabulary.isPresent() && Files.isRegularFile(vocabulary.get())) {
            String location = vocabulary.get().toString();
            byte[] json = TokenizerJson.wordPiece(
                    location, BoundedFile.read(vocabulary.get(), BoundedFile.SMALL), settings.normalizer());
            return FastTokenizer.of(location, json, model, settings);
        }
        throw new IOException(folder + ": has no " + TokenizerJson.FILE
                + vocabulary.map(path -> " and no " + path.getFileName()).orElse("")
                + (Files.exists(folder.resolve("spm.model")) || Files.exists(folder.resolve("tokenizer.model"))
                        ? "; save it with AutoTokenizer.from_pretrained(…).save_pretrained(…), which writes one"
                        : ""));
    }

    /** Sets the token that ends a text, which tokenizer.json does not have: from the tokenizer's settings, else from config.json. */
    private static FastTokenizer withEnd(
            FastTokenizer tokenizer, Transformer model, ObjectNode config, JsonFields settings) throws IOException {
        if (settings.isText(END_TOKEN) || settings.isObject(END_TOKEN)) {
            return tokenizer.endingWith(
                    settings.isText(END_TOKEN)
                            ? settings.text(END_TOKEN)
                            : settings.object(END_TOKEN).text("content", ""));
        }
        JsonNode ids = config.path(END);
        JsonNode id = ids.isArray() ? ids.path(0) : ids;
        return id.isInt() && id.asInt() >= 0 && id.asInt() < model.vocabulary()
                ? tokenizer.endingWith(id.asInt())
                : tokenizer;
    }
}

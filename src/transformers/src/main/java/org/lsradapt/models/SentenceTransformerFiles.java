package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.objectives.Pooling;

/**
 * The files of sentence-transformers in a Hugging Face folder. {@code modules.json} lists a transformer, its pooling
 * and perhaps a normalization. There is the pooling's configuration, {@code sentence_bert_config.json} with the longest
 * input, and {@code config_sentence_transformers.json} with prefixes, called prompts there. From version 6 on that file
 * also has the kind of the model; a cross-encoder is a transformer alone. The ONNX file is where that library and
 * Optimum put one.
 *
 * @param maxTokens the longest sequence that the model has positions for
 */
record SentenceTransformerFiles(Path folder, int maxTokens, Optional<ObjectNode> tokenizerConfig)
        implements EmbeddingFiles {

    private static final String MODULES = "modules.json";
    private static final String CONFIG = "config_sentence_transformers.json";
    private static final String PROMPTS = "prompts";
    private static final String DEFAULT_PROMPT = "default_prompt_name";
    private static final String SIMILARITY = "similarity_fn_name";
    private static final String MODE = "pooling_mode";
    private static final String MAX_LENGTH = "max_seq_length";

    /** The modules of a supported model, by the ends of their types; the last one is optional. */
    private static final List<String> TYPES = List.of("Transformer", "Pooling", "Normalize");

    private static final String EXPECTED = "Transformer, Pooling and, where vectors are normalized, Normalize";

    /** The names of a passage's prompt, in sentence-transformers' order. */
    private static final List<String> PASSAGE_PROMPTS = List.of("document", "passage", "corpus");

    /** The current name, then older ones. */
    private static final List<String> LENGTH_CONFIGS = List.of(
            "sentence_bert_config.json",
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_albert_config.json",
            "sentence_xlm-roberta_config.json",
            "sentence_xlnet_config.json");

    /** Settings in the length's file that change how texts become vectors. */
    private static final List<String> CHANGES =
            List.of("tokenizer_args", "tokenizer_kwargs", "processor_kwargs", "config_args", "config_kwargs");

    private static final List<String> ONNX = List.of("onnx/model.onnx", "model.onnx");

    /** A flag for each mode; newer files have one field with the mode as its value. */
    private static final Map<String, String> FLAGS = flags();

    private static Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("pooling_mode_cls_token", "cls");
        flags.put("pooling_mode_mean_tokens", "mean");
        flags.put("pooling_mode_max_tokens", "max");
        flags.put("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens");
        flags.put("pooling_mode_weightedmean_tokens", "weightedmean");
        flags.put("pooling_mode_lasttoken", "lasttoken");
        return flags;
    }

    @Override
    public OnnxInitializers onnx() throws IOException {
        for (String name : ONNX) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return OnnxInitializers.open(folder.resolve(name));
            }
        }
        throw new IllegalArgumentException("model " + folder + ": does not come as ONNX, expected "
                + String.join(" or ", ONNX) + " in the folder");
    }

    @Override
    public EmbeddingSettings settings() throws IOException {
        Path file = folder.resolve(MODULES);
        if (!Files.isRegularFile(file)) {
            return EmbeddingSettings.standard(maxLength());
        }
        ObjectNode root = JsonFile.newObject();
        root.set("modules", JsonFile.readArray(file));
        JsonFields fields = new JsonFields(file.toString(), root);
        List<JsonFields> modules = fields.objects("modules");
        boolean scores = isCrossEncoder(folder);
        for (int i = 0; i < modules.size(); i++) {
            requireType(i, modules.get(i), scores ? TYPES.subList(0, 1) : TYPES);
        }
        if (modules.size() < (scores ? 1 : 2)) {
            throw fields.failure(
                    "modules", "found " + modules.size() + ", expected " + (scores ? TYPES.get(0) : EXPECTED));
        }
        modules.get(0).requireOff("path", "a folder of the transformer's own is not supported");
        JsonFields prompts = optional(folder.resolve(CONFIG));
        if (scores) {
            if (!prompt(prompts, List.of()).isEmpty()) {
                throw prompts.failure(
                        DEFAULT_PROMPT,
                        "found " + prompts.text(DEFAULT_PROMPT) + ", expected none: pairs have no prefix");
            }
            return EmbeddingSettings.standard(maxLength());
        }
        prompts.requireOff("truncate_dim", "vectors are not cut to fewer numbers");
        return new EmbeddingSettings(
                pooling(folderOf(modules.get(1))),
                modules.size() == 3,
                prompt(prompts, List.of("query")),
                prompt(prompts, PASSAGE_PROMPTS),
                maxLength());
    }

    @Override
    public ObjectNode further() throws IOException {
        Path file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            return JsonFile.newObject();
        }
        ObjectNode config = JsonFile.readObject(file);
        JsonFields fields = new JsonFields(file.toString(), config);
        if (!fields.isAbsent(PROMPTS)) {
            fields.object(PROMPTS);
        }
        return config;
    }

    /** Whether the folder's files, in the form of version 6, say that its model is a cross-encoder. */
    static boolean isCrossEncoder(Path folder) throws IOException {
        return optional(folder.resolve(CONFIG)).text("model_type", "").equals("CrossEncoder");
    }

    private static void requireType(int index, JsonFields module, List<String> types) throws IOException {
        String type = module.text("type");
        if (index >= types.size() || !type.endsWith("." + types.get(index))) {
            throw module.failure(
                    "type", "found " + type + ", expected " + (types.size() == 1 ? types.get(0) + " alone" : EXPECTED));
        }
    }

    /** Returns a module's folder, which must lie inside the model's. */
    private Path folderOf(JsonFields module) throws IOException {
        String path = module.text("path");
        Path model = folder.toAbsolutePath().normalize();
        try {
            if (model.resolve(path).normalize().startsWith(model)) {
                return folder.resolve(path);
            }
        } catch (InvalidPathException e) {
            // An invalid path is not inside the model's folder either.
        }
        throw module.failure("path", "found \"" + path + "\", expected a folder in " + folder);
    }

    private static Pooling pooling(Path folder) throws IOException {
        Path file = folder.resolve(HuggingFaceFolder.CONFIG);
        JsonFields config = new JsonFields(file.toString(), JsonFile.readObject(file));
        if (!config.flag("include_prompt", true)) {
            throw config.failure("include_prompt", "found false, expected true: pooling reads the prefix too");
        }
        String mode = config.has(MODE) ? config.text(MODE) : flagged(config);
        return switch (mode) {
            case "cls" -> Pooling.CLS;
            case "lasttoken" -> Pooling.LASTTOKEN;
            case "mean", "" -> Pooling.MEAN;
            default -> throw config.failure("found pooling by " + mode + ", expected cls, mean or lasttoken");
        };
    }

    private static String flagged(JsonFields config) throws IOException {
        List<String> modes = new ArrayList<>();
        for (Map.Entry<String, String> flag : FLAGS.entrySet()) {
            if (config.flag(flag.getKey(), false)) {
                modes.add(flag.getValue());
            }
        }
        return String.join(" and ", modes);
    }

    /** Returns the first of these prompts that the file has, even an empty one, or else the default prompt. */
    private static String prompt(JsonFields config, List<String> names) throws IOException {
        if (config.isAbsent(PROMPTS)) {
            return "";
        }
        JsonFields prompts = config.object(PROMPTS);
        for (String name : names) {
            if (prompts.has(name)) {
                return prompts.text(name, "");
            }
        }
        return prompts.text(config.text(DEFAULT_PROMPT, ""), "");
    }

    /** The length of {@code sentence_bert_config.json}, or else the tokenizer's, capped at the positions of the model. */
    private int maxLength() throws IOException {
        for (String name : LENGTH_CONFIGS) {
            JsonFields config = optional(folder.resolve(name));
            for (String changes : CHANGES) {
                config.requireOff(changes, "the tokenizer and the model are read as their own files say");
            }
            if (config.flag("do_lower_case", false)) {
                throw config.failure(
                        "do_lower_case", "found true, expected false: texts go to the tokenizer as they are");
            }
            if (!config.isAbsent(MAX_LENGTH)) {
                return capped(config, MAX_LENGTH);
            }
        }
        JsonFields tokenizer = new JsonFields(
                folder.resolve(TokenizerSettings.FILE).toString(), tokenizerConfig.orElseGet(JsonFile::newObject));
        return tokenizer.isAbsent("model_max_length") ? maxTokens : capped(tokenizer, "model_max_length");
    }

    /** Files without a limit say 10³⁰, which no integer type holds. */
    private int capped(JsonFields config, String name) throws IOException {
        double length = config.number(name);
        if (length < 1) {
            throw config.failure(name, "found " + length + ", expected >= 1");
        }
        return (int) Math.min(length, maxTokens);
    }

    /** Returns the fields of a file; no fields if there is no such file. */
    private static JsonFields optional(Path file) throws IOException {
        return new JsonFields(
                file.toString(), Files.isRegularFile(file) ? JsonFile.readObject(file) : JsonFile.newObject());
    }

    /** Writes the files in the form that all versions read, with the other fields of the base model's prompts file. */
    static void write(Path folder, EmbeddingSettings settings, int width, ObjectNode further) throws IOException {
        ArrayNode modules = JsonFile.newObject().putArray("modules");
        for (int i = 0; i < (settings.normalized() ? 3 : 2); i++) {
            modules.addObject()
                    .put("idx", i)
                    .put("name", Integer.toString(i))
                    .put("path", i == 0 ? "" : i + "_" + TYPES.get(i))
                    .put("type", "sentence_transformers.models." + TYPES.get(i));
        }
        ObjectNode pooling = JsonFile.newObject().put("word_embedding_dimension", width);
        FLAGS.forEach(
                (flag, mode) -> pooling.put(flag, mode.equals(settings.pooling().label())));
        pooling.put("include_prompt", true);
        ObjectNode config = further.deepCopy();
        ObjectNode prompts = config.withObjectProperty(PROMPTS);
        prompts.put("query", settings.queryPrefix());
        PASSAGE_PROMPTS.stream()
                .filter(prompts::has)
                .findFirst()
                .ifPresent(name -> prompts.put(name, settings.passagePrefix()));
        prompts.put(PASSAGE_PROMPTS.get(0), settings.passagePrefix());
        if (!config.has(DEFAULT_PROMPT)) {
            config.putNull(DEFAULT_PROMPT);
        }
        if (!config.hasNonNull(SIMILARITY)) {
            config.put(SIMILARITY, "cosine");
        }
        for (int i = 1; i < modules.size(); i++) {
            Files.createDirectory(folder.resolve(modules.get(i).get("path").textValue()));
        }
        JsonFile.write(folder.resolve("1_Pooling").resolve(HuggingFaceFolder.CONFIG), pooling);
        JsonFile.write(
                folder.resolve(LENGTH_CONFIGS.get(0)),
                JsonFile.newObject().put(MAX_LENGTH, settings.maxLength()).put("do_lower_case", false));
        JsonFile.write(folder.resolve(CONFIG), config);
        JsonFile.write(folder.resolve(MODULES), modules);
    }
}

package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Settings of embedding models: as sentence-transformers saves them, as older versions did, and as written here. */
class SentenceTransformerFilesTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden");

    @TempDir
    private Path work;

    private Path folder;

    @BeforeEach
    void copyBase() throws IOException {
        folder = copy(GOLDEN.resolve("interop/peft/base"), work.resolve("model"));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
        return to;
    }

    private EmbeddingSettings settings() throws IOException {
        try (PretrainedModel model = Models.load(folder.toString())) {
            return model.embeddingSettings();
        }
    }

    private void put(String file, String json) throws IOException {
        Files.createDirectories(folder.resolve(file).getParent());
        Files.writeString(folder.resolve(file), json.replace('\'', '"'));
    }

    private void putModules(String... types) throws IOException {
        List<String> modules = new ArrayList<>();
        for (int i = 0; i < types.length; i++) {
            String path = i == 0 ? "" : i + "_" + types[i];
            modules.add("{'idx': " + i + ", 'name': '" + i + "', 'path': '" + path
                    + "', 'type': 'sentence_transformers.models." + types[i] + "'}");
        }
        put("modules.json", modules.toString());
    }

    private String refusal() {
        return assertThrows(IOException.class, this::settings).getMessage();
    }

    /** The base with the classifier that all versions saved, as one of them laid its files out. */
    private JsonNode putLayout(String version, String kind) throws IOException {
        Path layouts = GOLDEN.resolve("sentence-transformers/layouts");
        Path own = layouts.resolve(version).resolve(kind);
        try (Stream<Path> files = Files.walk(own)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = folder.resolve(own.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (kind.equals("cross-encoder")) {
            Files.copy(
                    layouts.resolve("model.safetensors"),
                    folder.resolve("model.safetensors"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        return new ObjectMapper().readTree(layouts.resolve("expected.json").toFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.0.1", "3.4.1", "4.1.0", "5.2.0", "6.2.0"})
    void crossEncoders_asVersionsSaveThem_score(String version) throws IOException {
        JsonNode expected = putLayout(version, "cross-encoder");
        try (BaseModel model = BaseModel.load(folder.toString());
                SequenceHead head = new SequenceHead(model.weights(), 1, 0)) {
            // Version 3's files say neither what the model is nor the length, for which others have the tokenizer's.
            assertEquals(
                    version.startsWith("3.") ? "regression" : "reranking",
                    model.head().orElseThrow().task().kind());
            assertTrue(model.head().orElseThrow().givesNumber());
            assertEquals(
                    version.startsWith("3.") ? 16 : 14,
                    model.embeddingSettings().maxLength());
            model.head().orElseThrow().copyTo(head);
            List<TokenSequence> pairs = new ArrayList<>();
            for (JsonNode pair : expected.get("pairs")) {
                pairs.add(model.tokenizer()
                        .encode(pair.get(0).asText(), pair.get(1).asText(), 14));
            }
            Backend backend = Backends.standard();
            try (AdaptedModel scorer = new AdaptedModel(
                    model.weights(), SequenceObjective.of(head, Loss.SQUARED_ERROR, backend), backend)) {
                double[][] scores = scorer.predict(pairs);
                for (int i = 0; i < scores.length; i++) {
                    assertEquals(expected.get("scores").get(i).asDouble(), scores[i][0], 1e-5, "pair " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.0.1", "3.4.1", "4.1.0", "5.2.0", "6.2.0"})
    void embeddingModels_asVersionsSaveThem_areRead(String version) throws IOException {
        JsonNode expected = putLayout(version, "embedder");
        assertEquals(new EmbeddingSettings(Pooling.MEAN, true, "", "", 9), settings());
        assertFalse(expected.get("vectors").isEmpty());
    }

    /** Prompts, which cannot be applied to pairs, and modules that a cross-encoder with a classifier does not have. */
    @Test
    void crossEncoder_withPromptOrMoreModules_isRefused() throws IOException {
        putLayout("6.2.0", "cross-encoder");
        put(
                "config_sentence_transformers.json",
                "{'model_type': 'CrossEncoder', 'prompts': {'web': 'search: '}, 'default_prompt_name': 'web'}");
        assertEquals(
                folder.resolve("config_sentence_transformers.json")
                        + ": field \"default_prompt_name\": found web, expected none: pairs have no prefix",
                refusal());
        putLayout("6.2.0", "cross-encoder");
        putModules("Transformer", "LogitScore");
        assertTrue(
                refusal().endsWith("found sentence_transformers.models.LogitScore, expected Transformer alone"),
                refusal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"first-token", "mean", "bge-m3", "multilingual-e5", "last-token"})
    void settings_asTheLibrarySavesThem_embedAsItDoes(String name) throws IOException {
        EmbeddingSettings expected = switch (name) {
            case "first-token" -> new EmbeddingSettings(Pooling.CLS, true, "w20 w21 ", "w22 ", 9);
            case "mean" -> new EmbeddingSettings(Pooling.MEAN, false, "", "", 12);
            case "bge-m3" -> new EmbeddingSettings(Pooling.CLS, true, "", "", 18);
            case "last-token" -> new EmbeddingSettings(Pooling.LASTTOKEN, true, "Instruct: find\nQuery:", "", 15);
            default -> new EmbeddingSettings(Pooling.MEAN, true, "query: ", "passage: ", 17);
        };
        if (!name.equals("first-token") && !name.equals("mean")) {
            Files.delete(folder.resolve("vocab.txt"));
            for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
                Files.copy(
                        GOLDEN.resolve(name.equals("last-token") ? "families/llama" : "families/xlm-roberta")
                                .resolve(file),
                        folder.resolve(file),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        copy(GOLDEN.resolve("sentence-transformers").resolve(name), folder);
        ObjectMapper json = new ObjectMapper();
        JsonNode vectors = json.readTree(folder.resolve("expected.json").toFile());
        List<String> texts = List.of(json.convertValue(vectors.get("texts"), String[].class));
        try (PretrainedModel model = Models.load(folder.toString());
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT)) {
            EmbeddingSettings settings = model.embeddingSettings();
            assertEquals(expected, settings);
            for (String role : List.of("query", "passage")) {
                String prefix = role.equals("query") ? settings.queryPrefix() : settings.passagePrefix();
                double[][] ours = TextVectors.ours(
                        model,
                        weights,
                        Optional.empty(),
                        settings,
                        texts.stream().map(prefix::concat).toList());
                double[][] theirs = json.convertValue(vectors.get(role), double[][].class);
                // Both are FLOAT; the vectors that are not normalized have numbers up to 2.
                assertTrue(TextVectors.largestDifference(theirs, ours) < 5e-6, role);
            }
        }
    }

    /** Out of the folder, or no path at all: NUL is in none. */
    @ParameterizedTest
    @ValueSource(strings = {"..", "../other", "/", "1_Pooling/../..", "a\\u0000b"})
    void folderOfTheirOwn_outsideOfTheModels_isRefused(String path) throws IOException {
        putModules("Transformer", "Pooling");
        put("1_Pooling/config.json", "{}");
        settings();
        Path modules = folder.resolve("modules.json");
        Files.writeString(modules, Files.readString(modules).replace("1_Pooling", path));
        assertTrue(refusal().startsWith(modules + ": field \"modules[1].path\": found \""), refusal());
        assertTrue(refusal().endsWith(", expected a folder in " + folder), refusal());
    }

    @Test
    void settings_olderFiles_areRead() throws IOException {
        putModules("Transformer", "Pooling", "Normalize");
        put(
                "1_Pooling/config.json",
                "{'word_embedding_dimension': 12, 'pooling_mode_cls_token': true,"
                        + " 'pooling_mode_mean_tokens': false, 'pooling_mode_max_tokens': false,"
                        + " 'pooling_mode_mean_sqrt_len_tokens': false}");
        put("sentence_bert_config.json", "{'max_seq_length': 11, 'do_lower_case': false}");
        put(
                "config_sentence_transformers.json",
                "{'__version__': {'sentence_transformers': '2.4.0'}, 'prompts':"
                        + " {'query': 'find: ', 'passage': 'text: ', 'topic': 'topic: '}, 'default_prompt_name': 'topic'}");
        assertEquals(new EmbeddingSettings(Pooling.CLS, true, "find: ", "text: ", 11), settings());

        put(
                "config_sentence_transformers.json",
                "{'prompts': {'query': '', 'topic': 'topic: '}," + " 'default_prompt_name': 'topic'}");
        putModules("Transformer", "Pooling");
        assertEquals(new EmbeddingSettings(Pooling.CLS, false, "", "topic: ", 11), settings());

        put("sentence_bert_config.json", "{'max_seq_length': 512, 'do_lower_case': false}");
        put("1_Pooling/config.json", "{'word_embedding_dimension': 12}");
        Files.delete(folder.resolve("config_sentence_transformers.json"));
        assertEquals(new EmbeddingSettings(Pooling.MEAN, false, "", "", 16), settings());
    }

    /** Of several names of a prompt the first counts that is there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'document': '', 'passage': 'p: '} | ''",
                "{'passage': 'p: ', 'document': 'd: '} | 'd: '",
                "{'corpus': 'c: ', 'passage': ''} | ''",
                "{'document': null, 'passage': 'p: '} | ''",
                "{'corpus': 'c: '} | 'c: '",
            })
    void passagePrompt_isTheFirstThatIsThere_emptyOrNot(String prompts, String expected) throws IOException {
        putModules("Transformer", "Pooling");
        put("1_Pooling/config.json", "{'pooling_mode': 'mean'}");
        put("config_sentence_transformers.json", "{'prompts': " + prompts + "}");
        assertEquals(expected, settings().passagePrefix());
    }

    @Test
    void write_keepsWhatElseTheBaseModelSays() throws IOException {
        putModules("Transformer", "Pooling");
        put("1_Pooling/config.json", "{'pooling_mode': 'mean'}");
        put(
                "config_sentence_transformers.json",
                "{'prompts': {'topic': 'topic: ', 'query': 'q: ', 'passage': 'p: '},"
                        + " 'default_prompt_name': 'topic', 'similarity_fn_name': 'dot', 'model_type': 'SentenceTransformer'}");
        Path out = work.resolve("out");
        try (PretrainedModel base = Models.load(folder.toString())) {
            EmbeddingSettings other = new EmbeddingSettings(Pooling.MEAN, false, "find: ", "text: ", 9);
            MergedModel.embedder(base, Optional.empty(), other).write(out, DataType.FLOAT);
        }
        String expected =
                "{'prompts': {'topic': 'topic: ', 'query': 'find: ', 'passage': 'text: ', 'document': 'text: '},"
                        + " 'default_prompt_name': 'topic', 'similarity_fn_name': 'dot', 'model_type': 'SentenceTransformer'}";
        assertEquals(
                new ObjectMapper().readTree(expected.replace('\'', '"')),
                JsonFile.readObject(out.resolve("config_sentence_transformers.json")));
    }

    @Test
    void settings_withoutSuchFiles_areTheMeanNormalized() throws IOException {
        assertEquals(new EmbeddingSettings(Pooling.MEAN, true, "", "", 16), settings());
        put("tokenizer_config.json", "{'model_max_length': 10}");
        assertEquals(EmbeddingSettings.standard(10), settings());
        put("tokenizer_config.json", "{'model_max_length': 1000000000000000019884624838656}");
        assertEquals(EmbeddingSettings.standard(16), settings());
    }

    @Test
    void settings_notSupported_areRefusedByName() throws IOException {
        String expected = ", expected Transformer, Pooling and, where vectors are normalized, Normalize";
        Path modules = folder.resolve("modules.json");
        Path pooling = folder.resolve("1_Pooling/config.json");
        putModules("Transformer", "Pooling", "Dense", "Normalize");
        assertEquals(
                modules + ": field \"modules[2].type\": found sentence_transformers.models.Dense" + expected,
                refusal());
        putModules("Transformer", "LSTM", "Pooling");
        assertEquals(
                modules + ": field \"modules[1].type\": found sentence_transformers.models.LSTM" + expected, refusal());
        putModules("Transformer", "Pooling", "Normalize", "Normalize");
        assertEquals(
                modules + ": field \"modules[3].type\": found sentence_transformers.models.Normalize" + expected,
                refusal());
        putModules("Transformer");
        assertEquals(modules + ": field \"modules\": found 1" + expected, refusal());
        put("modules.json", "{}");
        assertEquals(modules + ": expected a JSON array, found OBJECT", refusal());
        put(
                "modules.json",
                "[{'path': '0_Transformer', 'type': 'sentence_transformers.models.Transformer'},"
                        + " {'path': '1_Pooling', 'type': 'sentence_transformers.models.Pooling'}]");
        assertTrue(refusal().startsWith(modules + ": field \"modules[0].path\": found \"0_Transformer\""), refusal());

        putModules("Transformer", "Pooling");
        assertEquals(pooling + ": there is no such file", refusal());
        for (String mode : List.of("max", "mean_sqrt_len_tokens", "weightedmean")) {
            put("1_Pooling/config.json", "{'pooling_mode': '" + mode + "'}");
            assertEquals(pooling + ": found pooling by " + mode + ", expected cls, mean or lasttoken", refusal());
        }
        put("1_Pooling/config.json", "{'pooling_mode_max_tokens': true}");
        assertEquals(pooling + ": found pooling by max, expected cls, mean or lasttoken", refusal());
        put("1_Pooling/config.json", "{'pooling_mode_cls_token': true, 'pooling_mode_mean_tokens': true}");
        assertEquals(pooling + ": found pooling by cls and mean, expected cls, mean or lasttoken", refusal());
        put("1_Pooling/config.json", "{'pooling_mode': 'mean', 'include_prompt': false}");
        assertEquals(
                pooling + ": field \"include_prompt\": found false, expected true: pooling reads the prefix too",
                refusal());

        put("1_Pooling/config.json", "{'pooling_mode': 'mean'}");
        put("config_sentence_transformers.json", "{'truncate_dim': 2}");
        assertTrue(
                refusal()
                        .endsWith(
                                "\"truncate_dim\": found 2, vectors are not cut to fewer numbers; expected null, false or empty"),
                refusal());
        put("config_sentence_transformers.json", "{'truncate_dim': null}");
        put("sentence_bert_config.json", "{'max_seq_length': 0}");
        assertTrue(refusal().endsWith("field \"max_seq_length\": found 0.0, expected >= 1"), refusal());
        put("sentence_bert_config.json", "{'do_lower_case': true}");
        assertTrue(refusal().endsWith("expected false: texts go to the tokenizer as they are"), refusal());
        put("sentence_bert_config.json", "{'max_seq_length': 9, 'tokenizer_args': {'model_max_length': 4}}");
        assertTrue(
                refusal()
                        .contains(
                                "field \"tokenizer_args\": found {\"model_max_length\":4}, the tokenizer and the model"),
                refusal());
        put(
                "sentence_bert_config.json",
                "{'max_seq_length': 9, 'tokenizer_args': {}, 'config_args': {'hidden_act': 'relu'}}");
        assertTrue(refusal().contains("field \"config_args\""), refusal());
    }

    @ParameterizedTest
    @CsvSource({
        "minilm, MEAN, '', '', 256",
        "bge-small, CLS, 'Represent this sentence for searching relevant passages: ', '', 512",
        "e5-small, MEAN, 'query: ', 'passage: ', 512"
    })
    void settings_ofModelsByName_areTheirCards(String model, Pooling pooling, String query, String passage, int length)
            throws IOException {
        OnnxEncoder encoder = OnnxEncoder.ALL.stream()
                .filter(one -> one.name().equals(model))
                .findFirst()
                .orElseThrow();
        EmbeddingSettings expected = new EmbeddingSettings(pooling, true, query, passage, length);
        assertEquals(expected, encoder.settings());
        assumeTrue(encoder.artifact().isPresent(), model + " is on the class path with -P" + model);
        try (BaseModel base = BaseModel.load(model)) {
            assertEquals(expected, base.embeddingSettings());
        }
    }

    @ParameterizedTest
    @CsvSource({"CLS, true, 'q: ', 'p: ', 9", "MEAN, true, '', '', 16", "MEAN, false, 'q: ', '', 5"})
    void write_thenRead_hasTheSameSettings(
            Pooling pooling, boolean normalized, String query, String passage, int length) throws IOException {
        EmbeddingSettings settings = new EmbeddingSettings(pooling, normalized, query, passage, length);
        Path out = work.resolve("out");
        try (PretrainedModel base = Models.load(folder.toString())) {
            MergedModel.embedder(base, Optional.empty(), settings).write(out, DataType.FLOAT);
        }
        assertEquals(normalized, Files.isDirectory(out.resolve("2_Normalize")));
        folder = out;
        assertEquals(settings, settings());
    }

    @Test
    void write_embeddingModel_isTheBaseClassWithItsNames() throws IOException {
        Path out = work.resolve("out");
        try (PretrainedModel base = Models.load(folder.toString())) {
            MergedModel.embedder(base, Optional.empty(), base.embeddingSettings())
                    .write(out, DataType.FLOAT16);
        }
        assertEquals(
                "[\"BertModel\"]",
                JsonFile.readObject(out.resolve("config.json"))
                        .get("architectures")
                        .toString());
        try (SafeTensors written = SafeTensors.open(out.resolve("model.safetensors"));
                SafeTensors original = SafeTensors.open(folder.resolve("model.safetensors"))) {
            assertEquals(original.names(), written.names());
        }
    }

    @Test
    void write_debertaAndLlama_leaveOutWhatStandsBesideTheBase() throws IOException {
        for (String family : List.of("deberta-v3", "llama")) {
            Path out = work.resolve(family);
            Path from = GOLDEN.resolve("families").resolve(family);
            try (PretrainedModel base = Models.load(from.toString())) {
                MergedModel.embedder(base, Optional.empty(), EmbeddingSettings.standard(8))
                        .write(out, DataType.FLOAT);
            }
            try (SafeTensors written = SafeTensors.open(out.resolve("model.safetensors"))) {
                assertFalse(
                        written.names().stream().anyMatch(name -> name.matches("(pooler|lm_head|classifier|model).*")),
                        () -> written.names().toString());
            }
            try (PretrainedModel again = Models.load(out.toString())) {
                assertEquals(EmbeddingSettings.standard(8), again.embeddingSettings());
            }
        }
    }

    @Test
    void newSettings_beyondTheModel_areRefused() throws IOException {
        assertEquals(
                "embedding settings: maxLength is 0, expected >= 1",
                assertThrows(IllegalArgumentException.class, () -> EmbeddingSettings.standard(0))
                        .getMessage());
        try (PretrainedModel base = Models.load(folder.toString())) {
            assertEquals(
                    "merged model: maxLength is 17, expected 1 to 16",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> MergedModel.embedder(
                                            base,
                                            Optional.empty(),
                                            base.embeddingSettings().withMaxLength(17)))
                            .getMessage());
        }
    }
}

package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class TextGeneratorTest {
    private static final List<PromptCompletion> TEXTS =
            Collections.nCopies(12, PromptCompletion.text("the sun is warm and the rain is cold"));

    @TempDir
    Path parent;

    private static TextGenerator train() throws Exception {
        return TextGenerator.on(Samples.model("llama"))
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(25).batchSize(4).build())
                .train(LanguageModelData.of(TEXTS).dev(TEXTS.subList(0, 1)).read());
    }

    @Test
    void train_save_load_generate() throws Exception {
        Path folder = parent.resolve("adapter");
        String continued;
        try (TextGenerator generator = train()) {
            double perplexity = generator.perplexity(TEXTS);
            double base;
            try (TextGenerator plain = TextGenerator.of(generator.base())) {
                base = plain.perplexity(TEXTS);
                assertNotEquals(
                        plain.generate("the sun is", Generation.defaults().withMaxTokens(8)),
                        generator.generate("the sun is", Generation.defaults().withMaxTokens(8)));
            }
            assertTrue(perplexity < base / 4, "perplexity " + perplexity + ", base model " + base);
            assertEquals(
                    generator.training().orElseThrow().best().metrics().get("perplexity"),
                    perplexity,
                    1e-6 * perplexity);
            continued = generator.generate("the sun is", Generation.defaults().withMaxTokens(8));
            assertFalse(continued.startsWith("the sun is"), "without the prompt: " + continued);
            generator.save(folder);
        }
        try (TextGenerator loaded = TextGenerator.load(folder)) {
            assertEquals(
                    continued,
                    loaded.generate("the sun is", Generation.defaults().withMaxTokens(8)));
        }
    }

    @Test
    void defaults_areThoseOfTheCommandLine() throws Exception {
        try (TextGenerator generator = TextGenerator.on(Samples.model("llama"))
                .train(LanguageModelData.of(TEXTS).dev(TEXTS.subList(0, 1)).read())) {
            assertEquals(3, generator.training().orElseThrow().evaluations().size());
        }
    }

    @Test
    void perplexity_ofADamagedAdapter_isRefused() throws Exception {
        try (TextGenerator generator = train()) {
            generator.adapters().orElseThrow().parameters().get(0).value().assign(Double.NaN);
            assertEquals(
                    "perplexity: not a finite number; the base model or the adapter is damaged",
                    assertThrows(NonFiniteOutputException.class, () -> generator.perplexity(TEXTS))
                            .getMessage());
        }
    }

    @Test
    void pieces_areTheText_andAStopEndsIt() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            Generation ten = Generation.defaults().withMaxTokens(10);
            List<String> pieces = new ArrayList<>();
            String whole = generator.generate("the rain", ten, pieces::add);
            assertEquals(whole, String.join("", pieces));
            assertTrue(pieces.size() > 1, "streamed: " + pieces);
            String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
            assertEquals(whole.substring(0, whole.indexOf(stop)), generator.generate("the rain", ten.withStops(stop)));
        }
    }

    @Test
    void seed_tellsSampledTexts() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            Generation one = Generation.defaults().withMaxTokens(12).withSampling(new Sampling(1.0, 0.9, 1));
            assertEquals(generator.generate("the", one), generator.generate("the", one));
            assertNotEquals(
                    generator.generate("the", one),
                    generator.generate("the", one.withSampling(new Sampling(1.0, 0.9, 2))));
        }
    }

    @Test
    void threads_generateAsOneDoes() throws Exception {
        try (TextGenerator generator = train()) {
            Generation eight = Generation.defaults().withMaxTokens(8);
            String alone = generator.generate("the sun", eight);
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<String>> all = new ArrayList<>();
                for (int t = 0; t < 8; t++) {
                    all.add(threads.submit(() -> generator.generate("the sun", eight)));
                }
                for (Future<String> one : all) {
                    assertEquals(alone, one.get());
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void completeAll_areTheTextsOneAtATime() throws Exception {
        List<String> prompts = List.of("the sun", "the rain is", "a", "the sun is warm and", "cold");
        Generation stopped = Generation.defaults()
                .withMaxTokens(11)
                .withSampling(new Sampling(1.1, 0.95, 7))
                .withStops("o");
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            assertEquals(
                    prompts.stream()
                            .map(prompt -> generator.complete(prompt, stopped, piece -> {}))
                            .toList(),
                    generator.completeAll(prompts, stopped));
            assertEquals(List.of(), generator.completeAll(List.of(), stopped));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> generator.completeAll(List.of("the sun", "the sun ".repeat(500)), stopped));
        }
    }

    @Test
    void modelThatPredictsNoTokens_isRefused() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> TextGenerator.on(Samples.model("bert"))
                        .train(LanguageModelData.of(TEXTS).dev(TEXTS).read()));
        assertTrue(
                refused.getMessage().endsWith("predicts no tokens, expected a causal language model such as LLaMA"),
                refused.getMessage());
    }

    @Test
    void baseModelAlone_cannotBeSaved() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            IllegalStateException refused =
                    assertThrows(IllegalStateException.class, () -> generator.save(parent.resolve("none")));
            assertTrue(refused.getMessage().contains("expected one with adapters"), refused.getMessage());
        }
    }

    private Path copyOfLlama(UnaryOperator<ObjectNode> change) throws Exception {
        Path golden = Path.of(getClass().getResource("/golden/families/llama").toURI());
        Path folder = Files.createDirectory(parent.resolve("llama"));
        Files.copy(golden.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.copy(golden.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        JsonFile.write(folder.resolve("config.json"), change.apply(JsonFile.readObject(golden.resolve("config.json"))));
        return folder;
    }

    private static Stream<Named<JsonNode>> continuations() throws Exception {
        Path golden = Path.of(TextGeneratorTest.class
                .getResource("/golden/families/generation.json")
                .toURI());
        JsonNode rows = new JsonMapper().readTree(golden.toFile());
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> Named.of(row.get("name").textValue(), row));
    }

    /** Of both files, which tokens end a text and what tokens are penalized for. */
    @ParameterizedTest
    @MethodSource("continuations")
    void generate_bySettingsOfTheModelsFiles_isWhatTransformersGenerates(JsonNode row) throws Exception {
        Path folder = copyOfLlama(config -> config.setAll((ObjectNode) row.get("config")));
        if (row.get("generation").isObject()) {
            JsonFile.write(folder.resolve("generation_config.json"), (ObjectNode) row.get("generation"));
        }
        int[] ids = ids(row, "ids");
        String prompt = row.get("prompt").textValue();
        Generation generation =
                Generation.defaults().withMaxTokens(row.get("max_new_tokens").intValue());
        try (BaseModel base = BaseModel.load(folder.toString());
                TextGenerator generator = TextGenerator.of(base)) {
            assertArrayEquals(ids(row, "prompt_ids"), TextSequences.prompt(prompt, base.tokenizer()));
            // The token that ended the text is no part of it.
            boolean ended = ids.length < generation.maxTokens();
            String expected = base.tokenizer().decode(Arrays.copyOf(ids, ended ? ids.length - 1 : ids.length));
            assertEquals(
                    expected.strip(), generator.generate(prompt, generation).strip());
        }
    }

    @Test
    void generate_withAPenaltyOfItsOwn_setsTheModelsAside() throws Exception {
        Path folder = copyOfLlama(config -> config.put("repetition_penalty", 1.3));
        Map<String, JsonNode> rows = continuations().collect(Collectors.toMap(Named::getName, Named::getPayload));
        try (BaseModel base = BaseModel.load(folder.toString());
                TextGenerator generator = TextGenerator.of(base)) {
            for (Map.Entry<String, Double> penalty : Map.of("nothing", 1.0, "small penalty", 1.05, "reward", 0.75)
                    .entrySet()) {
                JsonNode row = rows.get(penalty.getKey());
                Generation generation = Generation.defaults()
                        .withMaxTokens(row.get("max_new_tokens").intValue())
                        .withSampling(Sampling.GREEDY.withRepetitionPenalty(penalty.getValue()));
                assertEquals(
                        base.tokenizer().decode(ids(row, "ids")).strip(),
                        generator
                                .generate(row.get("prompt").textValue(), generation)
                                .strip());
            }
        }
    }

    private static int[] ids(JsonNode row, String name) {
        return StreamSupport.stream(row.get(name).spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    /** Its texts end with the tokenizer's token, which no file need name. */
    @Test
    void generate_withAdapters_endsAtTheTokenizersTokenToo() throws Exception {
        Path folder = copyOfLlama(config -> config);
        JsonFile.write(
                folder.resolve("generation_config.json"), JsonFile.newObject().put("eos_token_id", 5));
        List<PromptCompletion> texts = List.of(new PromptCompletion("the sun", " is"));
        try (TextGenerator generator = TextGenerator.on(folder.toString())
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(60).batchSize(1).build())
                .train(LanguageModelData.of(texts).dev(texts).read())) {
            assertEquals(
                    "is",
                    generator
                            .generate("the sun", Generation.defaults().withMaxTokens(8))
                            .strip());
        }
    }

    /** As Llama 3's, which end a turn with one token and a text with another. */
    @ParameterizedTest
    @ValueSource(strings = {"list in config.json", "list in generation_config.json", "one in generation_config.json"})
    void generate_ofAModelWithSeveralEndTokens_endsAtEach(String where) throws Exception {
        int[] tokens;
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TokenGenerator generator = new TokenGenerator(base.weights(), Backends.standard())) {
            int[] prompt = TextSequences.prompt("the sun", base.tokenizer());
            tokens = generator.generate(
                    new TokenRequest(prompt, Optional.empty(), Sampling.GREEDY, 8, Set.of()),
                    token -> true,
                    () -> false);
        }
        int end = tokens[3];
        int[] expected = Arrays.stream(tokens).takeWhile(token -> token != end).toArray();
        Path folder = copyOfLlama(config -> {
            if (where.endsWith("in config.json")) {
                config.putArray("eos_token_id").add(286).add(end);
            }
            return config;
        });
        if (where.endsWith("generation_config.json")) {
            ObjectNode generation = JsonFile.newObject();
            if (where.startsWith("one")) {
                generation.put("eos_token_id", end);
            } else {
                generation.putArray("eos_token_id").add(286).add(end);
            }
            JsonFile.write(folder.resolve("generation_config.json"), generation.put("max_length", 77));
        }
        Path merged = parent.resolve("merged");
        try (PretrainedModel model = Models.load(folder.toString());
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT);
                AdapterSet zero =
                        AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), Backends.standard())) {
            assertEquals(OptionalInt.of(286), model.tokenizer().endToken());
            MergedModel.languageModel(model, zero, 16).write(merged, DataType.FLOAT);
        }
        // With the token that an adapter has learned to end texts with.
        ObjectNode written = JsonFile.readObject(
                merged.resolve(where.endsWith("in config.json") ? "config.json" : "generation_config.json"));
        List<Integer> ends = new ArrayList<>();
        written.get("eos_token_id").forEach(id -> ends.add(id.intValue()));
        assertEquals(Set.of(end, 286), Set.copyOf(ends));
        assertEquals(
                where.endsWith("in config.json") ? 0 : 77,
                written.path("max_length").asInt());
        for (Path one : List.of(folder, merged)) {
            try (BaseModel base = BaseModel.load(one.toString());
                    TextGenerator generator = TextGenerator.of(base)) {
                assertEquals(
                        base.tokenizer().decode(expected).strip(),
                        generator
                                .generate("the sun", Generation.defaults().withMaxTokens(8))
                                .strip());
            }
        }
    }

    @Test
    void modelWithoutVocabularyHead_isRefused() throws Exception {
        Path folder = copyOfLlama(config -> config);
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(folder.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                if (!name.startsWith("lm_head")) {
                    tensors.put(name, file.read(name));
                }
            }
        }
        SafeTensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
        try (BaseModel base = BaseModel.load(folder.toString())) {
            for (Executable use : List.<Executable>of(
                    () -> TextGenerator.of(base),
                    () -> TextGenerator.on(folder.toString())
                            .train(LanguageModelData.of(TEXTS).dev(TEXTS).read()))) {
                assertEquals(
                        "model weights: there is no 'lm_head.weight', expected one to predict tokens with, or a configuration"
                                + " that ties word embeddings",
                        assertThrows(IllegalArgumentException.class, use).getMessage());
            }
        }
    }

    @Test
    void tiedModelWithAnotherHeadInItsFile_isRefused() throws Exception {
        Path folder = copyOfLlama(config -> config.put("tie_word_embeddings", true));
        String message = assertThrows(IOException.class, () -> BaseModel.load(folder.toString()))
                .getMessage();
        assertEquals(
                folder.resolve("config.json") + ": field \"tie_word_embeddings\": found true, but "
                        + folder.resolve("model.safetensors")
                        + " has another lm_head.weight than model.embed_tokens.weight",
                message);
    }
}

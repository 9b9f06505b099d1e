package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.generation.TextGenerator;

/** Training, saving, loading and using an adapter, with each kind of tokenizer in each family of text models. */
class EveryTokenizerIT {

    private static final List<String> FAMILIES = List.of("bert", "roberta", "deberta-v3", "llama");
    /** Golden models whose tokenizers are word pieces, a unigram model, byte-level BPE and CLIP's BPE. */
    private static final List<String> TOKENIZERS = List.of("bert", "deberta-v3", "llama", "clip");

    private static final int VOCABULARY = 600;
    private static final int LENGTH = 16;

    @TempDir
    Path parent;

    /** What a tokenizer puts around a text. */
    private enum Around {
        AS_STORED,
        NOTHING,
        BEGINNING
    }

    static Stream<Arguments> all() {
        return FAMILIES.stream()
                .flatMap(family -> TOKENIZERS.stream()
                        .flatMap(tokenizer ->
                                Stream.of(Around.values()).map(around -> Arguments.of(family, tokenizer, around))));
    }

    private Path model(String family, String tokenizer, Around around) throws IOException {
        ObjectNode config = JsonFile.readObject(Path.of(Samples.model(family), "config.json"));
        config.put("vocab_size", VOCABULARY);
        Path folder = TinyModels.write(Files.createDirectory(parent.resolve("model")), config, 11);
        ObjectNode json = JsonFile.readObject(Path.of(Samples.model(tokenizer), "tokenizer.json"));
        switch (around) {
            case NOTHING -> json.putNull("post_processor");
            case BEGINNING -> json.set("post_processor", beginning(json));
            case AS_STORED -> {}
        }
        JsonFile.write(folder.resolve("tokenizer.json"), json);
        return folder;
    }

    /** A post-processor that puts the first special token before each text and nothing behind it. */
    private static ObjectNode beginning(ObjectNode tokenizer) {
        JsonNode token = tokenizer.path("added_tokens").path(0);
        String content = token.path("content").asText();
        ObjectNode template = JsonFile.newObject().put("type", "TemplateProcessing");
        addPieces(template, "single", content, "A");
        addPieces(template, "pair", content, "A", "B");
        ObjectNode special =
                template.putObject("special_tokens").putObject(content).put("id", content);
        special.putArray("ids").add(token.path("id").asInt());
        special.putArray("tokens").add(content);
        return template;
    }

    private static void addPieces(ObjectNode template, String name, String token, String... sequences) {
        template.putArray(name)
                .addObject()
                .putObject("SpecialToken")
                .put("id", token)
                .put("type_id", 0);
        for (String sequence : sequences) {
            template.withArray(name)
                    .addObject()
                    .putObject("Sequence")
                    .put("id", sequence)
                    .put("type_id", 0);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void classifier_isSavedAndLoaded(String family, String tokenizer, Around around) throws Exception {
        classify(model(family, tokenizer, around));
    }

    @Test
    void classifier_ofAVocabularyFile_isSavedAndLoaded() throws Exception {
        Path model = model("bert", "bert", Around.AS_STORED);
        JsonNode words = JsonFile.readObject(model.resolve("tokenizer.json"))
                .path("model")
                .path("vocab");
        TreeMap<Integer, String> byId = new TreeMap<>();
        for (Iterator<String> names = words.fieldNames(); names.hasNext(); ) {
            String word = names.next();
            byId.put(words.path(word).asInt(), word);
        }
        Files.writeString(model.resolve("vocab.txt"), String.join("\n", byId.values()) + "\n");
        Files.delete(model.resolve("tokenizer.json"));
        classify(model);
    }

    private void classify(Path model) throws Exception {
        Path adapter = parent.resolve("adapter");
        List<String> texts = List.of("the sun is warm", "the rain is cold", "smile");
        List<Classification> answers;
        try (TextClassifier classifier = TextClassifier.on(model.toString())
                .adapters(LsrConfig.lora(2, 2))
                .config(Samples.quick().epochs(2).build())
                .maxLength(LENGTH)
                .train(Samples.weather(12))) {
            answers = classifier.predict(texts);
            classifier.save(adapter);
        }
        try (TextClassifier loaded = TextClassifier.load(adapter)) {
            assertEquals(answers, loaded.predict(texts));
        }
    }

    static Stream<Arguments> causal() {
        return all().filter(arguments -> arguments.get()[0].equals("llama"));
    }

    @ParameterizedTest
    @MethodSource("causal")
    void generator_isSavedAndLoaded(String family, String tokenizer, Around around) throws Exception {
        generate(model(family, tokenizer, around));
    }

    /** SentencePiece and byte-level BPE in GGUF files, the first as stored and told to begin no text. */
    @ParameterizedTest
    @MethodSource("ggufFiles")
    void generator_ofAGgufFile_isSavedAndLoaded(String name, boolean begins) throws Exception {
        byte[] file = Files.readAllBytes(Path.of(Samples.model("../gguf"), name + ".gguf"));
        if (!begins) {
            byte[] key = "tokenizer.ggml.add_bos_token".getBytes(StandardCharsets.US_ASCII);
            int flag = indexOf(file, key) + key.length + Integer.BYTES;
            assertEquals(1, file[flag]);
            file[flag] = 0;
        }
        generate(Files.write(parent.resolve(name + ".gguf"), file));
    }

    static Stream<Arguments> ggufFiles() {
        return Stream.of(
                Arguments.of("blocks", true),
                Arguments.of("blocks", false),
                Arguments.of("mixed", true),
                Arguments.of("llama3", true));
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(new String(part, StandardCharsets.ISO_8859_1));
    }

    private void generate(Path model) throws Exception {
        Path adapter = parent.resolve("adapter");
        List<PromptCompletion> texts = Collections.nCopies(4, PromptCompletion.text("the sun is warm"));
        Generation eight = Generation.defaults().withMaxTokens(8);
        String answer;
        try (TextGenerator generator = TextGenerator.on(model.toString())
                .adapters(LsrConfig.lora(2, 2))
                .config(Samples.quick().epochs(1).build())
                .maxLength(LENGTH)
                .train(LanguageModelData.of(texts).dev(texts.subList(0, 1)).read())) {
            answer = generator.generate("the sun", eight);
            generator.save(adapter);
        }
        try (TextGenerator loaded = TextGenerator.load(adapter)) {
            assertEquals(answer, loaded.generate("the sun", eight));
            assertTrue(loaded.perplexity(texts) > 1);
        }
    }
}

package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/** Text to plain ids and back, against what Hugging Face's tokenizers gave. */
class TokenizerTextTest {
    private static final Path LLAMA = Path.of("src/transformers/src/test/resources/golden/families/llama");

    @TempDir
    private Path folder;

    private Path copy() throws IOException {
        for (String name : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
            Files.copy(LLAMA.resolve(name), folder.resolve(name));
        }
        return folder;
    }

    @Test
    void idsAndDecode_llama_areThoseOfHuggingFace() throws IOException {
        try (PretrainedModel model = Models.load(LLAMA.toString())) {
            Tokenizer tokenizer = model.tokenizer();
            int texts = 0;
            for (JsonNode golden : new JsonMapper()
                    .readTree(LLAMA.resolve("expected_tokens.json").toFile())) {
                if (golden.path("second").isNull()) {
                    int[] ids = IntStream.range(0, golden.path("ids").size())
                            .map(i -> golden.path("ids").path(i).asInt())
                            .toArray();
                    String text = golden.path("first").asText();
                    assertArrayEquals(IntStream.of(ids).skip(1).toArray(), tokenizer.ids(text), text);
                    assertEquals(golden.path("decoded").asText(), tokenizer.decode(ids));
                    texts++;
                }
            }
            assertTrue(texts >= 3, texts + " texts");
            assertEquals(0, tokenizer.ids("").length);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bert", "distilbert", "electra", "mpnet", "modernbert", "deberta-v3", "xlm-roberta", "camembert"
            })
    void encode_textsAndPairs_isWhatHuggingFaceMakesOfThem(String name) throws IOException {
        Path golden = LLAMA.resolveSibling(name);
        try (PretrainedModel model = Models.load(golden.toString())) {
            Tokenizer tokenizer = model.tokenizer();
            for (JsonNode row : new JsonMapper()
                    .readTree(golden.resolve("expected_tokens.json").toFile())) {
                int[] ids = new JsonMapper().convertValue(row.path("ids"), int[].class);
                TokenSequence found = tokenizer.encode(
                        row.path("first").asText(), row.path("second").textValue(), 100);
                assertArrayEquals(ids, found.ids(), row.toString());
                assertEquals(row.path("decoded").asText(), tokenizer.decode(ids));
            }
        }
    }

    @Test
    void beginAndEndToken_areWhatTheFilesSay() throws IOException {
        copy();
        assertEnds(OptionalInt.of(286), "config.json");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<|pad|>\"}");
        assertEnds(OptionalInt.of(284), "tokenizer_config.json");
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<|begin_of_text|>\"}}");
        assertEnds(OptionalInt.of(285), "an object in tokenizer_config.json");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        Path config = folder.resolve("config.json");
        String json = Files.readString(config);
        Files.writeString(config, json.replace("\"eos_token_id\": 286", "\"eos_token_id\": [284, 286]"));
        assertEnds(OptionalInt.of(284), "the first of config.json's");
        Files.writeString(config, json.replace("\"eos_token_id\": 286", "\"eos_token_id\": null"));
        assertEnds(OptionalInt.empty(), "nothing");
    }

    private void assertEnds(OptionalInt end, String source) throws IOException {
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertEquals(OptionalInt.of(285), model.tokenizer().beginToken());
            assertEquals(end, model.tokenizer().endToken(), source);
        }
    }

    @Test
    void beginAndEndToken_bert_areThoseAroundEachText() throws IOException {
        try (PretrainedModel model = Models.load("minilm")) {
            assertEquals(OptionalInt.of(101), model.tokenizer().beginToken());
            assertEquals(OptionalInt.of(102), model.tokenizer().endToken());
            assertArrayEquals(new int[] {7592, 2088}, model.tokenizer().ids("hello world"));
            assertEquals("hello world", model.tokenizer().decode(new int[] {101, 7592, 2088, 102}));
        }
    }
}

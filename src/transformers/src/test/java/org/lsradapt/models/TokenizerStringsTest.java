package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.parts.Transformer;

/** Random strings with special tokens inside, by each tokenizer class and setting: as transformers' AutoTokenizer. */
class TokenizerStringsTest {
    /** Another file of {@code tokenizer_strings.py}, such as one with more strings. */
    private static final String OTHER_FILE = "lsr.tokenizer.strings";

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/families");
    private static final Map<String, String> FOLDERS = Map.of("deberta-v2", "deberta-v3", "gemma3_text", "gemma3");
    private static final Set<String> TWO_TOWERS = Set.of("clip", "siglip");

    @TempDir
    Path folder;

    /** A case, under its name. */
    record Case(JsonNode row, JsonNode tokenizer, List<String> texts, JsonNode words) {
        @Override
        public String toString() {
            return row.path("name").asText();
        }
    }

    static Stream<Case> cases() throws IOException {
        String file = System.getProperty(
                OTHER_FILE, GOLDEN.resolve("tokenizer_strings.json").toString());
        JsonNode root = JsonFile.readObject(Path.of(file));
        List<String> texts = new ArrayList<>();
        root.path("texts").forEach(text -> texts.add(text.asText()));
        return StreamSupport.stream(root.path("cases").spliterator(), false)
                .map(row -> new Case(
                        row, root.path("tokenizers").path(row.path("tokenizer").asText()), texts, root.path("words")));
    }

    private FastTokenizer tokenizer(Case one) throws IOException {
        String type = one.row().path("model_type").asText();
        JsonFile.write(folder.resolve("tokenizer.json"), one.tokenizer());
        if (one.row().path("tokenizer_config").isObject()) {
            JsonFile.write(folder.resolve("tokenizer_config.json"), one.row().path("tokenizer_config"));
        }
        for (Map.Entry<String, JsonNode> other : one.row().path("others").properties()) {
            JsonFile.write(folder.resolve(other.getKey() + ".json"), other.getValue());
        }
        Optional<ObjectNode> beside = HuggingFaceFolder.tokenizerConfig(folder);
        if (TWO_TOWERS.contains(type)) {
            JsonFields config = fields(type);
            Optional<String> standard = Families.dual(config).tokenizerClass();
            return tokenizer(fields("bert"), standard, false, beside);
        }
        JsonFields config = fields(FOLDERS.getOrDefault(type, type));
        Family family = Families.of(config);
        return tokenizer(config, family.tokenizerClass(), family.isTokenizerClassFixed(), beside);
    }

    private FastTokenizer tokenizer(
            JsonFields config, Optional<String> standard, boolean fixed, Optional<ObjectNode> beside)
            throws IOException {
        Transformer model = HuggingFaceFolder.describe(Families.of(config), config);
        TokenizerSettings settings = TokenizerSettings.of(folder, standard, fixed, JsonFile.newObject(), beside);
        return HuggingFaceFolder.tokenizer(folder, Optional.empty(), model, settings);
    }

    private static JsonFields fields(String golden) throws IOException {
        Path file = GOLDEN.resolve(golden).resolve("config.json");
        return new JsonFields(file.toString(), JsonFile.readObject(file).put("vocab_size", 2000));
    }

    private static long sum(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(ids).forEach(bytes::putInt);
        return sum(bytes.array());
    }

    private static long sum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void encode_randomStrings_equalsTransformers(Case one) throws IOException {
        List<String> different = new ArrayList<>();
        try (FastTokenizer tokenizer = tokenizer(one)) {
            JsonNode shown = one.row().path("ids");
            JsonNode sums = one.row().path("sums");
            JsonNode decoded = one.row().path("decoded");
            assertEquals(one.texts().size(), shown.size() + sums.size());
            for (int i = 0; i < one.texts().size(); i++) {
                String text = one.texts().get(i);
                int[] ids = ids(tokenizer, text);
                boolean equal = i < shown.size()
                        ? shown.path(i).toString().equals(Arrays.toString(ids).replace(" ", ""))
                        : sums.path(i - shown.size()).asLong() == sum(ids);
                if (!equal) {
                    different.add(new JsonMapper().writeValueAsString(text) + " is " + Arrays.toString(ids)
                            + ", expected " + shown.path(i));
                } else if (decoded.path(i).isNumber()
                        && sum(tokenizer.decode(ids).getBytes(StandardCharsets.UTF_8))
                                != decoded.path(i).asLong()) {
                    different.add(new JsonMapper().writeValueAsString(text) + " is decoded to "
                            + new JsonMapper().writeValueAsString(tokenizer.decode(ids)));
                }
            }
        }
        assertTrue(one.texts().size() >= 300);
        assertEquals(List.of(), different.stream().limit(5).toList(), different.size() + " strings differ");
    }

    /** Words that are tokenized each by itself. */
    @ParameterizedTest
    @MethodSource("cases")
    void tokens_ofWords_equalIsSplitIntoWords(Case one) throws IOException {
        JsonNode sums = one.row().path("words");
        assertTrue(one.words().size() >= 50);
        try (FastTokenizer tokenizer = tokenizer(one)) {
            for (int i = 0; i < one.words().size(); i++) {
                List<String> words = new ArrayList<>();
                one.words().path(i).forEach(word -> words.add(word.asText()));
                List<Token> tokens = tokenizer.tokens(words);
                int[] numbers = Stream.concat(
                                tokens.stream().map(Token::id), tokens.stream().map(Token::part))
                        .mapToInt(Integer::intValue)
                        .toArray();
                assertEquals(sums.path(i).asLong(), sum(numbers), words + " are " + tokens);
            }
        }
    }

    private static int[] ids(FastTokenizer tokenizer, String text) {
        return text.isEmpty() && tokenizer.specialTokens(false) == 0
                ? new int[0]
                : tokenizer.encode(text, null, Integer.MAX_VALUE).ids();
    }
}

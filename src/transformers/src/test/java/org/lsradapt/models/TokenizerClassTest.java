package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** What {@code tokenizer_config.json} says beside a {@code tokenizer.json}: as transformers' AutoTokenizer. */
class TokenizerClassTest {
    private static final Map<String, String> MODELS =
            Map.of("bert", "bert", "roberta", "roberta", "llama", "llama", "deberta-v2", "deberta-absolute");

    @TempDir
    Path folder;

    private static JsonNode golden(String file) throws IOException {
        try (InputStream in = TokenizerClassTest.class.getResourceAsStream("/golden/families/" + file)) {
            return new JsonMapper().readTree(in);
        }
    }

    /** A case of tokenizer_classes.json, under its name. */
    record Case(JsonNode row, JsonNode tokenizer) {
        @Override
        public String toString() {
            return row.path("name").asText();
        }
    }

    static Stream<Case> cases() throws IOException {
        JsonNode root = golden("tokenizer_classes.json");
        return StreamSupport.stream(root.path("cases").spliterator(), false)
                .map(row -> new Case(
                        row, root.path("tokenizers").path(row.path("tokenizer").asText())));
    }

    private FastTokenizer tokenizer(String modelType, JsonNode tokenizer, JsonNode tokenizerConfig) throws IOException {
        ObjectNode config = (ObjectNode) golden(MODELS.get(modelType) + "/config.json");
        config.put("vocab_size", 400);
        JsonFields fields = new JsonFields(folder.resolve("config.json").toString(), config);
        Family family = Families.of(fields);
        Transformer model = HuggingFaceFolder.describe(family, fields);
        JsonFile.write(folder.resolve("tokenizer.json"), tokenizer);
        if (tokenizerConfig.isObject()) {
            JsonFile.write(folder.resolve("tokenizer_config.json"), tokenizerConfig);
        }
        Optional<ObjectNode> beside = HuggingFaceFolder.tokenizerConfig(folder);
        return HuggingFaceFolder.tokenizer(
                folder,
                family.wordPieceFile(),
                model,
                TokenizerSettings.of(folder, family.tokenizerClass(), family.isTokenizerClassFixed(), config, beside));
    }

    private static String numbers(int[] array) {
        return Arrays.toString(array).replace(" ", "");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void encode_equalsTransformers(Case one) throws IOException {
        JsonNode row = one.row();
        ObjectNode json = ((ObjectNode) one.tokenizer().deepCopy()).setAll((ObjectNode) row.path("changes"));
        try (FastTokenizer tokenizer = tokenizer(row.path("model_type").asText(), json, row.path("tokenizer_config"))) {
            for (JsonNode text : row.path("texts")) {
                TokenSequence found = tokenizer.encode(
                        text.path("first").asText(), text.path("second").textValue(), 60);
                assertEquals(text.path("ids").toString(), numbers(found.ids()), text::toString);
                assertEquals(text.path("types").toString(), numbers(found.typeIds()), text::toString);
                assertEquals(text.path("decoded").asText(), tokenizer.decode(found.ids()), text::toString);
            }
        }
        assertTrue(row.path("texts").size() >= 4);
    }

    /** A class that config.json names is asked before the one of the model type. */
    @Test
    void tokenizerClass_ofConfigJson_isReadWhereTheTokenizersFileHasNone() throws IOException {
        ObjectNode config = JsonFile.newObject().put("tokenizer_class", "PreTrainedTokenizerFast");
        Optional<String> standard = Optional.of("BertTokenizer");
        assertTrue(TokenizerSettings.of(folder, standard, false, JsonFile.newObject(), Optional.empty())
                .givesTypes());
        assertTrue(!TokenizerSettings.of(folder, standard, false, config, Optional.empty())
                .givesTypes());
        Optional<ObjectNode> beside = Optional.of(JsonFile.newObject().put("tokenizer_class", "BertTokenizerFast"));
        assertTrue(TokenizerSettings.of(folder, standard, false, config, beside).givesTypes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert | word-piece | {} | {'do_lower_case': 'no'} | tokenizer_config.json: field \"do_lower_case\": ",
                "bert | word-piece | {} | {'model_input_names': 'input_ids'} | tokenizer_config.json: field \"model_input_names\": ",
            })
    void settings_thatDoNotFit_areRefused(String modelType, String name, String changes, String config, String message)
            throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode json =
                (ObjectNode) golden("tokenizer_classes.json").path("tokenizers").path(name);
        json.setAll((ObjectNode) mapper.readTree(changes.replace('\'', '"')));
        JsonNode beside = mapper.readTree(config.replace('\'', '"'));
        String found = assertThrows(IOException.class, () -> tokenizer(modelType, json, beside))
                .getMessage();
        assertTrue(found.startsWith(folder + "/" + message.strip()), found);
    }

    /** Who runs the merged model makes the same tokens of a text, with the same types, as the base model's tokenizer. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true"})
    void mergedModel_hasTheTokenizerOfTheSettings(boolean types, boolean lowercase) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            try (InputStream in = TokenizerClassTest.class.getResourceAsStream("/golden/families/bert/" + file)) {
                Files.copy(in, folder.resolve(file));
            }
        }
        ObjectNode settings =
                JsonFile.newObject().put("do_lower_case", lowercase).put("tokenizer_class", "BertTokenizer");
        settings.putObject("added_tokens_decoder")
                .putObject("2")
                .put("content", "[CLS]")
                .put("special", true);
        settings.putArray("model_input_names").add("input_ids").add(types ? "token_type_ids" : "attention_mask");
        JsonFile.write(folder.resolve("tokenizer_config.json"), settings);
        Path out = folder.resolve("out");
        try (PretrainedModel base = Models.load(folder.toString())) {
            MergedModel.embedder(base, Optional.empty(), EmbeddingSettings.standard(9))
                    .write(out, DataType.FLOAT);
            try (PretrainedModel merged = Models.load(out.toString())) {
                TokenSequence expected = base.tokenizer().encode("The sun", "is warm", 20);
                TokenSequence found = merged.tokenizer().encode("The sun", "is warm", 20);
                assertEquals(numbers(expected.ids()), numbers(found.ids()));
                assertEquals(numbers(expected.typeIds()), numbers(found.typeIds()));
                assertEquals(types, numbers(found.typeIds()).contains("1"));
            }
        }
        JsonNode written = JsonFile.readObject(out.resolve("tokenizer_config.json"));
        assertEquals(types ? 3 : 2, written.path("model_input_names").size());
        assertTrue(written.path("added_tokens_decoder").isMissingNode(), "they are in tokenizer.json");
    }

    /** The bytes stay the file's where the settings change nothing. */
    @Test
    void json_isTheFilesWhereItIsAsTheSettingsSay() throws IOException {
        JsonNode json = golden("tokenizer_classes.json").path("tokenizers").path("word-piece");
        try (FastTokenizer tokenizer =
                tokenizer("bert", json, JsonFile.newObject().put("do_lower_case", true))) {
            assertEquals(Files.size(folder.resolve("tokenizer.json")), tokenizer.json().length);
        }
        try (FastTokenizer tokenizer =
                tokenizer("bert", json, JsonFile.newObject().put("do_lower_case", false))) {
            assertEquals(
                    false,
                    new JsonMapper()
                            .readTree(tokenizer.json())
                            .path("normalizer")
                            .path("lowercase")
                            .asBoolean(true));
        }
    }
}

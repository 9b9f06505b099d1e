package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.families.Families;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HuggingFaceFolderTest {

    @TempDir
    private Path folder;

    private static final Map<String, INDArray> BERT = TinyModels.weights(TinyModels.bert(), 1);

    private static void assertWeights(Map<String, INDArray> expected, PretrainedModel model) throws IOException {
        for (Map.Entry<String, INDArray> entry : expected.entrySet()) {
            assertTrue(model.weights().has(entry.getKey()), entry.getKey());
            INDArray read = model.weights().read(entry.getKey());
            assertEquals('c', read.ordering());
            assertEquals(DataType.FLOAT, read.dataType());
            assertArrayEquals(entry.getValue().shape(), read.shape(), entry.getKey());
            assertArrayEquals(
                    entry.getValue().dup('c').data().asFloat(), read.data().asFloat(), 0f, entry.getKey());
        }
    }

    private String refusal() {
        return assertThrows(
                        IOException.class, () -> Models.load(folder.toString()).close())
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bert."})
    void load_bert_turnsLinearWeights(String prefix) throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, prefix));
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertEquals(TinyModels.bert(), model.model());
            assertEquals(folder.toString(), model.name());
            assertWeights(BERT, model);
            assertFalse(model.weights().has("encoder.layer.1.output.dense.weight"));
            assertEquals(
                    folder.resolve("model.safetensors") + ": there is no weight 'x'",
                    assertThrows(IOException.class, () -> model.weights().read("x"))
                            .getMessage());
        }
    }

    @Test
    void title_isTheModelsNameOrTheFolders() {
        assertEquals("MiniLM", Models.title("minilm"));
        assertEquals("BERT-base", Models.title("bert-base"));
        assertEquals("minilm", Models.title("./minilm"));
        assertEquals("my-roberta", Models.title(folder.resolve("my-roberta") + "/"));
        assertEquals(
                folder.getFileName().toString(),
                Models.title(folder.resolve("x/..").toString()));
        assertEquals("/", Models.title("/"));
    }

    @Test
    void load_oldNamesOfLayerNorm_areAccepted() throws IOException {
        Map<String, INDArray> old = new LinkedHashMap<>();
        TinyModels.asInFile(BERT, "bert.")
                .forEach((name, array) -> old.put(
                        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
                        array));
        assertTrue(old.containsKey("bert.embeddings.LayerNorm.gamma"));
        TinyModels.writeBert(folder, old);
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertWeights(BERT, model);
        }
    }

    @Test
    void load_vocabulary_givesATokenizerWithoutPadding() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        try (PretrainedModel model = Models.load(folder.toString())) {
            TokenSequence tokens = model.tokenizer().encode("Hello, WORLD", "Café word", 20);
            assertArrayEquals(new int[] {2, 5, 11, 6, 3, 10, 1, 3}, tokens.ids());
            assertArrayEquals(new int[] {0, 0, 0, 0, 0, 1, 1, 1}, tokens.typeIds());
            assertArrayEquals(
                    new int[] {2, 7, 8, 8, 9, 3},
                    model.tokenizer().encode("worrld", null, 20).ids());
        }
    }

    @Test
    void load_casedVocabulary_followsTokenizerConfig() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\":false}");
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertArrayEquals(
                    new int[] {2, 1, 5, 1, 3},
                    model.tokenizer().encode("Hello hello café", null, 9).ids());
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\":\"no\"}");
        assertEquals(
                folder.resolve("tokenizer_config.json") + ": field \"do_lower_case\": found \"no\","
                        + " expected true or false",
                refusal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "roberta."})
    void load_roberta_hasItsDifferences(String prefix) throws IOException {
        Map<String, INDArray> weights = TinyModels.weights(TinyModels.roberta(), 2);
        Map<String, INDArray> file = TinyModels.asInFile(weights, prefix);
        INDArray head = Nd4j.createFromArray(new float[][] {{1, 2, 3, 4}, {5, 6, 7, 8}});
        file.put("classifier.out_proj.weight", head);
        TinyModels.writeRoberta(folder, file);
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertEquals(TinyModels.roberta(), model.model());
            assertEquals(OptionalInt.of(1), ((Embeddings.Tokens) model.model().embeddings()).padding());
            assertWeights(weights, model);
            assertFalse(model.weights().has("pooler.dense.weight"));
            assertEquals(2, model.head().orElseThrow().outputs());
            assertEquals(
                    List.of("LABEL_0", "LABEL_1"),
                    model.head().orElseThrow().task().labels());
            TokenSequence tokens = model.tokenizer().encode("hello hello", "low", 20);
            assertArrayEquals(new int[] {0, 13, 8, 13, 2, 2, 9, 7, 2}, tokens.ids());
            assertArrayEquals(new int[9], tokens.typeIds());
            assertArrayEquals(
                    new int[] {0, 13, 8, 2, 2, 9, 7, 2},
                    model.tokenizer().encode("hello hello", "low", 8).ids());
        }
    }

    @Test
    void fingerprint_sameNumbersInOtherForms_isTheSame() throws IOException {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        Path sharded = Files.createDirectory(folder.resolve("sharded"));
        TinyModels.writeBert(plain, TinyModels.asInFile(BERT, ""));
        Map<String, INDArray> file = TinyModels.asInFile(BERT, "bert.");
        TinyModels.writeBert(sharded, file);
        Files.delete(sharded.resolve("model.safetensors"));
        StringBuilder map = new StringBuilder();
        Map<String, INDArray> one = new LinkedHashMap<>();
        Map<String, INDArray> two = new LinkedHashMap<>();
        file.forEach((name, array) -> {
            boolean first = one.size() <= two.size();
            (first ? one : two).put(name, array);
            map.append(map.isEmpty() ? "" : ",")
                    .append('"')
                    .append(name)
                    .append("\":\"")
                    .append(first ? "one" : "two")
                    .append(".safetensors\"");
        });
        SafeTensors.write(sharded.resolve("one.safetensors"), one, Map.of());
        SafeTensors.write(sharded.resolve("two.safetensors"), two, Map.of());
        Files.writeString(sharded.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
        String expected = fingerprint(plain);
        assertTrue(expected.matches("[0-9a-f]{8}"), expected);
        assertEquals(expected, fingerprint(sharded));
        Files.writeString(plain.resolve("config.json"), TinyModels.BERT_JSON.replace("heads\":2", "heads\":4"));
        assertNotEquals(expected, fingerprint(plain));
    }

    @Test
    void fingerprint_oneBitOfAWeight_changesIt() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        String expected = fingerprint(folder);
        byte[] bytes = Files.readAllBytes(folder.resolve("model.safetensors"));
        bytes[bytes.length - 100] ^= 1;
        Files.write(folder.resolve("model.safetensors"), bytes);
        assertNotEquals(expected, fingerprint(folder));
    }

    private static String fingerprint(Path folder) throws IOException {
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertEquals(model.fingerprint(), model.fingerprint());
            return model.fingerprint();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"bert\" | \"gpt2\" | field \"model_type\": found gpt2, expected one of TYPES",
                "\"model_type\":\"bert\", | \"architectures\":[], | field \"model_type\": missing, expected a string",
                "\"gelu\" | \"gelu_old\" | field \"hidden_act\": activation \"gelu_old\" is not supported, expected one"
                        + " of gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, silu, swish, relu, tanh",
                "\"absolute\" | \"relative_key\" | field \"position_embedding_type\": found relative_key, only absolute"
                        + " is supported",
                "\"hidden_size\":4 | \"hidden_size\":4.5 | field \"hidden_size\": found 4.5, expected a whole number",
                "\"vocab_size\":12, | \"a\":1, | field \"vocab_size\": missing, expected a whole number",
                "\"hidden_size\":4 | \"is_decoder\":true,\"hidden_size\":4 | field \"is_decoder\": found true, expected"
                        + " an encoder",
                "\"hidden_size\":4 | \"layer_norm_eps\":\"s\",\"hidden_size\":4 | field \"layer_norm_eps\": found"
                        + " \"s\", expected a number",
                "\"hidden_size\":4 | \"hidden_size\":5 | field \"hidden_size\": 5 is not a multiple of"
                        + " num_attention_heads 2"
            })
    void load_configurationThatDoesNotFit_isRefused(String from, String to, String message) throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path config = folder.resolve("config.json");
        String changed = TinyModels.BERT_JSON.replace(from, to);
        assertNotEquals(TinyModels.BERT_JSON, changed);
        Files.writeString(config, changed);
        assertEquals(config + ": " + message.replace("TYPES", Families.modelTypes()), refusal());
    }

    @Test
    void load_noHeadsBesideAHeadsWidth_areRefused() throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden/families/llama");
        for (String file : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(golden.resolve(file), folder.resolve(file));
        }
        Path config = folder.resolve("config.json");
        String text = Files.readString(golden.resolve("config.json"));
        assertTrue(text.contains("\"head_dim\""));
        Files.writeString(config, text.replaceFirst("\"num_attention_heads\": \\d+", "\"num_attention_heads\": 0"));
        assertEquals(config + ": field \"num_attention_heads\": found 0, expected 1 or more", refusal());
    }

    /** Ten thousand layers would take a hundred megabytes, only to be described. */
    @ParameterizedTest
    @ValueSource(ints = {24, 10_000, 2_147_483_647})
    void load_moreLayersThanTensors_areRefusedAtOnce(int layers) throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path config = folder.resolve("config.json");
        Files.writeString(
                config, TinyModels.BERT_JSON.replace("\"num_hidden_layers\":1", "\"num_hidden_layers\":" + layers));
        assertEquals(
                config + ": field \"num_hidden_layers\": found " + layers + ", but "
                        + folder.resolve("model.safetensors") + " has 23 tensors",
                refusal());
    }

    @Test
    void load_paddingThatIsNoToken_isRefused() throws IOException {
        TinyModels.writeRoberta(folder, TinyModels.asInFile(TinyModels.weights(TinyModels.roberta(), 1), ""));
        Path config = folder.resolve("config.json");
        String changed = TinyModels.ROBERTA_JSON.replaceAll("\"pad_token_id\":\\d+,?", "");
        Files.writeString(config, changed.replaceFirst("\\{", "{\"pad_token_id\":-2,"));
        assertEquals(config + ": field \"pad_token_id\": found -2, expected a token of the vocabulary", refusal());
    }

    @Test
    void load_configurationWithDefaults_isBerts() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Files.writeString(
                folder.resolve("config.json"),
                TinyModels.BERT_JSON.replace(",\"hidden_act\":\"gelu\",\"position_embedding_type\":\"absolute\"", ""));
        try (PretrainedModel model = Models.load(folder.toString())) {
            assertEquals(TinyModels.bert(), model.model());
        }
    }

    @Test
    void load_weightsThatDoNotFit_areRefused() throws IOException {
        Path weights = folder.resolve("model.safetensors");
        Map<String, INDArray> file = TinyModels.asInFile(BERT, "");
        file.put("encoder.layer.0.intermediate.dense.weight", Nd4j.create(DataType.FLOAT, 5, 4));
        TinyModels.writeBert(folder, file);
        assertEquals(
                weights + ": weight 'encoder.layer.0.intermediate.dense.weight' is [4, 5] ([in, out]), config.json asks"
                        + " for [4, 6]",
                refusal());
        file = TinyModels.asInFile(BERT, "");
        file.remove("embeddings.LayerNorm.bias");
        TinyModels.writeBert(folder, file);
        assertEquals(
                weights + ": there is no weight 'embeddings.LayerNorm.bias', which config.json asks for", refusal());
        file = TinyModels.asInFile(BERT, "");
        file.remove("pooler.dense.bias");
        TinyModels.writeBert(folder, file);
        assertEquals(weights + ": there is no weight 'pooler.dense.bias', which config.json asks for", refusal());
    }

    @Test
    void load_integerWeights_areRefused() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replaceFirst("F32", "I32");
        Files.write(weights, text.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                weights + ": weight 'embeddings.word_embeddings.weight' is of type INT, expected 16-, 32- or 64-bit"
                        + " floating point",
                refusal());
    }

    @Test
    void load_missingFiles_areNamed() throws IOException {
        assertEquals(folder.resolve("config.json") + ": there is no such file", refusal());
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Files.delete(folder.resolve("vocab.txt"));
        assertEquals(folder + ": has no tokenizer.json and no vocab.txt", refusal());
        Files.delete(folder.resolve("model.safetensors"));
        assertEquals(folder + ": has neither model.safetensors nor model.safetensors.index.json", refusal());
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertTrue(refusal().endsWith("; pytorch_model.bin is not read, save the model with safe_serialization=True"));
        Files.writeString(folder.resolve("config.json"), "{");
        assertTrue(refusal().startsWith(folder.resolve("config.json") + ", line 1: not valid JSON: "), refusal());
    }

    @Test
    void load_tokenizerOfALargerVocabulary_isRefused() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Files.writeString(folder.resolve("vocab.txt"), TinyModels.VOCABULARY + "more\n");
        assertEquals(
                folder.resolve("vocab.txt") + ": token 'more' has id 12, the model's vocabulary ends at 11", refusal());
    }

    @Test
    void load_badVocabulary_isRefused() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path vocabulary = folder.resolve("vocab.txt");
        Files.writeString(vocabulary, "[UNK]\n[CLS]\n[SEP]\na\n[CLS]\n");
        assertEquals(vocabulary + ": line 5 repeats token '[CLS]' of line 2", refusal());
        Files.writeString(vocabulary, "[UNK]\n\n[CLS]\n");
        assertEquals(vocabulary + ": line 2 is empty, expected a token per line", refusal());
        Files.writeString(vocabulary, "[UNK]\n[CLS]\n");
        assertEquals(vocabulary + ": has no token [SEP]", refusal());
        Files.write(vocabulary, new byte[] {(byte) 0xff, 10});
        assertEquals(vocabulary + ": not UTF-8 text", refusal());
    }

    /** As in transformers; a token for which the model has no row is left out, with a warning. */
    @Test
    void load_tokensBesideTheVocabulary_areUsed() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path vocabulary = folder.resolve("vocab.txt");
        Files.writeString(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n[MASK]\n");
        assertArrayEquals(new int[] {4, 1, 1, 1, 5}, ids("a<new>b"));
        Path config = folder.resolve("tokenizer_config.json");
        for (String settings : new String[] {
            "{\"added_tokens_decoder\":{\"8\":{\"content\":\"<new>\"}}}",
            "{\"additional_special_tokens\":[\"<new>\"]}",
            "{\"extra_special_tokens\":[{\"content\":\"<new>\",\"special\":true}]}",
            "{\"extra_special_tokens\":{\"image_token\":\"<new>\"}}",
            "{\"image_token\":\"<new>\"}"
        }) {
            Files.writeString(config, settings);
            assertArrayEquals(new int[] {4, 8, 5}, ids("a<new>b"), settings);
        }
        Files.delete(config);
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<new>\": 8}");
        assertArrayEquals(new int[] {4, 8, 5}, ids("a<new>b"));
        Files.writeString(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n[MASK]\nc\nd\ne\nf\n");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<new>\": 12}");
        assertArrayEquals(new int[] {4, 1, 1, 1, 5}, ids("a<new>b"), "beyond the model's vocabulary");
        Files.writeString(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n[MASK]\n");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<new>\": 9}");
        String message = folder.resolve("added_tokens.json") + ": field \"<new>\": token \"<new>\" has id 9 there, but"
                + " tokenizer.json gives it 8, as transformers does; expected the same";
        assertEquals(message, refusal());
        Files.delete(folder.resolve("added_tokens.json"));
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"additional_special_tokens\": [\"<new>\"]}");
        assertArrayEquals(new int[] {4, 8, 5}, ids("a<new>b"));
        Files.writeString(config, "{\"split_special_tokens\": true}");
        assertEquals(
                config + ": field \"split_special_tokens\": found true, expected false: special tokens in texts are"
                        + " found",
                refusal());
    }

    private int[] ids(String text) throws IOException {
        try (PretrainedModel model = Models.load(folder.toString())) {
            return model.tokenizer().ids(text);
        }
    }

    @Test
    void load_badTokenizer_isRefused() throws IOException {
        TinyModels.writeBert(folder, TinyModels.asInFile(BERT, ""));
        Path tokenizer = folder.resolve("tokenizer.json");
        Files.writeString(tokenizer, "{\"model\":");
        assertTrue(refusal().startsWith(tokenizer + ": not valid JSON: "));
        for (String model : new String[] {
            "{}", "{\"type\":\"Nonsense\",\"vocab\":{\"a\":1}}", "{\"type\":\"BPE\",\"vocab\":{\"a\":1}}"
        }) {
            Files.writeString(tokenizer, "{\"model\":" + model + "}");
            assertTrue(refusal().startsWith(tokenizer + ": not a tokenizer that can be used: "), refusal());
        }
    }

    @Test
    void load_noSuchFolder_saysWhatIsExpected() {
        String name = folder.resolve("gone").toString();
        assertEquals(
                "model '" + name + "': there is no such folder or file; expected minilm, bge-small, e5-small,"
                        + " bge-small-zh, bert-base, bert-base-cased, bert-base-multilingual, a Hugging Face folder of type "
                        + Families.modelTypes() + ","
                        + " a GGUF file, or the name on Hugging Face's hub of a model in its cache",
                assertThrows(IllegalArgumentException.class, () -> Models.load(name))
                        .getMessage());
    }
}

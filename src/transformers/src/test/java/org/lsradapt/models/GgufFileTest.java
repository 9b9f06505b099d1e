package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.GgufDraft;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.weights.BasePrecision;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Models in GGUF files against transformers' numbers; golden/gguf/generate.py made both. */
class GgufFileTest {
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/gguf");

    @TempDir
    private Path folder;

    private static PretrainedModel golden(String name) throws IOException {
        return Models.load(GOLDEN.resolve(name + ".gguf").toString());
    }

    private static INDArray expected(String tensor) throws IOException {
        try (SafeTensors file = SafeTensors.open(GOLDEN.resolve("expected.safetensors"))) {
            return file.read(tensor);
        }
    }

    private static double difference(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.shape(), actual.shape());
        return expected.sub(actual).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
    }

    /**
     * FLOAT against values that transformers computes in float64, but for its norms and rotary angles: 1e-5 of the largest,
     * as for the golden families. An error in the order of rows, in a bias or in the frequencies is above 1e-3.
     */
    @ParameterizedTest
    @ValueSource(strings = {"mixed", "blocks", "llama3"})
    void logits_goldenFile_areThoseOfTransformers(String name) throws IOException {
        int[] ids = expected(name + ".ids").toIntVector();
        try (BaseModel model = BaseModel.load(GOLDEN.resolve(name + ".gguf").toString(), BasePrecision.F32);
                PretrainedModel files = golden(name);
                TransformerPass pass = TransformerPass.inference(model.weights(), Backends.standard())) {
            TokenSequence sequence = new TokenSequence(ids, new int[ids.length]);
            INDArray hidden = pass.forward(TokenBatch.of(List.of(sequence), model.model(), Rows.ALL));
            String table = model.model().vocabularyHead().orElseThrow().name();
            assertEquals(name.equals("blocks") ? "lm_head.weight" : "embed_tokens.weight", table);
            INDArray logits = hidden.mmul(files.weights().read(table).transpose());
            double difference = difference(expected(name + ".logits"), logits);
            assertTrue(difference < 1e-5, "off by " + difference + " of the largest");
            try (BaseModel kept = BaseModel.load(GOLDEN.resolve(name + ".gguf").toString());
                    TransformerPass mapped = TransformerPass.inference(kept.weights(), Backends.standard())) {
                assertEquals(model.fingerprint(), kept.fingerprint());
                // Activations are rounded to BF16 at each product where the processor multiplies BF16.
                INDArray close = mapped.forward(TokenBatch.of(List.of(sequence), model.model(), Rows.ALL));
                assertTrue(difference(hidden, close) < 0.03, "off by " + difference(hidden, close));
            }
        }
    }

    @Test
    void frequencies_llama3_areThoseOfItsRule() throws IOException {
        try (PretrainedModel model = golden("llama3")) {
            Positions positions = model.model().blocks().get(0).attention().positions();
            double[] frequencies = ((Positions.Rotary) positions).frequencies();
            double[] expected = expected("llama3.frequencies").toDoubleVector();
            assertEquals(expected.length, frequencies.length);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], frequencies[i], 1e-6 * expected[i], "transformers has them in float32");
            }
            assertEquals(
                    "llama3",
                    model.config().path("rope_scaling").path("rope_type").asText());
            assertEquals(
                    32.0, model.config().path("rope_scaling").path("factor").asDouble());
        }
    }

    /** What is mapped is what is read, also where rows were moved. */
    @ParameterizedTest
    @ValueSource(strings = {"mixed", "blocks"})
    void stored_everyMatrix_hasTheRowsOfWhatIsRead(String name) throws IOException {
        Set<WeightFormat> formats = new TreeSet<>();
        try (PretrainedModel model = golden(name)) {
            WeightSource weights = model.weights();
            for (Tensor tensor : model.model().tensors().values()) {
                Optional<StoredMatrix> stored = weights.stored(tensor.name());
                assertEquals(tensor.shape().size() == 2, stored.isPresent(), tensor.name());
                if (stored.isPresent()) {
                    INDArray array = weights.read(tensor.name());
                    // Of a linear layer [out, in] is stored, and [in, out] read.
                    INDArray read = tensor.linear() ? array.transpose() : array;
                    StoredMatrix matrix = stored.get();
                    formats.add(matrix.format());
                    assertArrayEquals(read.shape(), new long[] {matrix.rows(), matrix.columns()});
                    for (int row = 0; row < matrix.rows(); row++) {
                        float[] widened = new float[matrix.columns()];
                        matrix.widen(row, 0, widened.length, widened, 0);
                        assertArrayEquals(read.getRow(row).dup().toFloatVector(), widened, tensor.name() + " " + row);
                    }
                    boolean moved =
                            tensor.name().contains("q_proj") || tensor.name().contains("k_proj");
                    assertEquals(!moved, matrix.memory().isReadOnly(), "mapped unless rows were moved");
                }
            }
        }
        assertEquals(
                name.equals("mixed")
                        ? Set.of(WeightFormat.F32, WeightFormat.F16, WeightFormat.BF16)
                        : Set.of(
                                WeightFormat.Q8_0,
                                WeightFormat.Q4_0,
                                WeightFormat.Q4_1,
                                WeightFormat.Q4_K,
                                WeightFormat.Q6_K),
                formats);
    }

    @Test
    void load_mixed_hasTheConfigurationOfTransformers() throws IOException {
        try (PretrainedModel model = golden("mixed")) {
            assertEquals("llama", model.family().modelType());
            assertEquals(GOLDEN.resolve("mixed.gguf").toString(), model.name());
            assertEquals(
                    "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\",\"hidden_size\":24,"
                            + "\"num_hidden_layers\":2,\"num_attention_heads\":4,\"num_key_value_heads\":2,"
                            + "\"head_dim\":10,\"intermediate_size\":40,\"rms_norm_eps\":0.0023,"
                            + "\"vocab_size\":308,\"max_position_embeddings\":50,\"tie_word_embeddings\":true,"
                            + "\"rope_theta\":100000.0,\"bos_token_id\":304,\"eos_token_id\":305,"
                            + "\"hidden_act\":\"silu\",\"attention_bias\":true,\"mlp_bias\":true,"
                            + "\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2.6}}",
                    model.config().toString());
            assertEquals(
                    "{\"bos_token\":\"<|begin_of_text|>\",\"eos_token\":\"<|end_of_text|>\",\"pad_token\":\"<|pad|>\","
                            + "\"chat_template\":\"{{ messages }}\"}",
                    model.tokenizerConfig().orElseThrow().toString());
            assertTrue(model.head().isEmpty());
        }
    }

    /** An adapter that was made for one form of a model fits the other. */
    @Test
    void fingerprint_mergedFolder_isTheSame() throws IOException {
        Path merged = folder.resolve("merged");
        try (PretrainedModel model = golden("mixed");
                TransformerWeights weights = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT)) {
            MergedModel.languageModel(
                            model,
                            AdapterSet.create(
                                    weights.linearLayers().subList(0, 1), LsrConfig.lora(1, 1), Backends.standard()),
                            40)
                    .write(merged, DataType.FLOAT);
            try (PretrainedModel again = Models.load(merged.toString())) {
                assertEquals(model.fingerprint(), again.fingerprint());
                assertEquals(
                        model.model().toString().replaceAll("\\[D@[0-9a-f]+", ""),
                        again.model().toString().replaceAll("\\[D@[0-9a-f]+", ""));
                assertArrayEquals(
                        model.tokenizer().ids("The rain."), again.tokenizer().ids("The rain."));
                assertEquals(model.tokenizer().endToken(), again.tokenizer().endToken());
                assertEquals(OptionalInt.of(305), again.tokenizer().endToken());
            }
        }
        try (PretrainedModel other = golden("llama3");
                PretrainedModel model = golden("mixed")) {
            assertNotEquals(other.fingerprint(), model.fingerprint());
        }
    }

    @Test
    void load_classifierOnTop_runs() throws IOException {
        try (BaseModel model = BaseModel.load(GOLDEN.resolve("blocks.gguf").toString());
                SequenceHead head = new SequenceHead(model.weights(), 3, 5)) {
            assertEquals(3, head.outputs());
            assertEquals(64, model.maxLength());
            assertEquals("blocks", Models.title(model.name()));
        }
    }

    // Files that are no model, or none that is supported

    /** A llama of one block and two heads of two numbers. */
    static GgufDraft tiny() {
        GgufDraft draft = new GgufDraft()
                .text("general.architecture", "llama")
                .integer("llama.block_count", 1)
                .integer("llama.context_length", 20)
                .integer("llama.embedding_length", 4)
                .integer("llama.feed_forward_length", 6)
                .integer("llama.attention.head_count", 2)
                .integer("llama.attention.head_count_kv", 1)
                .number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "gpt-2")
                .texts("tokenizer.ggml.tokens", List.of("a", "b", "ab", "<s>"))
                .integers("tokenizer.ggml.token_type", 1, 1, 1, 3)
                .texts("tokenizer.ggml.merges", List.of("a b"))
                .integer("tokenizer.ggml.eos_token_id", 3);
        matrix(draft, "token_embd", 5, 4);
        matrix(draft, "blk.0.attn_q", 4, 4);
        matrix(draft, "blk.0.attn_k", 2, 4);
        matrix(draft, "blk.0.attn_v", 2, 4);
        matrix(draft, "blk.0.attn_output", 4, 4);
        matrix(draft, "blk.0.ffn_gate", 6, 4);
        matrix(draft, "blk.0.ffn_up", 6, 4);
        matrix(draft, "blk.0.ffn_down", 4, 6);
        for (String norm : List.of("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm")) {
            draft.tensor(norm + ".weight", new float[] {1, 1, 1, 1}, 4);
        }
        return draft;
    }

    private static void matrix(GgufDraft draft, String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 37 % 101 - 50) / 71f;
        }
        draft.tensor(name + ".weight", values, columns, rows);
    }

    private Path write(GgufDraft draft) throws IOException {
        return Files.write(folder.resolve("tiny.gguf"), draft.bytes());
    }

    private String refusal(GgufDraft draft) throws IOException {
        Path file = write(draft);
        IOException e = assertThrows(
                IOException.class, () -> Models.load(file.toString()).close());
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        return e.getMessage().substring(file.toString().length() + 2);
    }

    private PretrainedModel load(GgufDraft draft) throws IOException {
        return Models.load(write(draft).toString());
    }

    @Test
    void load_tiny_turnsAndMovesRows() throws IOException {
        try (PretrainedModel model = load(tiny())) {
            // Of each head, row 1 of the file is row d/2 of transformers: with d = 2 these are the same.
            assertEquals(5, model.model().vocabulary());
            assertFalse(model.weights().has("lm_head.weight"));
            assertArrayEquals(
                    new long[] {4, 2},
                    model.weights().read("layers.0.self_attn.k_proj.weight").shape());
            assertEquals(
                    (1 * 37 % 101 - 50) / 71f,
                    model.weights().read("layers.0.self_attn.q_proj.weight").getFloat(1, 0));
        }
        GgufDraft wide = tiny().without("llama.attention.head_count").integer("llama.attention.head_count", 1);
        wide.tensor("blk.0.attn_q.bias", new float[] {10, 11, 12, 13}, 4)
                .tensor("blk.0.attn_k.bias", new float[] {20, 21}, 2)
                .tensor("blk.0.attn_v.bias", new float[] {30, 31}, 2)
                .tensor("blk.0.attn_output.bias", new float[] {40, 41, 42, 43}, 4);
        String message = refusal(wide);
        assertTrue(message.contains("'layers.0.self_attn.k_proj.weight' is [4, 2]"), message);
    }

    @Test
    void load_headOfFour_movesRowsAndBiases() throws IOException {
        GgufDraft draft = new GgufDraft();
        tinyOfOneHead(draft);
        try (PretrainedModel model = load(draft)) {
            INDArray query = model.weights().read("layers.0.self_attn.q_proj.weight");
            List<Float> column = new ArrayList<>();
            IntStream.range(0, 4).forEach(i -> column.add(query.getFloat(0, i)));
            assertEquals(List.of(0f, 8f, 4f, 12f), column, "rows 0, 2, 1, 3");
            assertArrayEquals(
                    new float[] {10, 12, 11, 13},
                    model.weights().read("layers.0.self_attn.q_proj.bias").toFloatVector());
            assertArrayEquals(
                    new float[] {30, 31, 32, 33},
                    model.weights().read("layers.0.self_attn.v_proj.bias").toFloatVector());
        }
    }

    private static void tinyOfOneHead(GgufDraft draft) {
        draft.text("general.architecture", "llama")
                .integer("llama.block_count", 1)
                .integer("llama.context_length", 20)
                .integer("llama.embedding_length", 4)
                .integer("llama.feed_forward_length", 4)
                .integer("llama.attention.head_count", 1)
                .number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "gpt-2")
                .texts("tokenizer.ggml.tokens", List.of("a"))
                .texts("tokenizer.ggml.merges", List.of());
        float[] square = new float[16];
        for (int i = 0; i < square.length; i++) {
            square[i] = i;
        }
        draft.tensor("token_embd.weight", square, 4, 4);
        for (String part : List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")) {
            draft.tensor("blk.0." + part + ".weight", square, 4, 4);
        }
        int tens = 10;
        for (String part : List.of("attn_q", "attn_k", "attn_v", "attn_output")) {
            draft.tensor("blk.0." + part + ".bias", new float[] {tens, tens + 1, tens + 2, tens + 3}, 4);
            tens += 10;
        }
        for (String norm : List.of("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm")) {
            draft.tensor(norm + ".weight", new float[] {1, 1, 1, 1}, 4);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "general.architecture | gpt2 | metadata \"general.architecture\": found \"gpt2\", expected one of llama, qwen2, qwen3, smollm3, phi3, gemma2, gemma3",
                "general.type | adapter | metadata \"general.type\": found \"adapter\", only \"model\" is supported",
                "llama.rope.scaling.type | longrope | metadata \"llama.rope.scaling.type\": found \"longrope\", expected \"none\", \"linear\" or \"yarn\"",
                "tokenizer.ggml.model | bert | metadata \"tokenizer.ggml.model\": found \"bert\", expected \"gpt2\" or \"llama\"",
                "tokenizer.ggml.pre | falcon | metadata \"tokenizer.ggml.pre\": found \"falcon\", expected one of default, gpt-2, smollm, starcoder, minerva-7b, llama-bpe, llama3, llama-v3, falcon3, pixtral, midm-2.0, smaug-bpe, qwen2, deepseek-r1-qwen, gpt-4o, tekken",
                "tokenizer.ggml.token_type | text | metadata \"tokenizer.ggml.token_type\": found \"text\", expected an array of whole numbers of 32 bits"
            })
    void load_otherText_isRefused(String key, String value, String message) throws IOException {
        assertEquals(message, refusal(tiny().without(key).text(key, value)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "split.count | 3 | metadata \"split.count\": found 3, expected 1; llama.cpp's gguf-split --merge makes one file of them",
                "llama.expert_count | 8 | metadata \"llama.expert_count\": found 8, expected 0; a mixture of experts is not supported",
                "llama.block_count | 2 | metadata \"llama.block_count\": found 2, but there is no tensor 'blk.1.attn_norm.weight'",
                "llama.block_count | 2147483647 | metadata \"llama.block_count\": found 2147483647, but there is no tensor 'blk.2147483646.attn_norm.weight'",
                "llama.block_count | 0 | metadata \"llama.block_count\": found 0, expected at least 1",
                "llama.attention.head_count | 0 | metadata \"llama.attention.head_count\": found 0, expected at least 1",
                "llama.attention.head_count_kv | 0 | metadata \"llama.attention.head_count_kv\": found 0, expected at least 1",
                "llama.attention.head_count | 4 | field \"head_dim\": a head of 1 numbers, expected an even number of them",
                "llama.attention.key_length | 2147483646 | metadata \"llama.attention.head_count\": found 2, and heads of 2147483646 numbers, which tensor 'blk.0.attn_q.weight' is not made for",
                "llama.attention.value_length | 4 | metadata \"llama.attention.value_length\": found 4, expected 2, the size of a key",
                "llama.rope.dimension_count | 4 | metadata \"llama.attention.head_count\": found 2, and heads of 4 numbers, which tensor 'blk.0.attn_q.weight' is not made for",
                "tokenizer.ggml.eos_token_id | 4 | metadata \"tokenizer.ggml.eos_token_id\": is 4, the tokens end at 3",
                "llama.embedding_length | 6 | metadata \"llama.attention.head_count\": found 2, and heads of 3 numbers, which tensor 'blk.0.attn_q.weight' is not made for",
                "llama.feed_forward_length | 7 | weight 'layers.0.mlp.gate_proj.weight' is [4, 6] ([in, out]), its metadata asks for [4, 7]"
            })
    void load_otherNumber_isRefused(String key, long value, String message) throws IOException {
        assertEquals(message, refusal(tiny().without(key).integer(key, value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "general.architecture",
                "llama.block_count",
                "llama.context_length",
                "llama.embedding_length",
                "llama.feed_forward_length",
                "llama.attention.head_count",
                "llama.attention.layer_norm_rms_epsilon",
                "tokenizer.ggml.model",
                "tokenizer.ggml.tokens",
                "tokenizer.ggml.merges"
            })
    void load_withoutAKey_isRefused(String key) throws IOException {
        assertEquals("metadata \"" + key + "\": missing", refusal(tiny().without(key)));
    }

    @Test
    void load_rotationOfAPartOfAHead_isRefused() throws IOException {
        GgufDraft draft = tiny().integer("llama.attention.key_length", 2).integer("llama.rope.dimension_count", 1);
        assertEquals(
                "metadata \"llama.rope.dimension_count\": found 1, expected 2, the head's size; rotating a part of a head"
                        + " is not supported",
                refusal(draft));
        assertEquals(
                "metadata \"llama.attention.causal\": found false, only causal models are supported",
                refusal(tiny().flag("llama.attention.causal", false)));
    }

    private static void assertRefusedWith(String part, String message) {
        assertTrue(message.contains(part), message);
    }

    @Test
    void load_tensorsThatDoNotFit_areRefused() throws IOException {
        assertEquals(
                "tensor 'blk.0.attn_q_norm.weight' has no place in a llama model; expected token_embd, output_norm, output,"
                        + " and in each block attn_norm, attn_q, attn_k, attn_v, attn_output, ffn_norm, ffn_gate, ffn_up,"
                        + " ffn_down",
                refusal(tiny().tensor("blk.0.attn_q_norm.weight", new float[2], 2)));
        assertEquals(
                "tensor 'output.weight' is of type Q2_K, expected one of F32, F16, Q4_0, Q4_1, Q5_0, Q8_0, Q4_K, Q5_K, Q6_K, IQ4_NL, I8, I16,"
                        + " I32, I64, F64, BF16",
                refusal(tiny().tensor("output.weight", 10, new byte[84], 256)));
        assertEquals(
                "weight 'lm_head.weight' is of type BYTE, expected 16-, 32- or 64-bit floating point",
                refusal(tiny().tensor("output.weight", 24, new byte[20], 4, 5)));
        assertEquals(
                "weight 'lm_head.weight' is [4, 4], its metadata asks for [5, 4]",
                refusal(tiny().tensor("output.weight", new float[16], 4, 4)));
        assertEquals(
                "there is a tensor 'blk.0.attn_q.bias' and no 'blk.0.attn_k.bias', expected biases for all of attn_q, attn_k,"
                        + " attn_v, attn_output or for none",
                refusal(tiny().tensor("blk.0.attn_q.bias", new float[4], 4)));
        assertEquals(
                "there is a tensor 'blk.0.ffn_down.bias' and no 'blk.0.ffn_gate.bias', expected biases for all of ffn_gate,"
                        + " ffn_up, ffn_down or for none",
                refusal(tiny().tensor("blk.0.ffn_down.bias", new float[4], 4)));
        assertEquals(
                "metadata \"llama.rope.scaling.attn_factor\": found 1.3, only 1 is supported",
                refusal(tiny().number("llama.rope.scaling.attn_factor", 1.3f)));
        assertEquals(
                "tensor 'rope_freqs.weight' does not have the factors of Llama 3.1's rule (low_freq_factor 1,"
                        + " high_freq_factor 4, original_max_position_embeddings 8192), others are not supported",
                refusal(tiny().tensor("rope_freqs.weight", new float[] {3}, 1)));
        GgufDraft both = tiny().text("llama.rope.scaling.type", "linear")
                .number("llama.rope.scaling.factor", 2)
                .tensor("rope_freqs.weight", new float[] {1}, 1);
        assertRefusedWith("found \"linear\" next to tensor 'rope_freqs.weight'", refusal(both));
        GgufDraft flat = new GgufDraft();
        flat.text("general.architecture", "llama")
                .integer("llama.embedding_length", 4)
                .integer("llama.attention.head_count", 2)
                .integer("llama.block_count", 1)
                .integer("llama.feed_forward_length", 1)
                .number("llama.attention.layer_norm_rms_epsilon", 1)
                .tensor("blk.0.attn_norm.weight", new float[] {1}, 1)
                .tensor("blk.0.attn_q.weight", new float[] {1, 2, 3, 4}, 4);
        assertEquals("there is no tensor 'token_embd.weight' of two dimensions", refusal(flat));
    }

    /** By their numbers, or by the names under which llama.cpp knows them, whatever their type. */
    @Test
    void load_severalEndTokens_areKnown() throws IOException {
        try (PretrainedModel model = load(tiny())) {
            assertEquals(Set.of(3), model.generation().orElseThrow().endTokens());
        }
        try (PretrainedModel model = load(tiny().integer("tokenizer.ggml.eot_token_id", 1))) {
            assertEquals(Set.of(1, 3), model.generation().orElseThrow().endTokens());
            assertEquals(OptionalInt.of(3), model.tokenizer().endToken());
        }
        GgufDraft named = tiny().without("tokenizer.ggml.tokens")
                .texts("tokenizer.ggml.tokens", List.of("a", "b", "ab", "<s>", "<|im_end|>"));
        for (int type : new int[] {1, 3, 4}) {
            named.without("tokenizer.ggml.token_type").integers("tokenizer.ggml.token_type", 1, 1, 1, 3, type);
            try (PretrainedModel model = load(named)) {
                assertEquals(Set.of(3, 4), model.generation().orElseThrow().endTokens());
            }
        }
    }

    /** llama.cpp's type is linear where a file says none; a factor of 0 is none. */
    @Test
    void load_factorWithoutType_isLinear() throws IOException {
        for (String key : List.of("llama.rope.scaling.factor", "llama.rope.scale_linear")) {
            try (PretrainedModel model = load(tiny().number(key, 2))) {
                assertEquals(
                        "{\"rope_type\":\"linear\",\"factor\":2.0}",
                        model.config().path("rope_scaling").toString());
            }
            try (PretrainedModel model = load(tiny().number(key, 0))) {
                assertFalse(model.config().has("rope_scaling"));
            }
            try (PretrainedModel model = load(tiny().number(key, 2).text("llama.rope.scaling.type", "none"))) {
                assertFalse(model.config().has("rope_scaling"));
            }
        }
    }

    @Test
    void load_frequencyFactorsOfOne_scaleNothing() throws IOException {
        String plain;
        try (PretrainedModel model = load(tiny())) {
            plain = model.fingerprint();
        }
        try (PretrainedModel model = load(tiny().tensor("rope_freqs.weight", new float[] {1}, 1))) {
            assertEquals(plain, model.fingerprint());
            assertFalse(model.config().has("rope_scaling"));
        }
        assertRefusedWith(
                "rope_freqs.weight' does not have the factors",
                refusal(tiny().tensor("rope_freqs.weight", new float[] {1, 1}, 2)));
        assertRefusedWith(
                "rope_freqs.weight' does not have the factors",
                refusal(tiny().tensor("rope_freqs.weight", new float[] {0.5f}, 1)));
        assertEquals(
                "tensor 'rope_freqs.weight' is of type FLOAT and shape [1, 1], expected F32 and one dimension",
                refusal(tiny().tensor("rope_freqs.weight", new float[] {1}, 1, 1)));
    }

    @Test
    void load_fileThatIsNoGguf_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("model.txt"), "neither here nor there");
        IOException e = assertThrows(
                IOException.class, () -> Models.load(file.toString()).close());
        assertEquals(
                file
                        + ": the header at byte 0: it begins with 6e656974, expected 47475546 (\"GGUF\"); this is not a GGUF"
                        + " file, or a damaged one",
                e.getMessage());
    }

    /** Changes of bytes end in a model or an IOException that names the file, as damaged downloads should. */
    @Test
    void load_bytesChanged_loadsOrRefuses() throws IOException {
        Random random = new Random(Long.getLong("seed", 3));
        byte[] whole = tiny().bytes();
        int[] counts = new int[2];
        for (int i = 0; i < 400; i++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                bytes[24 + random.nextInt(1500)] = (byte) random.nextInt();
            }
            Path file = Files.write(folder.resolve("changed.gguf"), bytes);
            try (PretrainedModel model = Models.load(file.toString())) {
                model.fingerprint();
                counts[0]++;
            } catch (IOException e) {
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
                counts[1]++;
            }
        }
        assertTrue(counts[0] > 20 && counts[1] > 100, counts[0] + " loaded, " + counts[1] + " refused");
    }
}

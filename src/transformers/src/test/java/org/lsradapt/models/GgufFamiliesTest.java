package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Models of each architecture against transformers' numbers: in GGUF files that the package gguf wrote, and in those that
 * this library makes of the same models' folders. golden/gguf/families.py made them.
 */
class GgufFamiliesTest {
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/gguf");

    @TempDir
    private Path folder;

    private Path written(String name, WeightFormat format) throws IOException {
        return written(GOLDEN.resolve(name), format);
    }

    /** The model of a folder as a GGUF file. */
    private Path written(Path model, WeightFormat format) throws IOException {
        Path file = folder.resolve("written-" + format + ".gguf");
        try (PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters =
                        AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 4), Backends.standard())) {
            MergedModel.languageModel(base, adapters, 48).writeGguf(file, format);
        }
        return file;
    }

    private static INDArray expected(String tensor) throws IOException {
        try (SafeTensors file = SafeTensors.open(GOLDEN.resolve("families.safetensors"))) {
            return file.read(tensor);
        }
    }

    /** FLOAT against float64; the files' numbers are those of BF16. */
    private static void assertLogits(String name, Path path) throws IOException {
        int[] ids = expected(name + ".ids").toIntVector();
        try (BaseModel model = BaseModel.load(path.toString(), BasePrecision.F32);
                PretrainedModel files = Models.load(path.toString());
                TransformerPass pass = TransformerPass.inference(model.weights(), Backends.standard())) {
            TokenSequence sequence = new TokenSequence(ids, new int[ids.length]);
            INDArray hidden = pass.forward(TokenBatch.of(List.of(sequence), model.model(), Rows.ALL));
            String table = model.model().vocabularyHead().orElseThrow().name();
            INDArray logits = hidden.mmul(files.weights().read(table).transpose());
            INDArray expected = expected(name + ".logits");
            assertArrayEquals(expected.shape(), logits.shape());
            double largest = 0;
            double off = 0;
            for (int row = 0; row < logits.rows(); row++) {
                for (int column = 0; column < logits.columns(); column++) {
                    double logit = logits.getDouble(row, column);
                    if (model.model().logitCap().isPresent()) {
                        double cap = model.model().logitCap().getAsDouble();
                        logit = cap * Math.tanh(logit / cap);
                    }
                    off = Math.max(off, Math.abs(logit - expected.getDouble(row, column)));
                    largest = Math.max(largest, Math.abs(expected.getDouble(row, column)));
                }
            }
            assertTrue(off < 1e-5 * largest, "off by " + off / largest + " of the largest");
        }
    }

    private static void assertTokens(String name, Path path) throws IOException {
        JsonNode cases = JsonFile.readObject(GOLDEN.resolve("families.json")).path(name);
        assertTrue(cases.size() > 20);
        try (PretrainedModel model = Models.load(path.toString())) {
            for (JsonNode one : cases) {
                String text = one.path("text").asText();
                int[] ids = new int[one.path("ids").size()];
                Arrays.setAll(ids, i -> one.path("ids").path(i).asInt());
                // Of no token no sequence is made.
                assertArrayEquals(
                        ids,
                        ids.length == 0
                                ? model.tokenizer().ids(text)
                                : model.tokenizer().encode(text, null, 10_000).ids(),
                        text);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3", "mistral", "smollm3", "phi3", "gemma2", "gemma3_text"})
    void logits_fileFolderAndWhatIsMadeOfIt_areThoseOfTransformers(String name) throws IOException {
        assertLogits(name, GOLDEN.resolve(name));
        assertLogits(name, GOLDEN.resolve(name + ".gguf"));
        assertLogits(name, written(name, WeightFormat.BF16));
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3", "mistral", "smollm3", "phi3", "gemma2", "gemma3_text"})
    void tokens_fileFolderAndWhatIsMadeOfIt_areThoseOfTransformers(String name) throws IOException {
        assertTokens(name, GOLDEN.resolve(name));
        assertTokens(name, GOLDEN.resolve(name + ".gguf"));
        assertTokens(name, written(name, WeightFormat.BF16));
    }

    /** All that the package gguf wrote, under its names and in its types; scores of SentencePiece say the same in other numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3", "mistral", "smollm3", "phi3", "gemma2", "gemma3_text"})
    void writeGguf_folder_writesWhatThePackageGgufWrites(String name) throws IOException {
        try (Gguf expected = Gguf.open(GOLDEN.resolve(name + ".gguf"));
                Gguf written = Gguf.open(written(name, WeightFormat.BF16))) {
            assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(written.names()));
            for (String tensor : expected.names()) {
                assertEquals(expected.typeName(tensor), written.typeName(tensor), tensor);
                assertEquals(expected.read(tensor), written.read(tensor), tensor);
            }
            Set<String> other = Set.of("tokenizer.ggml.scores", "general.name");
            for (String key : expected.metadata().keys()) {
                assertTrue(written.metadata().has(key), key);
                if (!other.contains(key)) {
                    assertEquals(described(expected, key), described(written, key), key);
                }
            }
        }
    }

    private static String described(Gguf file, String key) throws IOException {
        for (Description description : List.<Description>of(
                metadata -> metadata.text(key),
                metadata -> "" + metadata.flag(key),
                metadata -> "" + metadata.number(key),
                metadata -> "" + metadata.texts(key),
                metadata -> Arrays.toString(metadata.numbers(key)))) {
            try {
                return description.of(file.metadata());
            } catch (IOException e) {
                // Of another type.
            }
        }
        throw new AssertionError(key);
    }

    @FunctionalInterface
    private interface Description {
        String of(GgufMetadata metadata) throws IOException;
    }

    /** A copy of a golden folder with one field of a file set to another value. */
    private Path changed(String name, String file, String pointer, String value) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("changed"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve(name))) {
            for (Path one : files.toList()) {
                Files.copy(one, copy.resolve(one.getFileName()));
            }
        }
        ObjectNode root = JsonFile.readObject(copy.resolve(file));
        int slash = pointer.lastIndexOf('/');
        ObjectNode node = (ObjectNode) root.at(pointer.substring(0, slash));
        node.set(pointer.substring(slash + 1), new JsonMapper().readTree(value));
        JsonFile.write(copy.resolve(file), root);
        return copy;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "gemma2 | config.json | /query_pre_attn_scalar | 5 | factor of scores of layer 0 is",
                "gemma2 | config.json | /hidden_activation | \"silu\" | activation of layer 0 is silu, not",
                "smollm3 | config.json | /no_rope_layers | [1,0,1,0] | rotary positions of layer",
                "qwen3 | tokenizer.json | /normalizer | null | what divides texts into words is normalizer null",
                "qwen3 | tokenizer.json | /model/ignore_merges | true | expected one that llama.cpp is known to have",
                "phi3 | tokenizer.json | /normalizer/normalizers | [] | normalizer is",
                "mistral | tokenizer.json | /model/merges | [[\"t\", \"h\"]] | among the merges"
            })
    void writeGguf_whatAFileCannotSay_isRefused(String name, String file, String pointer, String value, String part)
            throws IOException {
        Path model = changed(name, file, pointer, value);
        String message = assertThrows(IllegalArgumentException.class, () -> written(model, WeightFormat.F32))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    /** The folder has them as files, GGUF under keys of their own. */
    @Test
    void load_namedChatTemplates_areThoseOfTheFolder() throws IOException {
        String text = "{{ messages[0]['content'] }}";
        for (Path path :
                List.of(GOLDEN.resolve("qwen3"), GOLDEN.resolve("qwen3.gguf"), written("qwen3", WeightFormat.BF16))) {
            try (PretrainedModel model = Models.load(path.toString())) {
                JsonNode templates = model.tokenizerConfig().orElseThrow().get("chat_template");
                assertEquals("default", templates.at("/0/name").textValue());
                assertEquals(text, templates.at("/0/template").textValue());
                String name = path.endsWith("qwen3") ? "tool-use" : "tool_use";
                assertEquals(name, templates.at("/1/name").textValue());
                assertEquals("tools: " + text, templates.at("/1/template").textValue());
                assertEquals(2, templates.size());
            }
        }
    }

    @Test
    void writeGguf_f32_keepsEveryNumber() throws IOException {
        assertLogits("qwen3", written("qwen3", WeightFormat.F32));
    }
}

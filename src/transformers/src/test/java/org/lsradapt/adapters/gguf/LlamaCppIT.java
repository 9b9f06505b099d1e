package org.lsradapt.adapters.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.io.Gguf;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Exported adapters and merged models, loaded by llama.cpp in a JVM of its own. */
class LlamaCppIT {

    private static final Backend BACKEND = Backends.standard();
    private static final Path MODEL = Path.of("src/transformers/src/test/resources/golden/gguf/blocks.gguf");
    private static final Path FAMILIES = MODEL.getParent();
    private static final int LENGTH = 24;
    private static final String TEXT = "the weather in the hill, hello";

    @TempDir
    private Path folder;

    /** Tokens and last hidden state. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Result(int[] tokens, double[] vector) {}

    private static String run(Path model, String... adapter) throws IOException {
        List<String> command = JavaProcess.command(LlamaCpp.class);
        command.addAll(List.of(model.toString(), TEXT));
        command.addAll(List.of(adapter));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        return output.lines()
                .filter(candidate -> candidate.startsWith(LlamaCpp.RESULT))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output))
                .substring(LlamaCpp.RESULT.length());
    }

    private static Result states(Path model) throws IOException {
        String[] parts = run(model).split(";");
        return new Result(
                Arrays.stream(numbers(parts[0])).mapToInt(Integer::parseInt).toArray(),
                normalized(Arrays.stream(numbers(parts[1]))
                        .mapToDouble(Double::parseDouble)
                        .toArray()));
    }

    private static String[] numbers(String list) {
        return list.substring(1, list.length() - 1).split(", ");
    }

    /** llama.cpp gives vectors of norm 1. */
    private static double[] normalized(double[] vector) {
        double norm = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
        return Arrays.stream(vector).map(x -> x / norm).toArray();
    }

    private static TokenSequence tokens(PretrainedModel base) {
        return base.tokenizer().encode(TEXT, null, 64);
    }

    private static double[] ours(PretrainedModel base, TransformerWeights weights, AdapterSet adapters) {
        TokenBatch batch = TokenBatch.of(List.of(tokens(base)), base.model(), Rows.ALL);
        adapters.materialize();
        try (TransformerPass pass = TransformerPass.inference(weights, adapters, BACKEND)) {
            double[][] states = pass.forward(batch).toDoubleMatrix();
            return normalized(states[states.length - 1]);
        }
    }

    /** Adapters of every layer, new or whose updates are about as large as the weights, scaled in two ways. */
    private static AdapterSet adapters(TransformerWeights weights, boolean trained) {
        AdapterSet adapters;
        try (AdapterSet alike = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 4), BACKEND)) {
            adapters = alike.withConfigs(adapter -> adapter.name().endsWith("v_proj")
                    ? adapter.config().toBuilder().alpha(1.7).build()
                    : adapter.config());
        }
        if (trained) {
            adapters.values()
                    .assign(RandomArrays.normal(new Random(3), DataType.FLOAT, adapters.parameterCount())
                            .muli(0.3));
        }
        return adapters;
    }

    /** The golden model with all weights in F32, which llama.cpp multiplies as they are. */
    private Path plain(WeightFormat format, boolean trained) throws IOException {
        return merged(MODEL, format, trained);
    }

    private Path merged(Path model, WeightFormat format, boolean trained) throws IOException {
        Path file = folder.resolve(format + "-" + trained + ".gguf");
        try (PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, trained)) {
            MergedModel.languageModel(base, adapters, 48).writeGguf(file, format);
        }
        return file;
    }

    private Path exported(Path model) throws IOException {
        Path adapter = folder.resolve("adapter.gguf");
        try (PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, true)) {
            GgufExport.save(
                    adapter,
                    base,
                    adapters.lsrAdapters().stream().map(SavedLayer::of).toList());
        }
        return adapter;
    }

    /** What this library's model with the adapters goes on with. */
    private static String continuation(Path model) throws IOException {
        try (PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, true)) {
            adapters.materialize();
            int[] prompt = base.tokenizer().ids(TEXT);
            if (base.tokenizer().beginToken().isPresent()) {
                prompt = IntStream.concat(
                                IntStream.of(base.tokenizer().beginToken().getAsInt()), Arrays.stream(prompt))
                        .toArray();
            }
            try (DenseUpdates updates = DenseUpdates.of(adapters);
                    TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
                int[] ids = generator.generate(
                        new TokenRequest(prompt, Optional.of(updates), Sampling.GREEDY, LENGTH, Set.of()),
                        token -> true,
                        () -> false);
                return base.tokenizer().decode(ids);
            }
        }
    }

    private static String text(String bytes) {
        String[] numbers = numbers(bytes);
        byte[] text = new byte[numbers.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = Byte.parseByte(numbers[i]);
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    /**
     * Of each architecture that this llama.cpp knows, made of a Hugging Face folder: the adapter beside the base model and
     * the merged model go on as this library does, and other than the base model does. FLOAT in another order of sums, and of
     * Gemma a GELU that llama.cpp looks up in 16 bits, in 26 layers of Gemma 2.
     */
    @ParameterizedTest
    @CsvSource({"qwen2, 2e-5", "mistral, 2e-5", "phi3, 2e-5", "gemma2, 1e-2", "gemma3_text, 2e-3"})
    void folderOfAFamily_adapterAndMergedModel_goOnInLlamaCppAsHere(String family, double tolerance)
            throws IOException {
        Path model = FAMILIES.resolve(family);
        Path base = merged(model, WeightFormat.F32, false);
        Path merged = merged(model, WeightFormat.F32, true);
        try (PretrainedModel files = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(files.model(), files.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, true)) {
            Result result = states(merged);
            int[] ids = tokens(files).ids();
            int begins = files.tokenizer().beginToken().isPresent() ? 1 : 0;
            assertArrayEquals(Arrays.copyOfRange(ids, begins, ids.length), result.tokens());
            assertClose(ours(files, weights, adapters), result.vector(), tolerance);
        }
        String expected = continuation(model).strip();
        assertEquals(expected, text(run(base, exported(model).toString())).strip());
        assertEquals(expected, text(run(merged, "")).strip());
        assertNotEquals(expected, text(run(base, "")).strip());
    }

    private static void assertClose(double[] expected, double[] actual, double tolerance) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
        }
        assertTrue(largest < tolerance, "off by " + largest);
    }

    @Test
    void writeGguf_newAdapters_isTheBaseModelInLlamaCpp() throws IOException {
        Path model = plain(WeightFormat.F32, false);
        try (PretrainedModel base = Models.load(model.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet none = adapters(weights, false)) {
            Result result = states(model);
            int[] ids = tokens(base).ids();
            // It names them without the one that begins a text.
            assertArrayEquals(Arrays.copyOfRange(ids, 1, ids.length), result.tokens());
            // FLOAT through two layers, in another order of sums.
            assertClose(ours(base, weights, none), result.vector(), 1e-5);
        }
    }

    /** The merged model has the adapted states, as is tested below, and llama.cpp goes on alike with either. */
    @Test
    void save_adapterOfEveryLayer_makesLlamaCppGoOnAsTheMergedModel() throws IOException {
        Path model = plain(WeightFormat.F32, false);
        String adapted = run(model, exported(model).toString());
        assertEquals(run(plain(WeightFormat.F32, true), ""), adapted);
        assertNotEquals(run(model, ""), adapted);
    }

    /** Of what is left: a rounding to 8 bits of numbers of a block's largest is 1/254 of that. */
    @ParameterizedTest
    @CsvSource({"F32, 1e-5", "F16, 2e-3", "Q8_0, 3e-2"})
    void writeGguf_mergedModel_isTheAdaptedOneInLlamaCpp(WeightFormat format, double tolerance) throws IOException {
        Path merged = plain(format, true);
        try (PretrainedModel base = Models.load(MODEL.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, true)) {
            assertClose(ours(base, weights, adapters), states(merged).vector(), tolerance);
        }
    }

    @Test
    void save_scalingOfZero_changesNothingAndNamesNoFolder() throws IOException {
        Path adapter = folder.resolve("zero.gguf");
        try (PretrainedModel base = Models.load(MODEL.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 0), BACKEND)) {
            adapters.values().assign(1);
            GgufExport.save(
                    adapter,
                    base,
                    adapters.lsrAdapters().stream().map(SavedLayer::of).toList());
        }
        try (Gguf file = Gguf.open(adapter)) {
            assertEquals(1, file.metadata().number("adapter.lora.alpha"));
            assertEquals(
                    0, file.read("blk.0.attn_q.weight.lora_b").normmaxNumber().doubleValue());
            assertEquals("LSR-Adapt adapter", file.metadata().text("general.name"));
        }
    }

    @Test
    void save_whatLlamaCppHasNoFormFor_isRefused() throws IOException {
        Path bert = Path.of("src/transformers/src/test/resources/golden/interop/peft/base");
        try (PretrainedModel base = Models.load(bert.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = adapters(weights, true)) {
            List<SavedLayer> layers =
                    adapters.lsrAdapters().stream().map(SavedLayer::of).toList();
            Path file = folder.resolve("none.gguf");
            assertEquals(
                    "GGUF: a model of type bert has no form there that is supported, expected one of llama, mistral, qwen2, qwen3,"
                            + " smollm3, phi3, gemma2, gemma3_text",
                    assertThrows(IllegalArgumentException.class, () -> GgufExport.save(file, base, layers))
                            .getMessage());
            assertTrue(Files.notExists(file));
        }
    }
}

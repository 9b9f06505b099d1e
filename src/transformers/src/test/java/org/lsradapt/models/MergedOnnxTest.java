package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.internal.frameworks.TinyOnnx;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ONNX files with merged adapters, run by ONNX Runtime and by LangChain4j. */
class MergedOnnxTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden");

    /** Of a number of a vector of norm 1: FLOAT's round-off through six layers or twelve. */
    private static final double TOLERANCE = 1e-5;

    private static final List<String> TEXTS = List.of(
            "The quick brown fox jumps over the lazy dog.",
            "Adapters change a frozen model by a low-rank update.",
            "Yes",
            "In 1969, the year in which three astronauts first went to the Moon and back, nobody would have guessed"
                    + " that naïve café owners in Zürich would one day ask a telephone whether it was going to rain.");

    private static final List<String> TINY_TEXTS = List.of("w1 w2 w25", "w7", "w3 w3 w19 unknown w5");

    @TempDir
    private Path work;

    /** A model with random adapters, which change its embeddings a good deal. */
    private static final class Trained implements AutoCloseable {
        final PretrainedModel base;
        final TransformerWeights weights;
        final AdapterSet adapters;

        Trained(String model, double size, String... suffixes) throws IOException {
            base = Models.load(model);
            weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
            List<FrozenLinear> layers =
                    LayerSelector.suffixes(List.of(suffixes)).select(weights.linearLayers());
            adapters = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard());
            adapters.values()
                    .assign(RandomArrays.normal(new Random(4), DataType.FLOAT, adapters.parameterCount())
                            .muli(size));
        }

        MergedModel merged() throws IOException {
            return MergedModel.embedder(base, Optional.of(adapters), base.embeddingSettings());
        }

        double[][] vectors(boolean adapted, List<String> texts) throws IOException {
            Optional<AdapterSet> set = adapted ? Optional.of(adapters) : Optional.empty();
            return TextVectors.ours(base, weights, set, base.embeddingSettings(), texts);
        }

        @Override
        public void close() throws IOException {
            adapters.close();
            weights.close();
            base.close();
        }
    }

    /** DeBERTa-v3, whose layers of queries and keys project relative embeddings as well. */
    @Test
    void writeOnnx_sharedProjections_mergesBothUses() throws IOException, OrtException {
        Path folder = Files.createDirectory(work.resolve("deberta"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(GOLDEN.resolve("families/deberta-v3").resolve(file), folder.resolve(file));
        }
        Files.copy(GOLDEN.resolve("onnx/deberta.onnx"), folder.resolve("model.onnx"));
        try (Trained trained =
                new Trained(folder.toString(), 0.4, "query_proj", "key_proj", "value_proj", "intermediate.dense")) {
            trained.merged().writeOnnx(work.resolve("out"));
            List<String> texts = List.of("The sun is warm and long", "rain");
            double[][] expected = trained.vectors(true, texts);
            double[][] found = TextVectors.onnx(
                    work.resolve("out").resolve("model.onnx"), trained.base, trained.base.embeddingSettings(), texts);
            double moved = 0;
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(expected[i], found[i], TOLERANCE, texts.get(i));
                moved = Math.max(moved, Math.abs(expected[i][0] - trained.vectors(false, texts)[i][0]));
            }
            assertTrue(moved > 1e-2, "the adapters move vectors by " + moved);
        }
    }

    /** The golden files' tiny BERT with its ONNX file at a place where such files are. */
    private Path tiny(String onnx) throws IOException {
        Path folder = Files.createDirectory(work.resolve("tiny"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve("interop/peft/base"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.createDirectories(folder.resolve(onnx).getParent());
        Files.copy(GOLDEN.resolve("onnx/bert.onnx"), folder.resolve(onnx));
        return folder;
    }

    private static String fileOf(String model) {
        return OnnxEncoder.ALL.stream()
                        .filter(one -> one.name().equals(model))
                        .peek(one ->
                                assumeTrue(one.artifact().isPresent(), model + " is on the class path with -P" + model))
                        .findFirst()
                        .orElseThrow()
                        .files()
                + ".onnx";
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = MergedOnnxTest.class.getResourceAsStream("/" + name)) {
            return in.readAllBytes();
        }
    }

    private static int bytesThatDiffer(byte[] one, byte[] other) {
        assertEquals(one.length, other.length);
        int count = 0;
        for (int i = 0; i < one.length; i++) {
            count += one[i] == other[i] ? 0 : 1;
        }
        return count;
    }

    @ParameterizedTest
    @ValueSource(strings = {"minilm", "bge-small", "e5-small"})
    void writeOnnx_packedModel_embedsAsTheAdaptedModelInOnnxRuntimeAndLangChain4j(String model)
            throws IOException, OrtException {
        String file = fileOf(model);
        try (Trained trained = new Trained(model, 0.1, "query", "value", "intermediate.dense", "output.dense")) {
            Path out = work.resolve("out");
            trained.merged().writeOnnx(out);
            EmbeddingSettings settings = trained.base.embeddingSettings();
            double[][] expected = trained.vectors(true, TEXTS);
            double changed = TextVectors.largestDifference(trained.vectors(false, TEXTS), expected);
            assertTrue(changed > 0.01, "the adapters change a vector by " + changed);

            double[][] runtime = TextVectors.onnx(out.resolve("model.onnx"), trained.base, settings, TEXTS);
            double difference = TextVectors.largestDifference(expected, runtime);
            assertTrue(difference < TOLERANCE, "ONNX Runtime: " + difference);

            OnnxEmbeddingModel langChain = new OnnxEmbeddingModel(
                    out.resolve("model.onnx"),
                    out.resolve("tokenizer.json"),
                    settings.pooling() == Pooling.CLS ? PoolingMode.CLS : PoolingMode.MEAN);
            double[][] theirs = new double[TEXTS.size()][];
            for (int i = 0; i < theirs.length; i++) {
                float[] vector = langChain.embed(TEXTS.get(i)).content().vector();
                theirs[i] = new double[vector.length];
                for (int j = 0; j < vector.length; j++) {
                    theirs[i][j] = vector[j];
                }
            }
            double other = TextVectors.largestDifference(expected, theirs);
            assertTrue(other < TOLERANCE, "LangChain4j: " + other);

            long adapted = trained.adapters.adapters().stream()
                    .mapToLong(adapter -> (long) adapter.layer().inFeatures()
                            * adapter.layer().outFeatures())
                    .sum();
            int differ = bytesThatDiffer(resource(file), Files.readAllBytes(out.resolve("model.onnx")));
            assertTrue(differ > adapted && differ <= 4 * adapted, differ + " bytes of " + adapted + " numbers differ");
        }
    }

    @Test
    void writeOnnx_withoutAdapters_isTheBaseFileByteForByte() throws IOException {
        try (PretrainedModel base = Models.load("minilm")) {
            MergedModel.embedder(base, Optional.empty(), base.embeddingSettings())
                    .writeOnnx(work.resolve("out"));
            assertArrayEquals(resource("all-minilm-l6-v2.onnx"), Files.readAllBytes(work.resolve("out/model.onnx")));
            assertArrayEquals(
                    resource("all-minilm-l6-v2-tokenizer.json"),
                    Files.readAllBytes(work.resolve("out/tokenizer.json")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"onnx/model.onnx", "model.onnx"})
    void writeOnnx_folderWithOnnxFile_changesTheAdaptedLayersAlone(String place) throws IOException, OrtException {
        Path folder = tiny(place);
        try (Trained trained =
                new Trained(folder.toString(), 0.4, "layer.1.attention.self.key", "layer.0.output.dense")) {
            Path out = work.resolve("out");
            trained.merged().writeOnnx(out);
            EmbeddingSettings settings = trained.base.embeddingSettings();
            double[][] expected = trained.vectors(true, TINY_TEXTS);
            double[][] actual = TextVectors.onnx(out.resolve("model.onnx"), trained.base, settings, TINY_TEXTS);
            assertTrue(TextVectors.largestDifference(expected, actual) < TOLERANCE);
            assertTrue(TextVectors.largestDifference(trained.vectors(false, TINY_TEXTS), expected) > 0.01);
            int differ = bytesThatDiffer(
                    Files.readAllBytes(folder.resolve(place)), Files.readAllBytes(out.resolve("model.onnx")));
            assertTrue(differ > 0 && differ <= 4 * (12 * 12 + 20 * 12), differ + " bytes differ");
        }
    }

    /** The file has no pooler, which vectors do not depend on. */
    @Test
    void writeOnnx_adapterOfThePooler_isLeftOut() throws IOException, OrtException {
        Path folder = tiny("model.onnx");
        try (Trained trained = new Trained(folder.toString(), 0.4, "layer.1.attention.self.key", "pooler.dense")) {
            Path out = work.resolve("out");
            trained.merged().writeOnnx(out);
            double[][] actual = TextVectors.onnx(
                    out.resolve("model.onnx"), trained.base, trained.base.embeddingSettings(), TINY_TEXTS);
            assertTrue(TextVectors.largestDifference(trained.vectors(true, TINY_TEXTS), actual) < TOLERANCE);
        }
    }

    @Test
    void writeOnnx_whereItCannot_saysWhyAndWritesNothing() throws IOException {
        Path folder = tiny("model.onnx");
        Path out = work.resolve("out");
        byte[] onnx = Files.readAllBytes(folder.resolve("model.onnx"));
        try (Trained trained = new Trained(folder.toString(), 0.4, "query")) {
            String layer = "encoder.layer.0.attention.self.query";
            Files.delete(folder.resolve("model.onnx"));
            assertEquals(
                    "model " + folder + ": does not come as ONNX, expected onnx/model.onnx or model.onnx in the folder",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> trained.merged().writeOnnx(out))
                            .getMessage());

            byte[] ofAnother = onnx.clone();
            ofAnother[indexOf(ofAnother, firstRow(trained, layer))] ^= 1;
            Files.write(folder.resolve("model.onnx"), ofAnother);
            assertEquals(
                    folder.resolve("model.onnx") + ": no initializer has the weight of layer " + layer
                            + ", [12, 12], to the bit; expected the ONNX file of this base model",
                    refusal(trained, out));
            assertFalse(Files.exists(out));

            Files.write(folder.resolve("model.onnx"), onnx);
            INDArray values = trained.adapters.values();
            INDArray before = values.dup();
            values.assign(1e15f);
            assertThrows(IllegalArgumentException.class, () -> trained.merged().writeOnnx(out));
            values.assign(before);
            assertArrayEquals(new String[] {"tiny"}, work.toFile().list(), "the tokenizer is gone, too");
        }
    }

    @Test
    void writeOnnx_weightsThatAreNotPlainInTheFile_areNamed() throws IOException {
        Path folder = tiny("model.onnx");
        Path out = work.resolve("out");
        Path file = folder.resolve("model.onnx");
        try (Trained trained = new Trained(folder.toString(), 0.4, "layer.0.attention.self.query")) {
            String layer = "encoder.layer.0.attention.self.query";
            String none = file + ": no initializer has the weight of layer " + layer + ", [12, 12], to the bit; the"
                    + " file has matrices stored as ";
            Files.write(
                    file,
                    TinyOnnx.model(
                            TinyOnnx.initializer(TinyOnnx.name("q"), TinyOnnx.type(3), TinyOnnx.shape(12, 12)),
                            TinyOnnx.initializer(TinyOnnx.name("h"), TinyOnnx.type(10), TinyOnnx.shape(12, 12))));
            assertEquals(none + "FLOAT16, INT8, expected FLOAT inside the file", refusal(trained, out));
            Files.write(
                    file,
                    TinyOnnx.model(TinyOnnx.initializer(
                            TinyOnnx.name("q"), TinyOnnx.type(1), TinyOnnx.shape(12, 12), TinyOnnx.integer(14, 1))));
            assertEquals(none + "FLOAT in another file, expected FLOAT inside the file", refusal(trained, out));

            float[] weight =
                    trained.base.weights().read(layer + ".weight").data().asFloat();
            TinyOnnx.Fields[] two = Stream.of("a", "b")
                    .map(name -> TinyOnnx.initializer(
                            TinyOnnx.name(name), TinyOnnx.type(1), TinyOnnx.shape(12, 12), TinyOnnx.raw(weight)))
                    .toArray(TinyOnnx.Fields[]::new);
            Files.write(file, TinyOnnx.model(two));
            assertEquals(
                    file + ": initializer 'a' has the weight of layer " + layer
                            + ", and is not that layer's alone: the same numbers are used elsewhere",
                    refusal(trained, out));
            assertFalse(Files.exists(out));
        }
    }

    private static String refusal(Trained trained, Path out) {
        return assertThrows(IOException.class, () -> trained.merged().writeOnnx(out))
                .getMessage();
    }

    /** The first row of a weight as bytes. */
    private static byte[] firstRow(Trained trained, String layer) throws IOException {
        return TinyOnnx.floats(trained.base.weights().read(layer + ".weight").toFloatMatrix()[0]);
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }
}

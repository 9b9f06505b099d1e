package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Written folders in the real sentence-transformers: vectors equal to 1e-5. Runs with the Python that the system
 * property lsr.python or the environment variable LSR_PYTHON names; {@code sentence_transformers_folder.py} is what it
 * runs there.
 */
class SentenceTransformersTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> TEXTS = List.of(
            "A word is known by the company it keeps.",
            "w3 w1 w25",
            "Yes",
            "Naïve café owners in Zürich would ask a telephone whether it was going to rain. ".repeat(20));

    /** Models by name with their own settings, tiny ones with others. */
    private static final List<String> MODELS = List.of(
            "minilm",
            "bge-small",
            "e5-small",
            "src/transformers/src/test/resources/golden/interop/peft/base",
            "src/transformers/src/test/resources/golden/families/deberta-v3",
            "src/transformers/src/test/resources/golden/families/xlm-roberta");

    @TempDir
    private Path work;

    @Test
    void write_adaptedModels_embedTheSameInSentenceTransformers() throws Exception {
        String python = System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
        assumeTrue(!python.isEmpty(), "no Python with sentence-transformers is named; -Dlsr.python=PYTHON does it");
        ArrayNode job = JSON.createArrayNode();
        List<String> names = new ArrayList<>();
        List<double[][][]> expected = new ArrayList<>();
        List<EmbeddingSettings> settings = new ArrayList<>();
        for (String model : MODELS) {
            boolean present = OnnxEncoder.ALL.stream()
                    .filter(encoder -> encoder.name().equals(model))
                    .allMatch(encoder -> encoder.artifact().isPresent());
            if (present) {
                Path folder = work.resolve("model-" + names.size());
                try (PretrainedModel base = Models.load(model)) {
                    EmbeddingSettings own = model.contains("/")
                            ? new EmbeddingSettings(Pooling.CLS, names.size() % 2 == 0, "w7 ", "so: ", 11)
                            : base.embeddingSettings();
                    settings.add(own);
                    expected.add(write(base, own, folder));
                }
                job.addObject().put("folder", folder.toString()).set("texts", JSON.valueToTree(TEXTS));
                names.add(model);
            }
        }
        JsonNode result = run(python, job);
        for (int i = 0; i < names.size(); i++) {
            JsonNode theirs = result.get("vectors").get(i);
            assertEquals(
                    settings.get(i).maxLength(), theirs.get("max_seq_length").intValue(), names.get(i));
            for (int role = 0; role < 2; role++) {
                double[][] vectors = JSON.convertValue(theirs.get(role == 0 ? "query" : "passage"), double[][].class);
                double difference = TextVectors.largestDifference(expected.get(i)[role], vectors);
                System.out.printf(
                        "sentence-transformers %s, %s, %s: largest difference %.1e%n",
                        result.get("version").textValue(), names.get(i), role == 0 ? "query" : "passage", difference);
                assertTrue(difference < 1e-5, names.get(i) + ": " + difference);
            }
        }
    }

    /** Writes the model with random adapters; what it computes of queries and of passages. */
    private static double[][][] write(PretrainedModel base, EmbeddingSettings settings, Path folder)
            throws IOException {
        List<String> suffixes = List.of("query", "value", "query_proj", "intermediate.dense");
        try (TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(
                        LayerSelector.suffixes(suffixes.stream()
                                        .filter(suffix -> weights.linearLayers().stream()
                                                .anyMatch(layer -> layer.name().endsWith("." + suffix)))
                                        .toList())
                                .select(weights.linearLayers()),
                        LsrConfig.defaults(),
                        Backends.standard())) {
            adapters.values()
                    .assign(RandomArrays.normal(new Random(8), DataType.FLOAT, adapters.parameterCount())
                            .muli(0.1));
            MergedModel.embedder(base, Optional.of(adapters), settings).write(folder, DataType.FLOAT);
            double[][][] vectors = new double[2][][];
            List<String> prefixes = List.of(settings.queryPrefix(), settings.passagePrefix());
            for (int role = 0; role < 2; role++) {
                List<String> texts =
                        TEXTS.stream().map(prefixes.get(role)::concat).toList();
                vectors[role] = TextVectors.ours(base, weights, Optional.of(adapters), settings, texts);
            }
            return vectors;
        }
    }

    private JsonNode run(String python, JsonNode job) throws Exception {
        Path jobFile = work.resolve("job.json");
        Path resultFile = work.resolve("result.json");
        Path log = work.resolve("python.log");
        JSON.writeValue(jobFile.toFile(), job);
        Process process = new ProcessBuilder(
                        python,
                        "src/transformers/src/test/resources/sentence_transformers_folder.py",
                        jobFile.toString(),
                        resultFile.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        process.destroyForcibly();
        int code = ended ? process.exitValue() : -1;
        assumeTrue(code != 3, python + " has no sentence-transformers");
        assertEquals(0, code, python + " failed or took too long:\n" + Files.readString(log));
        return JSON.readTree(resultFile.toFile());
    }
}

package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A merged folder is a model: it loads as one, and computes what base, adapters and head compute. */
class MergedModelTest {

    private static final Backend BACKEND = Backends.standard();
    private static final List<String> LABELS = List.of("red", "green", "blue");

    @TempDir
    private Path parent;

    /** A base model with random adapters on three kinds of layers and a random head. */
    private final class Trained implements AutoCloseable {
        final PretrainedModel base;
        final TransformerWeights encoder;
        final AdapterSet adapters;
        final SequenceHead head;

        Trained(SmallModel family, int outputs) throws IOException {
            Path folder = Files.createDirectory(parent.resolve("base"));
            boolean roberta = family == SmallModel.ROBERTA;
            Map<String, INDArray> weights = TinyModels.weights(roberta ? TinyModels.roberta() : TinyModels.bert(), 3);
            if (roberta) {
                TinyModels.writeRoberta(folder, TinyModels.asInFile(weights, "roberta."));
            } else {
                TinyModels.writeBert(folder, TinyModels.asInFile(weights, "bert."));
            }
            base = Models.load(folder.toString());
            encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
            adapters = AdapterSet.create(
                    LayerSelector.suffixes(List.of("query", "value", "intermediate.dense"))
                            .select(encoder.linearLayers()),
                    LsrConfig.builder().bottleneckRank(4).separationRank(3).build(),
                    BACKEND);
            adapters.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, adapters.parameterCount()));
            head = new SequenceHead(encoder, outputs, 5);
            head.values()
                    .assign(RandomArrays.normal(
                            new Random(6), DataType.FLOAT, head.values().length()));
        }

        MergedModel merged(List<String> labels) {
            return MergedModel.withHead(
                    base,
                    Optional.of(adapters),
                    head,
                    task(labels),
                    base.model().maxTokens());
        }

        double[][] predict(AdapterSet with) {
            SequenceObjective objective = SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND);
            try (AdaptedModel model = new AdaptedModel(encoder, Optional.ofNullable(with), objective, BACKEND)) {
                return model.predict(sequences(base));
            }
        }

        @Override
        public void close() throws IOException {
            head.close();
            adapters.close();
            encoder.close();
            base.close();
        }
    }

    private static List<TokenSequence> sequences(PretrainedModel model) {
        return List.of(
                model.tokenizer().encode("hello", "low hello", 8),
                model.tokenizer().encode("hello hello", null, 8));
    }

    /** What a client does that knows nothing of adapters: encoder and head out of one folder. */
    private static double[][] predict(Path folder, int outputs) throws IOException {
        try (PretrainedModel model = Models.load(folder.toString());
                TransformerWeights encoder = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT);
                SequenceHead head = new SequenceHead(encoder, outputs, 0);
                AdaptedModel sequenceModel =
                        new AdaptedModel(encoder, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            assertEquals(outputs, model.head().orElseThrow().outputs());
            model.head().orElseThrow().copyTo(head);
            return sequenceModel.predict(sequences(model));
        }
    }

    private static double largestDifference(double[][] expected, double[][] actual) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                largest = Math.max(largest, Math.abs(expected[i][j] - actual[i][j]));
            }
        }
        return largest;
    }

    @Test
    void card_saysWhatTheFolderIs_andNoPath() throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            Path out = parent.resolve("merged");
            trained.merged(LABELS).write(out, DataType.FLOAT);
            String card = Files.readString(out.resolve("README.md"));
            assertTrue(card.startsWith("""
                            ---
                            library_name: "transformers"
                            pipeline_tag: "text-classification"
                            tags:
                            - "lsr-adapt"
                            ---
                            """), card);
            assertTrue(card.contains("`r 4`, `separation rank s 3`"), card);
            LABELS.forEach(label -> assertTrue(card.contains("`" + label + "`"), card));
            assertTrue(card.contains("AutoModelForSequenceClassification.from_pretrained(\"FOLDER\")"), card);
            assertFalse(card.contains(parent.toString()), card);

            Path embedder = parent.resolve("embedder");
            MergedModel.embedder(trained.base, Optional.of(trained.adapters), trained.base.embeddingSettings())
                    .write(embedder, DataType.FLOAT);
            String other = Files.readString(embedder.resolve("README.md"));
            assertTrue(
                    other.startsWith(
                            "---\nlibrary_name: \"sentence-transformers\"\npipeline_tag: \"feature-extraction\"\n"),
                    other);
            assertTrue(other.contains("SentenceTransformer(\"FOLDER\")"), other);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BERT, FLOAT, 2e-5", "BERT, HALF, 2e-2", "BERT, BFLOAT16, 2e-1",
        "ROBERTA, FLOAT, 2e-5", "ROBERTA, HALF, 2e-2", "ROBERTA, BFLOAT16, 2e-1"
    })
    void write_thenLoad_computesTheSame(SmallModel family, DataType type, double tolerance) throws IOException {
        try (Trained trained = new Trained(family, 3)) {
            Path out = parent.resolve("merged");
            trained.merged(LABELS).write(out, type);
            double[][] expected = trained.predict(trained.adapters);
            double[][] actual = predict(out, 3);
            assertTrue(
                    largestDifference(expected, actual) < tolerance,
                    "difference " + largestDifference(expected, actual));
            assertTrue(largestDifference(trained.predict(null), actual) > tolerance, "the adapters do something");
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, float32", "HALF, float16", "BFLOAT16, bfloat16"})
    void write_aType_hasEachNumberRoundedOnce(DataType type, String torchName) throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            Path out = parent.resolve("merged");
            trained.merged(LABELS).write(out, type);
            String query = "encoder.layer.0.attention.self.query";
            try (SafeTensors file = SafeTensors.open(out.resolve("model.safetensors"))) {
                assertEquals(Map.of("format", "pt"), file.metadata());
                for (String name : file.names()) {
                    assertEquals(type, file.storedType(name), name);
                }
                assertEquals(
                        trained.adapters
                                .lsrAdapter(query)
                                .merge(type)
                                .transpose()
                                .dup('c'),
                        file.readStored("bert." + query + ".weight"));
                INDArray words = file.read("bert.embeddings.word_embeddings.weight");
                assertEquals(
                        trained.base
                                .weights()
                                .read("embeddings.word_embeddings.weight")
                                .castTo(type),
                        words.castTo(type));
                assertArrayEquals(new long[] {3, 4}, file.shape("classifier.weight"));
                assertArrayEquals(new long[] {3}, file.shape("classifier.bias"));
            }
            JsonNode config = JsonFile.readObject(out.resolve("config.json"));
            assertEquals(
                    "[\"BertForSequenceClassification\"]",
                    config.get("architectures").toString());
            assertEquals(
                    "{\"0\":\"red\",\"1\":\"green\",\"2\":\"blue\"}",
                    config.get("id2label").toString());
            assertEquals(
                    "{\"red\":0,\"green\":1,\"blue\":2}", config.get("label2id").toString());
            assertEquals(3, config.get("num_labels").intValue());
            assertEquals(torchName, config.get("torch_dtype").textValue());
            assertEquals(
                    "single_label_classification", config.get("problem_type").textValue());
            JsonNode tokenizer = JsonFile.readObject(out.resolve("tokenizer_config.json"));
            assertEquals("[SEP]", tokenizer.get("sep_token").textValue());
            assertEquals(10, tokenizer.get("model_max_length").intValue());
        }
    }

    @Test
    void write_headAlone_isTheBaseModel() throws IOException {
        try (Trained trained = new Trained(SmallModel.ROBERTA, 1)) {
            Path out = parent.resolve("merged");
            MergedModel.withHead(trained.base, Optional.empty(), trained.head, task(List.of()), 8)
                    .write(out, DataType.FLOAT);
            assertEquals(0, largestDifference(trained.predict(null), predict(out, 1)));
            JsonNode config = JsonFile.readObject(out.resolve("config.json"));
            assertEquals("regression", config.get("problem_type").textValue());
            assertEquals("{\"0\":\"LABEL_0\"}", config.get("id2label").toString());
            assertEquals(
                    "[\"RobertaForSequenceClassification\"]",
                    config.get("architectures").toString());
            assertEquals(1, config.get("pad_token_id").intValue());
            try (SafeTensors file = SafeTensors.open(out.resolve("model.safetensors"))) {
                assertTrue(file.names().contains("classifier.out_proj.weight"));
                assertTrue(file.names().contains("roberta.encoder.layer.0.output.dense.weight"));
                assertFalse(file.names().stream().anyMatch(name -> name.contains("pooler")));
            }
        }
    }

    /** A classifier of LLaMA reads the last token that is not padding: that must be none of those that end each text. */
    @ParameterizedTest
    @CsvSource({
        "false, null, 286, <|end_of_text|>",
        "true, null, 285, <|begin_of_text|>",
        "true, 286, 286,",
        "true, 284, 284,"
    })
    void write_classifierOfLlama_padsSoThatItsHeadReadsTheSameToken(
            boolean ended, String padding, int expected, String token) throws IOException, URISyntaxException {
        Path source = Path.of(getClass().getResource("/golden/families/llama").toURI());
        Path folder = Files.createDirectory(parent.resolve("llama"));
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        ObjectNode config = JsonFile.readObject(source.resolve("config.json"));
        config.set("pad_token_id", padding.equals("null") ? null : new IntNode(Integer.parseInt(padding)));
        JsonFile.write(
                folder.resolve("config.json"), config.put("bos_token_id", 285).put("eos_token_id", 286));
        ObjectNode tokenizer = JsonFile.readObject(source.resolve("tokenizer.json"));
        if (ended) {
            ObjectNode template = (ObjectNode) tokenizer.at("/post_processor/processors/1");
            for (String kind : List.of("single", "pair")) {
                template.withArray(kind)
                        .addObject()
                        .putObject("SpecialToken")
                        .put("id", "<|end_of_text|>")
                        .put("type_id", 0);
            }
            ObjectNode special =
                    template.withObject("/special_tokens/<|end_of_text|>").put("id", "<|end_of_text|>");
            special.putArray("ids").add(286);
            special.putArray("tokens").add("<|end_of_text|>");
        }
        JsonFile.write(folder.resolve("tokenizer.json"), tokenizer);
        Path out = parent.resolve("merged");
        List<TokenSequence> texts;
        double[][] predicted;
        try (PretrainedModel base = Models.load(folder.toString());
                TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                SequenceHead head = new SequenceHead(encoder, 3, 5);
                AdaptedModel model =
                        new AdaptedModel(encoder, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            texts = sequences(base);
            assertEquals(ended, texts.get(0).ids()[texts.get(0).length() - 1] == 286);
            MergedModel.withHead(base, Optional.empty(), head, task(LABELS), 16).write(out, DataType.FLOAT);
            predicted = model.predict(texts);
        }
        assertEquals(
                expected,
                JsonFile.readObject(out.resolve("config.json"))
                        .get("pad_token_id")
                        .intValue());
        JsonNode written =
                JsonFile.readObject(out.resolve("tokenizer_config.json")).get("pad_token");
        assertEquals(token, written == null ? null : written.textValue());
        assertEquals(0, largestDifference(predicted, predict(out, 3)));
    }

    @Test
    void write_moreThanAFileTakes_isSharded() throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            Path out = parent.resolve("merged");
            trained.merged(LABELS).write(out, DataType.FLOAT, 400);
            assertTrue(Files.exists(out.resolve("model.safetensors.index.json")));
            assertFalse(Files.exists(out.resolve("model.safetensors")));
            assertTrue(largestDifference(trained.predict(trained.adapters), predict(out, 3)) < 2e-5);
            assertEquals(
                    out + ": the folder is not empty, expected a folder that is empty or does not exist yet",
                    assertThrows(IOException.class, () -> trained.merged(LABELS).write(out, DataType.FLOAT))
                            .getMessage());
        }
    }

    @Test
    void write_weightBeyondTheRange_isRefusedByName() throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            trained.head.values().putScalar(0, 70000);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> trained.merged(LABELS).write(parent.resolve("merged"), DataType.FLOAT16))
                    .getMessage();
            assertEquals(
                    "merged model: weight 'classifier.weight': rounding: 70000.0 is beyond the range of F16", message);
            assertArrayEquals(new String[] {"base"}, parent.toFile().list());
        }
    }

    @Test
    void write_lastFileFails_leavesNothing() throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            trained.base.config().putPOJO("architecture", new Object() {
                @JsonValue
                String value() {
                    throw new IllegalStateException("no text");
                }
            });
            Path out = parent.resolve("merged");
            assertThrows(IOException.class, () -> trained.merged(LABELS).write(out, DataType.FLOAT));
            assertArrayEquals(new String[] {"base"}, parent.toFile().list());
            trained.base.config().remove("architecture");
            trained.merged(LABELS).write(out, DataType.FLOAT);
            assertTrue(Files.exists(out.resolve("config.json")));
        }
    }

    @Test
    void newModel_ofPartsThatDoNotFit_isRefused() throws IOException {
        try (Trained trained = new Trained(SmallModel.BERT, 3)) {
            assertRefused(
                    "merged model: the head has 3 outputs for each text, expected 2 for each text of task t",
                    () -> trained.merged(List.of("a", "b")));
            assertRefused(
                    "merged model: maxLength is 11, expected 1 to 10",
                    () -> MergedModel.withHead(trained.base, Optional.empty(), trained.head, task(LABELS), 11));
            assertRefused("merged model: the type is DOUBLE, expected FLOAT, FLOAT16 or BFLOAT16", () -> {
                try {
                    trained.merged(LABELS).write(parent.resolve("merged"), DataType.DOUBLE);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Path folder = Files.createDirectory(parent.resolve("poolerless"));
            Map<String, INDArray> weights = TinyModels.weights(TinyModels.bert(), 3);
            weights.keySet().removeIf(name -> name.startsWith("pooler."));
            TinyModels.writeBert(folder, TinyModels.asInFile(weights, ""));
            try (PretrainedModel model = Models.load(folder.toString())) {
                assertRefused(
                        "merged model: model " + folder + " has no pooler, which BertForSequenceClassification has"
                                + " before its classifier",
                        () -> MergedModel.withHead(model, Optional.empty(), trained.head, task(LABELS), 10));
            }
        }
    }

    static TaskDescription task(List<String> labels) {
        return labels.isEmpty()
                ? new RegressionDescription("t", false)
                : new ClassificationDescription("t", labels, false);
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}

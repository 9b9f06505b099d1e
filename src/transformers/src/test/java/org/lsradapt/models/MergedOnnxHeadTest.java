package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.scoring.onnx.OnnxScoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.heads.SpanObjective;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.MultiLabelDescription;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Classifiers and rerankers as ONNX, run by ONNX Runtime and by LangChain4j. */
class MergedOnnxHeadTest {

    private static final Backend BACKEND = Backends.standard();

    /** Of a logit of about 1: FLOAT's round-off through six layers and the head. */
    private static final double TOLERANCE = 1e-5;

    private static final String QUESTION = "How is a frozen model adapted?";
    private static final List<String> PASSAGES = List.of(
            "Adapters change a frozen model by a low-rank update.",
            "Yes",
            // Longer than the tokens at which the base model's own tokenizer.json cuts, and than those at which ours
            // does.
            "heron ".repeat(110) + "and its team",
            "The heron " + "approves each invoice of the team, ".repeat(40),
            "In 1969, the year in which three astronauts first went to the Moon and back, naïve café owners in Zürich"
                    + " asked whether it was going to rain.");

    private static final int LONGEST = 200;

    @TempDir
    private Path work;

    /** MiniLM with random adapters, of the pooler too, and a random head. */
    static final class Trained implements AutoCloseable {
        final PretrainedModel base = load();
        final TransformerWeights weights;
        final AdapterSet adapters;
        final SequenceHead head;

        Trained(int outputs) throws IOException {
            this(outputs, false);
        }

        Trained(int outputs, boolean ofEachToken) throws IOException {
            weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
            List<FrozenLinear> layers = LayerSelector.suffixes(List.of("query", "output.dense", "pooler.dense"))
                    .select(weights.linearLayers());
            assertTrue(layers.stream().anyMatch(layer -> layer.name().equals("pooler.dense")));
            adapters = AdapterSet.create(layers, LsrConfig.defaults(), BACKEND);
            adapters.values()
                    .assign(RandomArrays.normal(new Random(4), DataType.FLOAT, adapters.parameterCount())
                            .muli(0.1));
            head = ofEachToken
                    ? new SequenceHead(
                            weights,
                            outputs == SpanObjective.OUTPUTS
                                    ? base.family().answerHead(base.model())
                                    : base.family().tokenHead(base.model()),
                            outputs,
                            1)
                    : new SequenceHead(weights, outputs, 1);
            head.values()
                    .assign(RandomArrays.normal(
                                    new Random(6), DataType.FLOAT, head.values().length())
                            .muli(0.1));
        }

        private static PretrainedModel load() {
            try {
                return Models.load("minilm");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        MergedModel merged(List<String> labels) {
            return MergedModel.withHead(base, Optional.of(adapters), head, MergedModelTest.task(labels), LONGEST);
        }

        List<TokenSequence> pairs() {
            return PASSAGES.stream()
                    .map(passage -> base.tokenizer().encode(QUESTION, passage, LONGEST))
                    .toList();
        }

        double[][] predict(Optional<AdapterSet> with) {
            SequenceObjective objective = SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND);
            try (AdaptedModel model = new AdaptedModel(weights, with, objective, BACKEND)) {
                return model.predict(pairs());
            }
        }

        @Override
        public void close() throws IOException {
            head.close();
            adapters.close();
            weights.close();
            base.close();
        }
    }

    private static Object logits(Path file, List<TokenSequence> sequences) throws OrtException {
        return outputs(file, sequences).get("logits");
    }

    private static Map<String, Object> outputs(Path file, List<TokenSequence> sequences) throws OrtException {
        int longest = sequences.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        long[][][] inputs = new long[3][sequences.size()][longest];
        for (int i = 0; i < sequences.size(); i++) {
            for (int t = 0; t < sequences.get(i).length(); t++) {
                inputs[0][i][t] = sequences.get(i).ids()[t];
                inputs[1][i][t] = sequences.get(i).typeIds()[t];
                inputs[2][i][t] = 1;
            }
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor ids = OnnxTensor.createTensor(environment, inputs[0]);
                OnnxTensor types = OnnxTensor.createTensor(environment, inputs[1]);
                OnnxTensor mask = OnnxTensor.createTensor(environment, inputs[2]);
                OrtSession.Result result =
                        session.run(Map.of("input_ids", ids, "token_type_ids", types, "attention_mask", mask))) {
            Map<String, Object> outputs = new HashMap<>();
            for (Map.Entry<String, OnnxValue> output : result) {
                outputs.put(output.getKey(), output.getValue().getValue());
            }
            return outputs;
        }
    }

    private static double[][] widened(float[][] logits) {
        double[][] widened = new double[logits.length][];
        for (int i = 0; i < logits.length; i++) {
            widened[i] = new double[logits[i].length];
            for (int j = 0; j < logits[i].length; j++) {
                widened[i][j] = logits[i][j];
            }
        }
        return widened;
    }

    @Test
    void writeOnnx_classifier_hasTheAdaptedModelsLogits() throws IOException, OrtException {
        Path out = work.resolve("out");
        try (Trained trained = new Trained(3)) {
            trained.merged(List.of("no", "maybe", "yes")).writeOnnx(out);
            double[][] expected = trained.predict(Optional.of(trained.adapters));
            double[][] actual = widened((float[][]) logits(out.resolve("model.onnx"), trained.pairs()));
            double difference = TextVectors.largestDifference(expected, actual);
            assertTrue(difference < TOLERANCE, "ONNX Runtime: " + difference);
            double changed = TextVectors.largestDifference(trained.predict(Optional.empty()), expected);
            assertTrue(changed > 0.01, "the adapters change a logit by " + changed);
            Path several = work.resolve("several");
            MergedModel.withHead(
                            trained.base,
                            Optional.of(trained.adapters),
                            trained.head,
                            new MultiLabelDescription(
                                    "t", List.of("no", "maybe", "yes"), false, List.of(0.5, 0.25, 0.75)),
                            LONGEST)
                    .writeOnnx(several);
            assertEquals(-1, Files.mismatch(out.resolve("model.onnx"), several.resolve("model.onnx")));
            String config = Files.readString(several.resolve("config.json"));
            assertTrue(config.contains("\"multi_label_classification\"") && config.contains("0.25"), config);
        }
        assertEquals(List.of("no", "maybe", "yes"), Files.readAllLines(out.resolve("assets/labels.txt")));
        List<String> words = Files.readAllLines(out.resolve("assets/vocab.txt"));
        assertEquals(30_522, words.size());
        assertEquals("[CLS]", words.get(101));
        assertTrue(Files.readString(out.resolve("config.json")).contains("\"BertForSequenceClassification\""));
        assertTrue(Files.exists(out.resolve("tokenizer.json")) && Files.exists(out.resolve("tokenizer_config.json")));
    }

    @Test
    void writeOnnx_oneOutput_isAScoringModelForLangChain4j() throws IOException {
        Path out = work.resolve("out");
        double[][] expected;
        try (Trained trained = new Trained(1)) {
            trained.merged(List.of()).writeOnnx(out);
            expected = trained.predict(Optional.of(trained.adapters));
        }
        try (OnnxScoringModel model = new OnnxScoringModel(
                out.resolve("model.onnx").toString(),
                out.resolve("tokenizer.json").toString())) {
            List<Double> scores = model.scoreAll(
                            PASSAGES.stream().map(TextSegment::from).toList(), QUESTION)
                    .content();
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i][0], scores.get(i), TOLERANCE);
            }
        }
    }

    @Test
    void writeOnnx_classifierOfTokens_hasEachTokensLogits() throws IOException, OrtException {
        Path out = work.resolve("out");
        try (Trained trained = new Trained(5, true)) {
            MergedModel.withHead(
                            trained.base,
                            Optional.of(trained.adapters),
                            trained.head,
                            new TokensDescription("t", List.of("O", "B-a", "I-a", "B-b", "I-b")),
                            LONGEST)
                    .writeOnnx(out);
            assertLogitsOfEachToken(trained, (float[][][]) logits(out.resolve("model.onnx"), trained.pairs()));
        }
        assertTrue(Files.readString(out.resolve("config.json")).contains("\"BertForTokenClassification\""));
        assertEquals("B-a", Files.readAllLines(out.resolve("assets/labels.txt")).get(1));
    }

    @Test
    void writeOnnx_answerExtractor_hasEachTokensStartAndEnd() throws IOException, OrtException {
        Path out = work.resolve("out");
        try (Trained trained = new Trained(SpanObjective.OUTPUTS, true)) {
            MergedModel.withHead(
                            trained.base,
                            Optional.of(trained.adapters),
                            trained.head,
                            new SpansDescription("t", OptionalDouble.of(0.37)),
                            LONGEST)
                    .writeOnnx(out);
            Map<String, Object> found = outputs(out.resolve("model.onnx"), trained.pairs());
            assertEquals(Set.of("start_logits", "end_logits"), found.keySet());
            float[][] starts = (float[][]) found.get("start_logits");
            float[][] ends = (float[][]) found.get("end_logits");
            float[][][] both = new float[starts.length][starts[0].length][];
            for (int i = 0; i < both.length; i++) {
                for (int t = 0; t < both[i].length; t++) {
                    both[i][t] = new float[] {starts[i][t], ends[i][t]};
                }
            }
            assertLogitsOfEachToken(trained, both);
        }
        String config = Files.readString(out.resolve("config.json"));
        assertTrue(config.contains("\"BertForQuestionAnswering\"") && config.contains("0.37"), config);
        assertFalse(Files.exists(out.resolve("assets/labels.txt")));
    }

    private static void assertLogitsOfEachToken(Trained trained, float[][][] actual) {
        trained.adapters.materialize();
        TokenBatch batch = TokenBatch.of(trained.pairs(), trained.base.model(), Rows.ALL);
        try (TransformerPass pass = TransformerPass.inference(trained.weights, trained.adapters, BACKEND)) {
            INDArray expected = pass.forward(batch)
                    .mmul(trained.head.parameters().get(0).value())
                    .addRowVector(trained.head.parameters().get(1).value());
            for (int i = 0; i < actual.length; i++) {
                int length = trained.pairs().get(i).length();
                int from = batch.offsets()[i];
                double[][] own = Arrays.copyOfRange(expected.toDoubleMatrix(), from, from + length);
                double[][] theirs = widened(Arrays.copyOf(actual[i], length));
                assertTrue(TextVectors.largestDifference(own, theirs) < TOLERANCE);
            }
        }
    }

    @Test
    void writeOnnx_modelWithoutOnnxFile_isRefused() throws IOException {
        Path folder = Path.of("src/transformers/src/test/resources/golden/interop/peft/base");
        try (PretrainedModel base = Models.load(folder.toString());
                TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                SequenceHead head = new SequenceHead(weights, 2, 1)) {
            MergedModel merged = MergedModel.withHead(
                    base, Optional.empty(), head, new ClassificationDescription("t", List.of("a", "b"), false), 8);
            String message = assertThrows(IllegalArgumentException.class, () -> merged.writeOnnx(work.resolve("out")))
                    .getMessage();
            assertTrue(message.contains("onnx"), message);
        }
        assertFalse(Files.exists(work.resolve("out")));
    }
}

package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.heads.SpanObjective;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every family against transformers and PEFT: hidden states, outputs, losses and gradients. golden/families has the
 * generator. In DOUBLE numbers agree to 1e-9 of the largest; FLOAT to 1e-5, where transformers in float32 itself is
 * off by 1e-6, and gradients by 4e-6.
 */
class GoldenFamiliesTest {
    private static final Backend BACKEND = Backends.standard();

    private static final List<String> CLASSIFIERS = List.of(
            "bert",
            "bert-gelu-new",
            "bert-relu",
            "bert-regression",
            "bert-pooler",
            "roberta",
            "xlm-roberta",
            "xlm-roberta-regression",
            "camembert",
            "distilbert",
            "distilbert-relu",
            "electra",
            "electra-unprojected",
            "mpnet",
            "mpnet-long",
            "modernbert",
            "modernbert-bias",
            "modernbert-long",
            "deberta-v3",
            "deberta-long",
            "deberta-c2p-only",
            "deberta-p2c-only",
            "deberta-unshared",
            "deberta-absolute",
            "deberta-embed-proj",
            "deberta-pooler",
            "llama-classification",
            "qwen2-classification",
            "qwen3-classification",
            "mistral-classification",
            "smollm3-classification",
            "phi3-classification",
            "gemma2-classification",
            "vit",
            "vit-no-bias",
            "vit-interpolated",
            "deit",
            "deit-interpolated",
            "dinov2",
            "dinov2-interpolated",
            "dinov2-gated",
            "dinov2-registers",
            "dinov2-registers-interpolated",
            "clip-vision",
            "clip-vision-interpolated",
            "siglip-vision",
            "siglip-vision-interpolated");

    private static final List<String> TOKEN_CLASSIFIERS =
            List.of("bert-tokens", "roberta-tokens", "deberta-tokens", "llama-tokens", "modernbert-tokens");

    private static final List<String> ANSWER_EXTRACTORS =
            List.of("bert-spans", "roberta-spans", "distilbert-spans", "modernbert-spans");

    private static final List<String> LANGUAGE_MODELS = List.of(
            "llama",
            "llama-gqa-tied",
            "llama-rope-linear",
            "llama-rope-llama3",
            "llama-rope-yarn",
            "llama-bias",
            "llama-sharded-bf16",
            "qwen2",
            "qwen3",
            "qwen3-bias",
            "mistral",
            "smollm3",
            "phi3",
            "phi3-longrope",
            "gemma2",
            "gemma3");

    /** Those whose adapted loss is that of the completions alone. */
    private static final List<String> ON_COMPLETIONS = List.of("llama-bias", "qwen3-bias");

    static Stream<Arguments> all() {
        return typed(names().toList());
    }

    static Stream<String> names() {
        return Stream.concat(CLASSIFIERS.stream(), LANGUAGE_MODELS.stream());
    }

    static Stream<Arguments> classifiers() {
        return typed(CLASSIFIERS);
    }

    static Stream<Arguments> ofEachToken() {
        return typed(Stream.concat(TOKEN_CLASSIFIERS.stream(), ANSWER_EXTRACTORS.stream())
                .toList());
    }

    static Stream<Arguments> languageModels() {
        return typed(LANGUAGE_MODELS);
    }

    private static Stream<Arguments> typed(List<String> names) {
        return names.stream()
                .flatMap(name -> Stream.of(DataType.DOUBLE, DataType.FLOAT).map(t -> Arguments.of(name, t)));
    }

    static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-9 : 1e-5;
    }

    private static void assertClose(INDArray expected, INDArray actual, double tolerance, String what) {
        INDArray wide = actual.castTo(DataType.DOUBLE).reshape(expected.shape());
        double error = expected.sub(wide).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
        assertTrue(error < tolerance, () -> what + ": off by " + error + " of the largest");
    }

    /** The whole model with each choice of rows; in FLOAT, whose passes are quick, also what each of its blocks gives. */
    @ParameterizedTest
    @MethodSource("all")
    void hiddenStates_everyLayer_equalTransformers(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        Transformer whole = golden.model;
        int count = whole.blocks().size();
        for (int layers = type == DataType.FLOAT ? 1 : count; layers < count; layers++) {
            Transformer part = new Transformer(
                    whole.embeddings(),
                    whole.blocks().subList(0, layers),
                    Optional.empty(),
                    whole.head(),
                    whole.vocabularyHead(),
                    whole.maxTokens());
            assertHidden(golden, part, type, "hidden_" + layers, List.of(Rows.ALL));
        }
        assertHidden(
                golden,
                whole,
                type,
                "last_hidden",
                golden.has("pixel_values")
                        ? List.of(Rows.ALL, Rows.FIRST, Rows.LAST, Rows.MEAN, Rows.FIRST_AND_MEAN)
                        : List.of(Rows.ALL, Rows.FIRST, Rows.LAST));
    }

    private static void assertHidden(
            GoldenCase golden, Transformer model, DataType type, String expected, List<Rows> choices)
            throws IOException {
        try (TransformerWeights weights = golden.weights(model, type);
                TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            for (Rows rows : choices) {
                TokenBatch batch = TokenBatch.of(golden.inputs(), model, rows);
                INDArray wanted = Nd4j.pullRows(golden.expected(expected), 1, batch.wantedRows());
                assertClose(wanted, pass.forward(batch), tolerance(type), rows + " of " + expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("classifiers")
    void classifier_outputsLossAndGradients_equalTransformersAndPeft(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        Loss loss = name.endsWith("-regression") ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        List<? extends ModelInput> sequences = golden.inputs();
        try (TransformerWeights weights = golden.weights(golden.model, type);
                SequenceHead head = golden.head(weights, false);
                AdaptedModel base = new AdaptedModel(weights, SequenceObjective.of(head, loss, BACKEND), BACKEND)) {
            assertClose(golden.expected("logits"), matrix(base.predict(sequences)), tolerance(type), "logits");
            assertEquals(golden.number("loss"), base.lossAndGradients(sequences, golden.targets()), tolerance(type));
        }
        try (TransformerWeights weights = golden.weights(golden.model, type);
                SequenceHead head = golden.head(weights, true);
                AdapterSet adapters = golden.adapters(weights, BACKEND);
                AdaptedModel model =
                        new AdaptedModel(weights, adapters, SequenceObjective.of(head, loss, BACKEND), BACKEND)) {
            assertClose(golden.expected("adapted_logits"), matrix(model.predict(sequences)), tolerance(type), "logits");
            assertEquals(
                    golden.number("adapted_loss"),
                    model.lossAndGradients(sequences, golden.targets()),
                    tolerance(type));
            assertGradients(golden, adapters, type);
            for (Parameter parameter : head.parameters()) {
                if (golden.has("grad.base_model.model." + parameter.name())) {
                    assertClose(
                            golden.gradient(parameter), parameter.gradient(), 4 * tolerance(type), parameter.name());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ofEachToken")
    void headOfEachToken_outputsLossAndGradients_equalTransformersAndPeft(String name, DataType type)
            throws IOException {
        GoldenCase golden = new GoldenCase(name);
        List<TokenSequence> sequences = golden.labelledTokens();
        List<Target> none = Collections.nCopies(sequences.size(), Target.OWN);
        try (TransformerWeights weights = golden.weights(golden.model, type);
                SequenceHead head = golden.head(weights, false);
                AdaptedModel base = new AdaptedModel(weights, objective(name, head), BACKEND)) {
            assertClose(golden.expected("logits"), tokens(base.predict(sequences)), tolerance(type), "logits");
            assertEquals(golden.number("loss"), base.lossAndGradients(sequences, none), tolerance(type));
        }
        try (TransformerWeights weights = golden.weights(golden.model, type);
                SequenceHead head = golden.head(weights, true);
                AdapterSet adapters = golden.adapters(weights, BACKEND);
                AdaptedModel model = new AdaptedModel(weights, adapters, objective(name, head), BACKEND)) {
            assertClose(golden.expected("adapted_logits"), tokens(model.predict(sequences)), tolerance(type), "logits");
            for (int chunk : new int[] {0, 1, 3}) {
                model.chunkSize(chunk);
                assertEquals(golden.number("adapted_loss"), model.lossAndGradients(sequences, none), tolerance(type));
                assertGradients(golden, adapters, type);
                for (Parameter parameter : head.parameters()) {
                    if (ANSWER_EXTRACTORS.contains(name)
                            && parameter
                                    .name()
                                    .equals(head.parameters()
                                            .get(head.parameters().size() - 1)
                                            .name())) {
                        // Adds the same to all tokens that are chosen among.
                        double most = parameter.gradient().normmaxNumber().doubleValue();
                        assertEquals(0, most, tolerance(type), parameter.name());
                    } else {
                        assertClose(
                                golden.gradient(parameter),
                                parameter.gradient(),
                                4 * tolerance(type),
                                parameter.name());
                    }
                }
            }
        }
    }

    private static Objective objective(String name, SequenceHead head) {
        return ANSWER_EXTRACTORS.contains(name) ? new SpanObjective(head, BACKEND) : new TokenObjective(head, BACKEND);
    }

    /** The logits of all tokens, of which each row has those of a sequence. */
    private static INDArray tokens(double[][] rows) {
        return Nd4j.createFromArray(
                Stream.of(rows).flatMapToDouble(Arrays::stream).toArray());
    }

    static void assertGradients(GoldenCase golden, AdapterSet adapters, DataType type) {
        golden.fused().forEach((layer, parts) -> {
            List<LsrAdapter> own = adapters.lsrAdapters().stream()
                    .filter(adapter -> parts.contains(adapter.name()))
                    .toList();
            INDArray a = Nd4j.zeros(DataType.DOUBLE, golden.gradient(layer, "A").shape());
            List<INDArray> b = new ArrayList<>();
            for (LsrAdapter adapter : own) {
                a.addi(gradient(adapter, 0, a.shape()));
                b.add(gradient(adapter, 1, a.size(1), adapter.layer().outFeatures()));
            }
            assertClose(golden.gradient(layer, "A"), a, 4 * tolerance(type), layer + " A");
            assertClose(
                    golden.gradient(layer, "B"), Nd4j.hstack(b.toArray(INDArray[]::new)), 4 * tolerance(type), layer);
        });
        List<String> parts =
                golden.fused().values().stream().flatMap(List::stream).toList();
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            if (parts.contains(adapter.name())) {
                continue;
            }
            List<Parameter> parameters = adapter.parameters();
            assertClose(
                    golden.gradient(adapter.name(), "A"),
                    parameters.get(0).gradient(),
                    4 * tolerance(type),
                    parameters.get(0).name());
            assertClose(
                    golden.gradient(adapter.name(), "B"),
                    parameters.get(1).gradient(),
                    4 * tolerance(type),
                    parameters.get(1).name());
        }
    }

    private static INDArray gradient(LsrAdapter adapter, int parameter, long... shape) {
        return adapter.parameters()
                .get(parameter)
                .gradient()
                .castTo(DataType.DOUBLE)
                .reshape(shape);
    }

    @ParameterizedTest
    @MethodSource("languageModels")
    void languageModel_lossesAndGradients_equalTransformersAndPeft(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        boolean onCompletions = ON_COMPLETIONS.contains(name);
        try (TransformerWeights weights = golden.weights(golden.model, type);
                AdapterSet adapters = golden.adapters(weights, BACKEND)) {
            Objective objective = new NextTokenObjective(weights, BACKEND);
            try (AdaptedModel base = new AdaptedModel(weights, objective, BACKEND);
                    AdaptedModel model = new AdaptedModel(weights, adapters, objective, BACKEND)) {
                assertEquals(golden.number("lm_loss"), loss(base, predicting(golden, false)), tolerance(type) * 10);
                assertEquals(
                        golden.number("lm_loss_completion"),
                        loss(base, predicting(golden, true)),
                        tolerance(type) * 10);
                assertEquals(
                        golden.number("adapted_lm_loss"), loss(model, predicting(golden, false)), tolerance(type) * 10);
                List<TokenSequence> sequences = predicting(golden, onCompletions);
                assertEquals(
                        golden.number("adapted_loss"),
                        model.lossAndGradients(sequences, Collections.nCopies(sequences.size(), Target.OWN)),
                        tolerance(type) * 10);
                assertGradients(golden, adapters, type);
            }
        }
    }

    static Stream<Named<JsonNode>> generated() throws Exception {
        Path file = Path.of(GoldenFamiliesTest.class
                .getResource("/golden/families/family_generation.json")
                .toURI());
        JsonNode rows = new JsonMapper().readTree(file.toFile());
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> Named.of(row.get("case").textValue(), row));
    }

    @ParameterizedTest
    @MethodSource("generated")
    void generate_greedyWithACache_isWhatTransformersGenerates(JsonNode row) throws IOException {
        GoldenCase golden = new GoldenCase(row.get("case").textValue());
        int[] expected = ids(row.get("tokens"));
        Sampling sampling = row.has("repetition_penalty")
                ? Sampling.GREEDY.withRepetitionPenalty(
                        row.get("repetition_penalty").doubleValue())
                : Sampling.GREEDY;
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            try (TransformerWeights weights = golden.weights(golden.model, type);
                    TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
                int[] tokens = generator.generate(
                        new TokenRequest(ids(row.get("prompt")), Optional.empty(), sampling, expected.length, Set.of()),
                        token -> true,
                        () -> false);
                assertArrayEquals(expected, tokens);
            }
        }
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    /** In FLOAT; CheckpointingTest has small models of each form in DOUBLE. */
    @ParameterizedTest
    @MethodSource("names")
    void gradients_checkpointing_areTheSameToTheBit(String name) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        boolean classifies = CLASSIFIERS.contains(name);
        List<? extends ModelInput> sequences = classifies ? golden.inputs() : predicting(golden, false);
        List<Target> labels = classifies ? golden.targets() : Collections.nCopies(sequences.size(), Target.OWN);
        Loss loss = name.endsWith("-regression") ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        try (TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT);
                AdapterSet adapters = golden.adapters(weights, BACKEND);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        adapters,
                        classifies
                                ? SequenceObjective.of(golden.head(weights, true), loss, BACKEND)
                                : new NextTokenObjective(weights, BACKEND),
                        BACKEND)) {
            for (double dropout : new double[] {0, 0.2}) {
                model.checkpointing(false);
                model.dropout(dropout, 6);
                double expectedLoss = model.lossAndGradients(sequences, labels);
                double[] expected = adapters.gradients().toDoubleVector();
                model.checkpointing(true);
                model.dropout(dropout, 6);
                assertEquals(expectedLoss, model.lossAndGradients(sequences, labels));
                assertArrayEquals(expected, adapters.gradients().toDoubleVector());
            }
        }
    }

    /** Sequences of which nothing is predicted add nothing to a loss. */
    private static List<TokenSequence> predicting(GoldenCase golden, boolean completions) {
        return golden.sequences(completions).stream()
                .filter(s -> s.given() < s.length())
                .toList();
    }

    private static double loss(AdaptedModel model, List<TokenSequence> sequences) {
        double sum = 0;
        double count = 0;
        for (double[] output : model.predict(sequences)) {
            sum += output[0];
            count += output[1];
        }
        return sum / count;
    }

    private static INDArray matrix(double[][] rows) {
        return Nd4j.createFromArray(rows);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deberta-v3",
                "deberta-long",
                "modernbert",
                "modernbert-bias",
                "llama",
                "llama-gqa-tied",
                "llama-rope-linear",
                "llama-rope-llama3",
                "llama-rope-yarn",
                "qwen2",
                "qwen3",
                "mistral",
                "smollm3",
                "phi3",
                "phi3-longrope",
                "gemma2",
                "gemma3"
            })
    void describe_configurationOfTransformers4_isTheSame(String name) throws IOException {
        GoldenCase newer = new GoldenCase(name);
        assertTrue(Files.exists(newer.folder.resolve("config-v4.json")));
        GoldenCase older = new GoldenCase(name, "config-v4.json");
        assertEquals(text(newer.model), text(older.model));
    }

    /** The model with its rotary frequencies. */
    private static String text(Transformer model) {
        StringBuilder text = new StringBuilder();
        model.blocks().forEach(block -> {
            if (block.attention().positions() instanceof org.lsradapt.transformer.parts.Positions.Rotary rotary) {
                text.append(Arrays.toString(rotary.frequencies()));
            }
        });
        return text + model.toString().replaceAll("\\[D@[0-9a-f]+", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"deberta-conv"})
    void describe_convolution_isRefused(String name) {
        String message =
                assertThrows(IOException.class, () -> new GoldenCase(name)).getMessage();
        assertTrue(message.contains("conv_kernel_size") && message.contains("not supported"), message);
    }
}

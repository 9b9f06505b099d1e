package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.Weights;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.backend.Nd4jBackend;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class AdaptedModelTest {
    private static final Backend BACKEND = Backends.standard();
    private static final String ALL = ".*";

    private static List<TokenSequence> sequences(TransformerWeights weights, int... lengths) {
        Random random = new Random(7);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, weights.model().vocabulary()).toArray(),
                        random.ints(n, 0, weights.model().tokenTypes()).toArray(),
                        Math.max(1, n / 3)))
                .toList();
    }

    private static Optional<AdapterSet> adapters(TransformerWeights weights, String layers, Backend backend) {
        if (layers == null) {
            return Optional.empty();
        }
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(2)
                .alpha(0.7)
                .termWeights(true)
                .build();
        AdapterSet adapters =
                AdapterSet.create(LayerSelector.regex(layers).select(weights.linearLayers()), config, backend);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount())
                        .muli(0.5));
        return Optional.of(adapters);
    }

    private static AdaptedModel model(TransformerWeights weights, String layers, int outputs, Loss loss) {
        return model(weights, layers, outputs, loss, BACKEND);
    }

    private static AdaptedModel model(
            TransformerWeights weights, String layers, int outputs, Loss loss, Backend backend) {
        SequenceObjective objective = SequenceObjective.of(new SequenceHead(weights, outputs, 5), loss, backend);
        return new AdaptedModel(weights, adapters(weights, layers, backend), objective, backend);
    }

    /** Every layer of each family, and choices of layers in three that attend in different ways. */
    static Stream<Arguments> familiesAndLayers() {
        Stream<Arguments> whole = Stream.of(SmallModel.values()).map(family -> Arguments.of(family, ALL));
        Stream<Arguments> parts = Stream.of(SmallModel.BERT, SmallModel.DEBERTA, SmallModel.LLAMA)
                .flatMap(family -> Stream.of(
                                ".*layers?\\.[12]\\..*(query|value|query_proj|value_proj|q_proj|v_proj)",
                                ".*layers?\\.2\\..*(key|key_proj|k_proj)",
                                ".*layers?\\.1\\.(output.dense|mlp.down_proj)",
                                ".*layers?\\.0\\.(attention.output.dense|self_attn.o_proj)",
                                ".*layers?\\.2\\.(intermediate.dense|mlp.gate_proj)")
                        .map(layers -> Arguments.of(family, layers)));
        return Stream.concat(whole, parts);
    }

    @ParameterizedTest
    @MethodSource("familiesAndLayers")
    void gradients_wholeModelInDouble_agreeWithCentralDifferences(SmallModel family, String layers) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        boolean regression = family == SmallModel.ROBERTA && layers.equals(ALL);
        AdaptedModel model =
                model(weights, layers, regression ? 1 : 3, regression ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY);
        List<Target> labels = regression ? Target.values(0.5, -1, 2) : Target.categories(0, 2, 1);
        assertGradients(model, sequences(weights, 5, 1, 8), labels);
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "DEBERTA"})
    void gradients_adaptedPooler_agreeWithCentralDifferences(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        assertTrue(weights.linearLayer("pooler.dense").isPresent());
        AdaptedModel model = model(weights, "pooler\\.dense", 2, Loss.CROSS_ENTROPY);
        assertGradients(model, sequences(weights, 5, 1, 8), Target.categories(0, 1, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "DEBERTA"})
    void gradients_withoutPooler_agreeWithCentralDifferences(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE, false);
        assertTrue(weights.linearLayer("pooler.dense").isEmpty());
        AdaptedModel model = model(weights, ALL, 2, Loss.CROSS_ENTROPY);
        assertGradients(model, sequences(weights, 5, 1, 8), Target.categories(0, 1, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"LLAMA", "QWEN3", "PHI3", "GEMMA2"})
    void gradients_nextToken_agreeWithCentralDifferences(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        AdaptedModel model = new AdaptedModel(
                weights, adapters(weights, ALL, BACKEND), new NextTokenObjective(weights, BACKEND), BACKEND);
        assertGradients(model, sequences(weights, 5, 2, 9), Collections.nCopies(3, Target.OWN));
    }

    private static void assertGradients(AdaptedModel model, List<TokenSequence> batch, List<Target> labels) {
        CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(batch, labels));
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void gradients_fastFloatPath_agreeWithDouble(SmallModel family) {
        TransformerWeights wide = family.weights(DataType.DOUBLE);
        List<TokenSequence> batch = sequences(wide, 7, 3, 11, 1);
        List<Target> labels = Target.categories(0, 1, 1, 0);
        AdaptedModel exact = model(wide, ALL, 2, Loss.CROSS_ENTROPY);
        AdaptedModel fast = model(family.weights(DataType.FLOAT), ALL, 2, Loss.CROSS_ENTROPY);
        assertEquals(exact.lossAndGradients(batch, labels), fast.lossAndGradients(batch, labels), 1e-5);
        for (int i = 0; i < 2; i++) {
            INDArray expected = exact.trainable().get(i).gradient();
            assertTrue(
                    RandomArrays.relativeError(expected, fast.trainable().get(i).gradient()) < 1e-4);
        }
        double[][] expected = exact.predict(batch);
        double[][] actual = fast.predict(batch);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], actual[i], 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BERT, 1",
        "BERT, 2",
        "BERT, 4",
        "ROBERTA, 3",
        "DEBERTA, 3",
        "LLAMA, 3",
        "QWEN3, 3",
        "PHI3, 3",
        "GEMMA2, 3"
    })
    void gradients_batchDividedAmongThreads_equalThoseOfTheWholeBatch(SmallModel family, int lanes) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        List<TokenSequence> batch = sequences(weights, 4, 3, 8, 1, 9, 7, 2);
        List<Target> labels = Target.categories(0, 2, 1, 1, 0, 2, 1);
        AdaptedModel whole = model(weights, ALL, 3, Loss.CROSS_ENTROPY, new Nd4jBackend());
        double loss = whole.lossAndGradients(batch, labels);
        double[][] outputs = whole.predict(batch);
        assertEquals(lanes, DividedBatch.parts(batch, weights.model(), lanes), "the batch is not divided");
        AdaptedModel divided = model(weights, ALL, 3, Loss.CROSS_ENTROPY, CpuBackends.dividedAmong(lanes));
        for (int step = 0; step < 2; step++) {
            assertEquals(loss, divided.lossAndGradients(batch, labels), 1e-12);
            for (int i = 0; i < 2; i++) {
                INDArray expected = whole.trainable().get(i).gradient();
                assertTrue(RandomArrays.relativeError(
                                expected, divided.trainable().get(i).gradient())
                        < 1e-11);
            }
        }
        double[][] actual = divided.predict(batch);
        for (int b = 0; b < outputs.length; b++) {
            assertArrayEquals(outputs[b], actual[b], 1e-12);
        }
    }

    /** What a model was given stays its owner's: two models share a head here. */
    @Test
    void close_leavesWeightsAdaptersAndHeadUsable() {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights, ALL, BACKEND).orElseThrow();
                SequenceHead head = new SequenceHead(weights, 2, 5)) {
            List<TokenSequence> batch = sequences(weights, 3, 5, 2);
            double[][] expected;
            try (AdaptedModel first = SequenceModels.of(weights, adapters, head, Loss.CROSS_ENTROPY, BACKEND)) {
                expected = first.predict(batch);
            }
            assertFalse(head.values().wasClosed());
            try (AdaptedModel second = SequenceModels.of(weights, adapters, head, Loss.CROSS_ENTROPY, BACKEND)) {
                double[][] actual = second.predict(batch);
                for (int b = 0; b < expected.length; b++) {
                    assertArrayEquals(expected[b], actual[b]);
                }
                assertTrue(second.lossAndGradients(batch, Target.categories(1, 0, 1)) > 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void gradients_batchInParts_equalThoseOfTheWholeBatch(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        List<TokenSequence> batch = sequences(weights, 8, 3, 2, 7, 5);
        List<Target> labels = Target.categories(0, 2, 1, 1, 0);
        AdaptedModel model = model(weights, ALL, 3, Loss.CROSS_ENTROPY);
        double whole = model.lossAndGradients(batch, labels);
        List<INDArray> expected =
                model.trainable().stream().map(block -> block.gradient().dup()).toList();
        double total = model.objective().weight(batch, labels);
        model.beginStep();
        double sum = model.addGradients(batch.subList(0, 2), Target.categories(0, 2), total)
                + model.addGradients(batch.subList(2, 5), Target.categories(1, 1, 0), total);
        model.endStep();
        assertEquals(whole, sum, 1e-12);
        for (int i = 0; i < 2; i++) {
            assertTrue(RandomArrays.relativeError(
                            expected.get(i), model.trainable().get(i).gradient())
                    < 1e-11);
        }
    }

    @Test
    void classWeights_lossAndGradients_areThoseOfTheWeightedMean() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        double[] classWeights = {0.37, 1.91};
        SequenceHead head = new SequenceHead(weights, 2, 5);
        AdaptedModel weighted = new AdaptedModel(
                weights,
                adapters(weights, ALL, BACKEND),
                SequenceObjective.weighted(head, classWeights, BACKEND),
                BACKEND);
        List<TokenSequence> batch = sequences(weights, 5, 1, 8);
        List<Target> labels = Target.categories(1, 0, 1);
        double[][] outputs = weighted.predict(batch);
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            int own = ((Target.Category) labels.get(i)).index();
            double other = outputs[i][1 - own] - outputs[i][own];
            sum += classWeights[own] * Math.log1p(Math.exp(other));
        }
        assertEquals(sum / (0.37 + 2 * 1.91), weighted.lossAndGradients(batch, labels), 1e-12);
        assertGradients(weighted, batch, labels);
        assertMessage(
                "class weights: 3 weights for 2 classes",
                () -> SequenceObjective.weighted(head, new double[] {1, 2, 3}, BACKEND));
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void trainingStep_neverWritesFrozenWeights(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.FLOAT);
        List<INDArray> before =
                weights.linearLayers().stream().map(Weights::copy).toList();
        AdaptedModel model = model(weights, ALL, 2, Loss.CROSS_ENTROPY);
        model.lossAndGradients(sequences(weights, 3, 5), Target.categories(1, 0));
        for (int i = 0; i < before.size(); i++) {
            INDArray now = Weights.copy(weights.linearLayers().get(i));
            assertEquals(0, RandomArrays.relativeError(before.get(i), now));
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void predict_withoutAdapters_keptFeaturesGiveTheSame(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.FLOAT);
        AdaptedModel model = model(weights, null, 2, Loss.CROSS_ENTROPY);
        List<TokenSequence> batch = sequences(weights, 3, 5, 2);
        double[][] first = model.predict(batch);
        double[][] again = model.predict(List.of(batch.get(2), batch.get(0)));
        assertArrayEquals(first[2], again[0], 1e-6);
        assertArrayEquals(first[0], again[1], 1e-6);
        assertEquals(1, model.trainable().size());
    }

    @Test
    void predict_withoutAdapters_whereWeightsAreMergedInPlace_computesAgain() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        AdaptedModel model = model(weights, null, 2, Loss.CROSS_ENTROPY);
        List<TokenSequence> batch = sequences(weights, 3, 5);
        double[][] plain = model.predict(batch);
        List<TokenSequence> others = sequences(weights, 3, 5);
        try (InPlaceMerge merge =
                InPlaceMerge.of(adapters(weights, ALL, BACKEND).orElseThrow())) {
            double[][] merged = model.predict(batch);
            assertTrue(Math.abs(plain[0][0] - merged[0][0]) > 1e-3);
            assertArrayEquals(merged[0], model.predict(others)[0]);
            assertTrue(model.hasKept(others.get(0)));
        }
        assertArrayEquals(plain[0], model.predict(batch)[0]);
        assertArrayEquals(plain[1], model.predict(others)[1]);
    }

    @Test
    void adaptersOfAnotherModel_areRefused() {
        TransformerWeights bert = SmallModel.BERT.weights(DataType.FLOAT);
        FrozenLinear other = FrozenLinear.of(
                "encoder.layer.7.output.dense", Weights.copy(bert.linearLayers().get(0)));
        AdapterSet foreign = AdapterSet.create(List.of(other), LsrConfig.defaults(), BACKEND);
        SequenceObjective objective = SequenceObjective.of(new SequenceHead(bert, 2, 1), Loss.CROSS_ENTROPY, BACKEND);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new AdaptedModel(bert, foreign, objective, BACKEND))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "the adapters are not of this model: it has no layer 'encoder.layer.7.output.dense'"),
                message);
    }

    @Test
    void nextToken_modelThatPredictsNone_isRefused() {
        TransformerWeights bert = SmallModel.BERT.weights(DataType.FLOAT);
        assertMessage(
                "next-token training: the model is not a causal language model, expected one such as LLaMA",
                () -> new NextTokenObjective(bert, BACKEND));
    }

    @Test
    void lossAndGradients_labelOutOfRange_isRefused() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        AdaptedModel model = model(weights, null, 2, Loss.CROSS_ENTROPY);
        assertMessage(
                "training step: class 2, expected one of 2, numbered from 0",
                () -> model.lossAndGradients(sequences(weights, 3), Target.categories(2)));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

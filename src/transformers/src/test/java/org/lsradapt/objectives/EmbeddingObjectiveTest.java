package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Embeddings of a small transformer whose every linear layer, or every one of the last block, is adapted. */
class EmbeddingObjectiveTest {
    private static final Backend BACKEND = CpuBackends.dividedAmong(1);
    private static final Target A = Target.Role.ANCHOR;
    private static final Target P = Target.Role.POSITIVE;
    private static final Target N = Target.Role.NEGATIVE;

    /** Four groups with none to two hard negatives. */
    private static final List<Target> GROUPS = List.of(A, P, N, A, P, A, P, N, N, A, P);

    private static final List<Target> FEW_GROUPS = List.of(A, P, A, P, N, N);

    private static final List<Target> SCORES = Target.values(0.3, 0.3, -0.7, -0.7, 1, 1);

    private static TokenSequence text(int seed, int length) {
        return new TokenSequence(new Random(seed).ints(length, 0, 31).toArray(), new int[length]);
    }

    private static List<TokenSequence> texts(int count) {
        int[] lengths = {5, 1, 8, 3, 4, 2, 7, 6, 3, 5, 2, 9};
        return IntStream.range(0, count).mapToObj(i -> text(i, lengths[i])).toList();
    }

    private static AdaptedModel model(
            TransformerWeights weights, Pooling pooling, EmbeddingLoss loss, Backend backend) {
        return model(weights, "encoder.layer.", pooling, loss, backend);
    }

    /** In which nothing below is computed backward. */
    private static AdaptedModel lastBlock(Pooling pooling, EmbeddingLoss loss) {
        return model(SmallModel.BERT.weights(DataType.DOUBLE), "encoder.layer.2.", pooling, loss, BACKEND);
    }

    private static AdaptedModel model(
            TransformerWeights weights, String layers, Pooling pooling, EmbeddingLoss loss, Backend backend) {
        LsrConfig config = LsrConfig.builder().separationRank(2).alpha(0.7).build();
        AdapterSet adapters = AdapterSet.create(
                weights.linearLayers().stream()
                        .filter(layer -> layer.name().startsWith(layers))
                        .toList(),
                config,
                backend);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount())
                        .muli(0.5));
        EmbeddingObjective objective = new EmbeddingObjective(weights, pooling, true, loss, backend);
        return new AdaptedModel(weights, adapters, objective, backend);
    }

    @ParameterizedTest
    @EnumSource
    void memoryBytes_isWhatARunHolds(Pooling pooling) {
        List<Target> labels = List.of(A, P, N, A, P, N, A, P, N);
        List<TokenSequence> texts = texts(labels.size());
        int tokens = texts.stream().mapToInt(TokenSequence::length).sum();
        int rows = pooling == Pooling.MEAN ? tokens : texts.size();
        int width = 12;
        EmbeddingLoss loss = EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE);
        long before = Buffer.allocatedBytes();
        try (EmbeddingRun run = new EmbeddingRun(width, DataType.FLOAT, pooling, true, loss, BACKEND);
                INDArray hidden = RandomArrays.normal(new Random(3), DataType.FLOAT, rows, width)) {
            run.loss(new Objective.Batch(texts, labels), hidden, 3, true);
            assertEquals(
                    EmbeddingObjective.memoryBytes(width, pooling, 3, 6, rows, texts.size()),
                    Buffer.allocatedBytes() - before);
        }
    }

    static Stream<Arguments> losses() {
        return Stream.of(Pooling.values())
                .flatMap(pooling -> Stream.of(
                        Arguments.of(pooling, EmbeddingLoss.contrast(0.1), FEW_GROUPS),
                        Arguments.of(pooling, EmbeddingLoss.symmetricContrast(0.3), FEW_GROUPS),
                        Arguments.of(pooling, EmbeddingLoss.classes(), Target.categories(1, 0, 1, 2, 0, 1)),
                        Arguments.of(pooling, EmbeddingLoss.classes(), Target.categories(0, 1, 2)),
                        Arguments.of(pooling, EmbeddingLoss.classes(), Target.categories(3, 3)),
                        Arguments.of(pooling, EmbeddingLoss.cosine(), SCORES),
                        Arguments.of(pooling, EmbeddingLoss.cosine(-2, 1), SCORES)));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void gradients_wholeModelInDouble_agreeWithCentralDifferences(
            Pooling pooling, EmbeddingLoss loss, List<Target> labels) {
        AdaptedModel model = lastBlock(pooling, loss);
        assertGradients(model, texts(labels.size()), labels);
    }

    /** By its definition, from embeddings in FLOAT: one pair of a class, and five of different ones. */
    @Test
    void loss_ofClasses_isTheMeanOverPairsOfEitherKind() {
        AdaptedModel model = lastBlock(Pooling.MEAN, EmbeddingLoss.classes());
        List<TokenSequence> texts = texts(4);
        double[][] e = model.predict(texts);
        double different = 0;
        for (int[] pair : new int[][] {{0, 1}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}) {
            different += Math.pow(dot(e[pair[0]], e[pair[1]]), 2) / 5;
        }
        double same = Math.pow(dot(e[0], e[2]) - 1, 2);
        assertEquals((same + different) / 2, model.lossAndGradients(texts, Target.categories(0, 1, 0, 2)), 1e-7);
        assertEquals(same, model.lossAndGradients(List.of(texts.get(0), texts.get(2)), Target.categories(5, 5)), 1e-7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradients_duplicatesInTheBatch_agreeWithCentralDifferences(boolean symmetric) {
        EmbeddingLoss loss = symmetric ? EmbeddingLoss.symmetricContrast(0.3) : EmbeddingLoss.contrast(0.3);
        AdaptedModel model = model(SmallModel.BERT.weights(DataType.DOUBLE), Pooling.MEAN, loss, BACKEND);
        List<TokenSequence> texts = new ArrayList<>(texts(GROUPS.size()));
        texts.set(3, texts.get(0));
        texts.set(10, texts.get(6));
        texts.set(7, texts.get(4));
        assertGradients(model, texts, GROUPS);
    }

    private static void assertGradients(AdaptedModel model, List<TokenSequence> texts, List<Target> labels) {
        CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(texts, labels));
    }

    /** The loss by its definition, from the embeddings. */
    private static double contrast(double[][] e, int[] anchors, int[] candidates, int[][] left, double temperature) {
        double sum = 0;
        for (int i = 0; i < anchors.length; i++) {
            double total = 0;
            for (int c = 0; c < candidates.length; c++) {
                int candidate = c;
                if (Arrays.stream(left[i]).noneMatch(out -> out == candidates[candidate])) {
                    total += Math.exp(dot(e[anchors[i]], e[candidates[c]]) / temperature);
                }
            }
            sum += Math.log(total) - dot(e[anchors[i]], e[candidates[i]]) / temperature;
        }
        return sum / anchors.length;
    }

    private static double dot(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).sum();
    }

    @Test
    void contrast_duplicates_areNoNegatives() {
        AdaptedModel model =
                model(SmallModel.BERT.weights(DataType.DOUBLE), Pooling.MEAN, EmbeddingLoss.contrast(0.3), BACKEND);
        List<TokenSequence> texts = new ArrayList<>(texts(GROUPS.size()));
        int[] anchors = {0, 3, 5, 9};
        int[] candidates = {1, 4, 6, 10, 2, 7, 8};
        double[][] e = model.predict(texts);
        double all = contrast(e, anchors, candidates, new int[4][0], 0.3);
        assertEquals(all, model.lossAndGradients(texts, GROUPS), 1e-6);

        texts.set(10, texts.get(6)); // an equal positive, of anchors 5 and 9
        int[][] left = {{}, {}, {10}, {6}};
        assertEquals(
                contrast(model.predict(texts), anchors, candidates, left, 0.3),
                model.lossAndGradients(texts, GROUPS),
                1e-6);

        texts.set(3, texts.get(0)); // an equal anchor: both have positives 1 and 4
        left = new int[][] {{4}, {1}, {10}, {6}};
        assertEquals(
                contrast(model.predict(texts), anchors, candidates, left, 0.3),
                model.lossAndGradients(texts, GROUPS),
                1e-6);

        texts.set(7, texts.get(4)); // a hard negative of anchor 5 that is a positive of 0 and 3
        left = new int[][] {{4, 7}, {1, 7}, {10}, {6}};
        assertEquals(
                contrast(model.predict(texts), anchors, candidates, left, 0.3),
                model.lossAndGradients(texts, GROUPS),
                1e-6);
    }

    /** Each loss of means, and each pooling of one loss. */
    static Stream<Arguments> lossesOfChunks() {
        return Stream.concat(
                losses().filter(one -> one.get()[0] == Pooling.MEAN),
                Stream.of(Pooling.CLS, Pooling.LASTTOKEN)
                        .map(pooling -> Arguments.of(pooling, EmbeddingLoss.symmetricContrast(0.3), FEW_GROUPS)));
    }

    @ParameterizedTest
    @MethodSource("lossesOfChunks")
    void chunks_withDropout_giveTheWholeBatchsGradients(Pooling pooling, EmbeddingLoss loss, List<Target> labels) {
        AdaptedModel model = lastBlock(pooling, loss);
        List<TokenSequence> texts = texts(labels.size());
        model.dropout(0.2, 5);
        double plain = model.lossAndGradients(texts, labels);
        INDArray expected = model.trainable().get(0).gradient().dup();
        model.dropout(0, 5);
        assertNotEquals(plain, model.lossAndGradients(texts, labels), "nothing was dropped");
        for (boolean checkpointing : new boolean[] {false, true}) {
            model.checkpointing(checkpointing);
            for (int chunk : new int[] {1, 4}) {
                model.dropout(0.2, 5);
                model.chunkSize(chunk);
                assertEquals(plain, model.lossAndGradients(texts, labels), 1e-12);
                double error = RandomArrays.relativeError(
                        expected, model.trainable().get(0).gradient());
                assertTrue(error < 1e-11, "chunks of " + chunk + ": relative error " + error);
            }
        }
    }

    @Test
    void gradients_fastFloatPathInThreadsAndChunks_agreeWithDouble() {
        TransformerWeights wide = SmallModel.BERT.weights(DataType.DOUBLE);
        List<TokenSequence> texts = texts(GROUPS.size());
        assertEquals(2, DividedBatch.parts(texts, wide.model(), 2), "the batch is not divided");
        EmbeddingLoss loss = EmbeddingLoss.contrast(0.1);
        AdaptedModel exact = model(wide, Pooling.MEAN, loss, BACKEND);
        AdaptedModel fast =
                model(SmallModel.BERT.weights(DataType.FLOAT), Pooling.MEAN, loss, CpuBackends.dividedAmong(2));
        double expected = exact.lossAndGradients(texts, GROUPS);
        for (int chunk : new int[] {0, 4}) {
            fast.chunkSize(chunk);
            assertEquals(expected, fast.lossAndGradients(texts, GROUPS), 1e-5);
            double error = RandomArrays.relativeError(
                    exact.trainable().get(0).gradient(), fast.trainable().get(0).gradient());
            assertTrue(error < 1e-4, "relative error " + error);
        }
    }

    @Test
    void chunks_ofAClassifier_giveTheWholeBatchsGradients() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), BACKEND);
        AdaptedModel model =
                SequenceModels.of(weights, adapters, new SequenceHead(weights, 2, 1), Loss.CROSS_ENTROPY, BACKEND);
        List<Target> labels = Target.categories(0, 1, 1, 0, 1, 0, 1);
        double plain = model.lossAndGradients(texts(7), labels);
        INDArray expected = model.trainable().get(1).gradient().dup();
        model.chunkSize(3);
        assertEquals(plain, model.lossAndGradients(texts(7), labels), 1e-12);
        assertTrue(RandomArrays.relativeError(expected, model.trainable().get(1).gradient()) < 1e-11);
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void outputs_areTheMeanOrOneToken(Pooling pooling) {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        List<TokenSequence> texts = texts(5);
        int width = weights.model().width();
        for (boolean normalized : new boolean[] {false, true}) {
            EmbeddingObjective objective =
                    new EmbeddingObjective(weights, pooling, normalized, EmbeddingLoss.cosine(), BACKEND);
            try (AdaptedModel model = new AdaptedModel(weights, objective, BACKEND);
                    TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
                double[][] actual = model.predict(texts);
                for (int i = 0; i < texts.size(); i++) {
                    INDArray hidden = pass.forward(TokenBatch.of(texts.subList(i, i + 1), weights.model(), Rows.ALL));
                    INDArray row = switch (pooling) {
                        case CLS -> hidden.getRow(0);
                        case MEAN -> hidden.mean(0);
                        case LASTTOKEN -> hidden.getRow(hidden.size(0) - 1);
                    };
                    double norm = normalized ? row.norm2Number().doubleValue() : 1;
                    assertEquals(width, actual[i].length);
                    assertArrayEquals(row.div(norm).toDoubleVector(), actual[i], 1e-5);
                }
            }
        }
    }

    @Test
    void labels_thatAreNoGroupsOrScores_areRefused() {
        assertRefused(EmbeddingLoss.contrast(1), "target POSITIVE of text 0, expected ANCHOR", P, A);
        assertRefused(EmbeddingLoss.contrast(1), "target NEGATIVE of text 1, expected POSITIVE", A, N);
        assertRefused(EmbeddingLoss.contrast(1), "target POSITIVE of text 2, expected ANCHOR or NEGATIVE", A, P, P);
        assertRefused(EmbeddingLoss.contrast(1), "the last text is an anchor", A, P, A);
        assertRefused(EmbeddingLoss.cosine(), "3 texts, expected pairs", Target.values(0, 0, 1));
        assertRefused(
                EmbeddingLoss.cosine(),
                "target Value[value=0.2] of text 1, expected that of the text before it",
                Target.values(0.1, 0.2));
        assertRefused(
                EmbeddingLoss.cosine(0, 5),
                "target Value[value=5.5] of text 0, expected a score from 0.0 to 5.0",
                Target.values(5.5, 5.5));
        assertRefused(EmbeddingLoss.cosine(), "Value[value=NaN]", Target.values(Double.NaN, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingLoss.contrast(0));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingLoss.cosine(1, 1));
    }

    private static void assertRefused(EmbeddingLoss loss, String message, Target... labels) {
        assertRefused(loss, message, List.of(labels));
    }

    private static void assertRefused(EmbeddingLoss loss, String message, List<Target> labels) {
        EmbeddingObjective objective =
                new EmbeddingObjective(SmallModel.BERT.weights(DataType.FLOAT), Pooling.MEAN, true, loss, BACKEND);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> objective.weight(texts(labels.size()), labels));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}

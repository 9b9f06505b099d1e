package org.lsradapt.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.encoder.kernels.CpuKernels;
import org.lsradapt.encoder.kernels.Nd4jKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.backend.Nd4jBackend;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class SequenceModelTest {
    private static final Backend BACKEND = Backends.standard();
    private static final String ALL = "encoder\\.layer\\..*";

    private static List<TokenSequence> sequences(EncoderConfig config, int... lengths) {
        Random random = new Random(7);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        IntStream.range(0, n).map(i -> random.nextInt(config.vocabulary())).toArray(),
                        IntStream.range(0, n).map(i -> random.nextInt(config.tokenTypes())).toArray()))
                .toList();
    }

    private static SequenceModel model(EncoderWeights weights, String layers, int outputs, Loss loss) {
        return model(weights, layers, outputs, loss, BACKEND);
    }

    private static SequenceModel model(
            EncoderWeights weights, String layers, int outputs, Loss loss, Backend backend) {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4).separationRank(2).alpha(0.7).termWeights(true).build();
        AdapterSet adapters = layers == null
                ? null
                : AdapterSet.create(LayerSelector.regex(layers).select(weights.linearLayers()), config, backend);
        if (adapters != null) {
            adapters.values()
                    .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount()).muli(0.5));
        }
        return new SequenceModel(weights, adapters, new SequenceHead(weights, outputs, backend, 5), loss, backend);
    }

    private static EncoderWeights weights(EncoderConfig.Family family, DataType type, boolean pooler)
            throws IOException {
        EncoderConfig config = RandomWeights.small(family);
        return new EncoderWeights(config, new RandomWeights(config, pooler), type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ALL,
                "encoder\\.layer\\.[12]\\.attention\\.self\\.(query|value)",
                "encoder\\.layer\\.2\\.attention\\.self\\.key",
                "encoder\\.layer\\.1\\.output\\.dense"
            })
    void gradients_wholeEncoderInDouble_agreeWithCentralDifferences(String layers) throws IOException {
        for (EncoderConfig.Family family : EncoderConfig.Family.values()) {
            EncoderWeights weights = weights(family, DataType.DOUBLE, true);
            boolean regression = family == EncoderConfig.Family.ROBERTA && layers.equals(ALL);
            SequenceModel model =
                    model(weights, layers, regression ? 1 : 3, regression ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY);
            List<TokenSequence> batch = sequences(weights.config(), 5, 1, 8);
            double[] labels = regression ? new double[] {0.5, -1, 2} : new double[] {0, 2, 1};
            for (Parameter block : model.trainable()) {
                model.lossAndGradients(batch, labels);
                INDArray gradient = block.gradient().dup();
                Random random = new Random(11);
                for (int i = 0; i < 20; i++) {
                    long at = random.nextInt((int) block.count());
                    double expected = difference(model, batch, labels, block.value(), at);
                    assertEquals(expected, gradient.getDouble(at), 1e-7, family + " " + block.name() + " " + at);
                }
            }
        }
    }

    private static double difference(
            SequenceModel model, List<TokenSequence> batch, double[] labels, INDArray values, long at) {
        double step = 1e-5;
        double old = values.getDouble(at);
        values.putScalar(at, old + step);
        double up = model.lossAndGradients(batch, labels);
        values.putScalar(at, old - step);
        double down = model.lossAndGradients(batch, labels);
        values.putScalar(at, old);
        return (up - down) / (2 * step);
    }

    @ParameterizedTest
    @EnumSource(EncoderConfig.Family.class)
    void gradients_fastFloatPath_agreeWithDouble(EncoderConfig.Family family) throws IOException {
        List<TokenSequence> batch = sequences(RandomWeights.small(family), 7, 3, 11, 1);
        double[] labels = {0, 1, 1, 0};
        SequenceModel exact = model(weights(family, DataType.DOUBLE, true), ALL, 2, Loss.CROSS_ENTROPY);
        SequenceModel fast = model(weights(family, DataType.FLOAT, true), ALL, 2, Loss.CROSS_ENTROPY);
        assertEquals(exact.lossAndGradients(batch, labels), fast.lossAndGradients(batch, labels), 1e-5);
        for (int i = 0; i < 2; i++) {
            INDArray expected = exact.trainable().get(i).gradient();
            assertTrue(RandomArrays.relativeError(expected, fast.trainable().get(i).gradient()) < 1e-4);
        }
        double[][] expected = exact.predict(batch);
        double[][] actual = fast.predict(batch);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], actual[i], 1e-5);
        }
    }

    @Test
    void pass_packedBatch_equalsEachSequenceAlone() throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.FLOAT, false);
        List<TokenSequence> batch = sequences(weights.config(), 4, 9, 1, 16);
        try (EncoderPass all = pass(weights, EncoderPass.Output.ALL_TOKENS);
                EncoderPass first = pass(weights, EncoderPass.Output.FIRST_TOKENS)) {
            TokenBatch packed = TokenBatch.of(batch, weights.config());
            INDArray together = all.forward(packed).dup();
            INDArray firsts = first.forward(packed).dup();
            for (int b = 0; b < batch.size(); b++) {
                INDArray alone = all.forward(TokenBatch.of(List.of(batch.get(b)), weights.config()));
                for (int t = 0; t < batch.get(b).length(); t++) {
                    INDArray row = together.getRow(packed.offsets()[b] + t);
                    assertTrue(RandomArrays.relativeError(alone.getRow(t), row) < 3e-5);
                }
                assertTrue(RandomArrays.relativeError(alone.getRow(0), firsts.getRow(b)) < 3e-5);
            }
        }
    }

    private static EncoderPass pass(EncoderWeights weights, EncoderPass.Output output) {
        return new EncoderPass(weights, null, BACKEND, new CpuKernels(), output, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void gradients_batchDividedAmongThreads_equalThoseOfTheWholeBatch(int lanes) throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.DOUBLE, true);
        List<TokenSequence> batch = sequences(weights.config(), 8, 3, 1, 8, 2, 1, 5, 4, 6, 6, 7, 1);
        double[] labels = {0, 2, 1, 1, 0, 2, 1, 0, 2, 1, 0, 2};
        Backend backend = CpuBackends.dividedAmong(lanes);
        BatchSplit split =
                BatchSplit.of(TokenBatch.of(batch, weights.config()), weights.config().hidden(), backend.lanes());
        assertEquals(lanes, split.size(), "the batch is divided");
        SequenceModel divided = model(weights, ALL, 3, Loss.CROSS_ENTROPY, backend);
        SequenceModel whole = model(weights, ALL, 3, Loss.CROSS_ENTROPY, new Nd4jBackend());
        for (int step = 0; step < 2; step++) {
            assertEquals(whole.lossAndGradients(batch, labels), divided.lossAndGradients(batch, labels), 1e-12);
            for (int i = 0; i < 2; i++) {
                INDArray expected = whole.trainable().get(i).gradient();
                assertTrue(RandomArrays.relativeError(expected, divided.trainable().get(i).gradient()) < 1e-11);
            }
        }
        double[][] expected = whole.predict(batch);
        double[][] actual = divided.predict(batch);
        for (int b = 0; b < expected.length; b++) {
            assertArrayEquals(expected[b], actual[b], 1e-12);
        }
    }

    @Test
    void trainingStep_neverWritesFrozenWeights() throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.FLOAT, true);
        List<INDArray> before =
                weights.linearLayers().stream().map(l -> l.weight().dup()).toList();
        SequenceModel model = model(weights, ALL, 2, Loss.CROSS_ENTROPY);
        model.lossAndGradients(sequences(weights.config(), 3, 5), new double[] {1, 0});
        for (int i = 0; i < before.size(); i++) {
            INDArray now = weights.linearLayers().get(i).weight();
            assertEquals(0, RandomArrays.relativeError(before.get(i), now));
        }
    }

    /** What a model was given stays its owner's: two models share a head here. */
    @Test
    void close_leavesEncoderAdaptersAndHeadUsable() throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.FLOAT, true);
        List<TokenSequence> batch = sequences(weights.config(), 3, 5, 2);
        SequenceModel first = model(weights, ALL, 2, Loss.CROSS_ENTROPY);
        double[][] expected = first.predict(batch);
        first.close();
        assertFalse(first.head().values().wasClosed());
        try (SequenceModel second =
                new SequenceModel(weights, first.adapters(), first.head(), Loss.CROSS_ENTROPY, BACKEND)) {
            double[][] actual = second.predict(batch);
            for (int b = 0; b < expected.length; b++) {
                assertArrayEquals(expected[b], actual[b]);
            }
            assertTrue(second.lossAndGradients(batch, new double[] {1, 0, 1}) > 0);
        }
    }

    @Test
    void predict_withoutAdapters_keptFeaturesGiveTheSame() throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.FLOAT, true);
        SequenceModel model = model(weights, null, 2, Loss.CROSS_ENTROPY);
        List<TokenSequence> batch = sequences(weights.config(), 3, 5, 2);
        double[][] first = model.predict(batch);
        double[][] again = model.predict(List.of(batch.get(2), batch.get(0)));
        assertArrayEquals(first[2], again[0], 1e-6);
        assertArrayEquals(first[0], again[1], 1e-6);
        assertEquals(1, model.trainable().size());
    }

    @Test
    void batch_outOfRange_namesPlaceAndLimit() {
        EncoderConfig config = RandomWeights.small(EncoderConfig.Family.ROBERTA);
        assertMessage(
                "token batch: token id 31 at position 1 of sequence 0, expected 0 … 30",
                () -> TokenBatch.of(List.of(new TokenSequence(new int[] {3, 31}, new int[2])), config));
        assertMessage(
                "token batch: sequence 0 has 15 tokens, the encoder has positions for 14",
                () -> TokenBatch.of(List.of(new TokenSequence(new int[15], new int[15])), config));
    }

    @Test
    void lossAndGradients_labelOutOfRange_isRefused() throws IOException {
        SequenceModel model = model(weights(EncoderConfig.Family.BERT, DataType.FLOAT, true), null, 2, Loss.CROSS_ENTROPY);
        assertMessage(
                "training step: label 2.0, expected a class index from 0 to 1",
                () -> model.lossAndGradients(sequences(RandomWeights.small(EncoderConfig.Family.BERT), 3), new double[] {2}));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    @Test
    void nd4jKernels_floatPath_agreesWithFastPath() throws IOException {
        EncoderWeights weights = weights(EncoderConfig.Family.BERT, DataType.FLOAT, true);
        TokenBatch batch = TokenBatch.of(sequences(weights.config(), 6, 2), weights.config());
        try (EncoderPass fast = pass(weights, EncoderPass.Output.ALL_TOKENS);
                EncoderPass plain = new EncoderPass(
                        weights, null, BACKEND, new Nd4jKernels(), EncoderPass.Output.ALL_TOKENS, false)) {
            assertTrue(RandomArrays.relativeError(plain.forward(batch), fast.forward(batch)) < 3e-5);
        }
    }
}

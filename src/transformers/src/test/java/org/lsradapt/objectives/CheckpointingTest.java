package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Checkpointing against steps that keep everything: not one bit may differ. */
class CheckpointingTest {
    private static final String ALL = ".*";
    private static final int[] LENGTHS = {8, 3, 1, 8, 2, 1, 5, 4, 6, 6, 7, 1};

    /** In DOUBLE, whose steps are long, some of them. */
    private static List<TokenSequence> batch(TransformerWeights weights, int seed) {
        Random random = new Random(seed);
        return IntStream.of(LENGTHS)
                .limit(weights.dataType() == DataType.DOUBLE ? 4 : LENGTHS.length)
                .map(n -> 2 + (n + seed) % 7)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                .toList();
    }

    private static List<Target> labels(int count) {
        return Target.categories(IntStream.range(0, count).map(i -> i * 7 % 3).toArray());
    }

    private static AdaptedModel classifier(TransformerWeights weights, String layers, Backend backend) {
        return SequenceModels.of(
                weights,
                adapters(weights, layers, backend),
                new SequenceHead(weights, 3, 5),
                Loss.CROSS_ENTROPY,
                backend);
    }

    private static AdapterSet adapters(TransformerWeights weights, String layers, Backend backend) {
        AdapterSet adapters = AdapterSet.create(
                LayerSelector.regex(layers).select(weights.linearLayers()),
                LsrConfig.builder().separationRank(2).alpha(0.7).build(),
                backend);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount())
                        .muli(0.5));
        return adapters;
    }

    /** Losses and gradients of some steps, one of them in two parts; batches grow and shrink between. */
    private static List<double[]> steps(AdaptedModel model, TransformerWeights weights, double dropout) {
        List<double[]> numbers = new ArrayList<>();
        model.dropout(dropout, 9);
        for (int step = 0; step < 3; step++) {
            List<TokenSequence> batch = batch(weights, step);
            List<Target> labels = labels(batch.size());
            double total = model.objective().weight(batch, labels);
            model.beginStep();
            int cut = step == 1 ? batch.size() / 2 : 0;
            double loss = 0;
            if (cut > 0) {
                loss += model.addGradients(batch.subList(0, cut), labels.subList(0, cut), total);
            }
            loss += model.addGradients(batch.subList(cut, batch.size()), labels.subList(cut, labels.size()), total);
            model.endStep();
            numbers.add(new double[] {loss});
            for (Parameter block : model.trainable()) {
                numbers.add(block.gradient().toDoubleVector());
            }
        }
        return numbers;
    }

    private static void assertSame(AdaptedModel model, TransformerWeights weights, double dropout) {
        List<double[]> expected = steps(model, weights, dropout);
        model.checkpointing(true);
        List<double[]> actual = steps(model, weights, dropout);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(Arrays.stream(expected.get(i)).anyMatch(number -> number != 0), "nothing was computed");
            assertArrayEquals(expected.get(i), actual.get(i), 0.0);
        }
    }

    static Stream<Arguments> cases() {
        List<String> layers = List.of(
                ".*layers?\\.[12]\\..*",
                ".*layers?\\.2\\..*(key|key_proj|k_proj)",
                ".*layers?\\.1\\.(output.dense|mlp.down_proj)",
                ".*layers?\\.0\\..*(query|query_proj|q_proj|intermediate.dense|mlp.gate_proj)");
        Stream<Arguments> wide = Stream.of(SmallModel.BERT, SmallModel.DEBERTA, SmallModel.LLAMA)
                .map(family -> Arguments.of(family, ALL, DataType.DOUBLE, 1));
        return Stream.concat(
                wide,
                Stream.of(SmallModel.values())
                        .flatMap(family -> Stream.concat(
                                layers.stream().map(name -> Arguments.of(family, name, DataType.FLOAT, 1)),
                                Stream.of(
                                        Arguments.of(family, ALL, DataType.FLOAT, 1),
                                        Arguments.of(family, ALL, DataType.FLOAT, 3)))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradients_checkpointing_areTheSameToTheBit(SmallModel family, String layers, DataType type, int lanes) {
        Backend backend = CpuBackends.dividedAmong(lanes);
        try (TransformerWeights weights = family.weights(type);
                AdaptedModel model = classifier(weights, layers, backend)) {
            assertEquals(lanes, DividedBatch.parts(batch(weights, 0), weights.model(), lanes), "it is not divided");
            if (type == DataType.FLOAT) {
                assertSame(model, weights, 0);
                model.checkpointing(false);
            }
            assertSame(model, weights, 0.3);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void gradients_checkpointingNextTokens_areTheSameToTheBit(DataType type) {
        Backend backend = CpuBackends.dividedAmong(2);
        try (TransformerWeights weights = SmallModel.LLAMA.weights(type);
                AdapterSet adapters = adapters(weights, ALL, backend);
                AdaptedModel model =
                        new AdaptedModel(weights, adapters, new NextTokenObjective(weights, backend), backend)) {
            assertSame(model, weights, 0.3);
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void memory_checkpointing_isLessAndIsFreedWithIt(SmallModel family) {
        try (TransformerWeights weights = family.weights(DataType.FLOAT);
                AdaptedModel model = classifier(weights, ALL, CpuBackends.dividedAmong(1))) {
            long none = Buffer.allocatedBytes();
            steps(model, weights, 0.3);
            long keeping = Buffer.allocatedBytes() - none;
            model.checkpointing(true);
            long freed = Buffer.allocatedBytes() - none;
            steps(model, weights, 0.3);
            long checkpointing = Buffer.allocatedBytes() - none;
            assertTrue(freed < 0.1 * keeping, freed + " of " + keeping + " bytes are left");
            assertTrue(checkpointing < 0.8 * keeping, checkpointing + " and " + keeping + " bytes");
        }
    }

    @Test
    void predict_whileCheckpointing_doesNotAddToTraining() {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdaptedModel model = classifier(weights, ALL, CpuBackends.dividedAmong(1))) {
            List<TokenSequence> batch = batch(weights, 1);
            long none = Buffer.allocatedBytes();
            double[][] expected = model.predict(batch);
            long predicting = Buffer.allocatedBytes() - none;
            model.checkpointing(true);
            model.lossAndGradients(batch, labels(batch.size()));
            long training = Buffer.allocatedBytes() - none;
            double[][] actual = model.predict(batch);
            assertTrue(Buffer.allocatedBytes() - none < 1.1 * predicting, "training's memory is not freed");
            model.lossAndGradients(batch, labels(batch.size()));
            assertEquals(training, Buffer.allocatedBytes() - none);
            assertArrayEquals(expected, actual);
        }
    }

    @Test
    void backward_keepsWhatItNeedsOfALongerBatchBefore() {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdaptedModel model = classifier(weights, ALL, CpuBackends.dividedAmong(1))) {
            List<TokenSequence> batch = batch(weights, 1);
            model.checkpointing(true);
            double first = model.lossAndGradients(batch, labels(batch.size()));
            double[] gradients = model.trainable().get(0).gradient().toDoubleVector();
            model.lossAndGradients(batch.subList(2, 4), labels(2));
            model.predict(batch.subList(1, 3));
            assertEquals(first, model.lossAndGradients(batch, labels(batch.size())));
            assertArrayEquals(gradients, model.trainable().get(0).gradient().toDoubleVector());
        }
    }

    /** The loss and the gradients of a step with a text that attention computes in tiles. */
    private static List<double[]> longStep(SmallModel family, DataType type, boolean checkpointing) {
        try (TransformerWeights weights = family.longer(type, 1100);
                AdaptedModel model = classifier(weights, ALL, CpuBackends.dividedAmong(1))) {
            model.checkpointing(checkpointing);
            Random random = new Random(4);
            List<TokenSequence> batch = IntStream.of(7, 1040)
                    .mapToObj(n -> new TokenSequence(
                            random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                    .toList();
            List<double[]> numbers = new ArrayList<>();
            numbers.add(new double[] {model.lossAndGradients(batch, labels(2))});
            model.trainable().forEach(block -> numbers.add(block.gradient().toDoubleVector()));
            return numbers;
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void gradients_checkpointingALongText_areTheSameToTheBit(SmallModel family) {
        List<double[]> expected = longStep(family, DataType.FLOAT, false);
        List<double[]> actual = longStep(family, DataType.FLOAT, true);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), 0.0);
        }
    }

    @Test
    void gradients_ofALongText_areThoseInDouble() {
        List<double[]> expected = longStep(SmallModel.BERT, DataType.DOUBLE, false);
        List<double[]> actual = longStep(SmallModel.BERT, DataType.FLOAT, false);
        for (int i = 0; i < expected.size(); i++) {
            double largest = Arrays.stream(expected.get(i)).map(Math::abs).max().orElse(0);
            assertArrayEquals(expected.get(i), actual.get(i), 1e-4 * largest, "parameters " + i);
        }
    }
}

package org.lsradapt.krona;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.Weights;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.training.AdamW;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A second kind of adapter, mixed with LSR in one set. */
class KronaTest {
    private static final KronaConfig KRONA = new KronaConfig(3, 4, 1.5, 5);
    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).alpha(0.7).termWeights(true).build();
    private static final double[] LABELS = {0, 1, 1, 0};

    /** Query, key and value by KronA, all other layers by LSR. */
    private static AdapterSet mixed(TransformerWeights weights, Backend backend) {
        return AdapterSet.create(
                weights.linearLayers(), layer -> layer.name().contains(".self.") ? KRONA : LSR, backend);
    }

    private static AdapterSet random(AdapterSet set) {
        set.values()
                .assign(RandomArrays.normal(new Random(3), set.values().dataType(), set.parameterCount()).muli(0.4));
        set.materialize();
        return set;
    }

    private static List<TokenSequence> batch(TransformerWeights weights) {
        Random random = new Random(7);
        return IntStream.of(9, 9, 4, 4)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                .toList();
    }

    private static LayerAdapter first(AdapterSet set, String kind) {
        return set.adapters().stream()
                .filter(adapter -> adapter.config().kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void gradients_mixedSetInASmallModel_agreeWithCentralDifferences(int lanes) {
        Backend backend = CpuBackends.dividedAmong(lanes);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            List<TokenSequence> batch = batch(weights);
            assertEquals(lanes, DividedBatch.parts(batch, weights.model(), lanes));
            model.lossAndGradients(batch, LABELS);
            Random random = new Random(11);
            for (String kind : List.of("krona", "lsr")) {
                for (Parameter parameter : first(set, kind).parameters()) {
                    INDArray gradient = parameter.gradient().dup();
                    for (int i = 0; i < 6; i++) {
                        long at = random.nextInt((int) parameter.count());
                        double old = parameter.value().getDouble(at);
                        parameter.value().putScalar(at, old + 1e-5);
                        double up = model.lossAndGradients(batch, LABELS);
                        parameter.value().putScalar(at, old - 1e-5);
                        double down = model.lossAndGradients(batch, LABELS);
                        parameter.value().putScalar(at, old);
                        assertEquals((up - down) / 2e-5, gradient.getDouble(at), 1e-7, parameter.name() + " " + at);
                    }
                }
            }
        }
    }

    @Test
    void training_mixedSet_startsAtTheModelAndLowersTheLossWithoutNewArrays() {
        Backend backend = CpuBackends.dividedAmong(1);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        try (AdapterSet set = mixed(weights, backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend);
                AdaptedModel bare = SequenceModels.of(weights, null, head, Loss.CROSS_ENTROPY, backend)) {
            List<TokenSequence> batch = batch(weights);
            assertEquals(bare.lossAndGradients(batch, LABELS), model.lossAndGradients(batch, LABELS), 1e-5);
            INDArray before = first(set, "krona").parameters().get(1).value().dup();
            AdamW optimizer = AdamW.builder().weightDecay(0).build().add(model.trainable().get(0), 0.01);
            double start = model.lossAndGradients(batch, LABELS);
            optimizer.step();
            model.lossAndGradients(batch, LABELS);
            long newest = Nd4j.scalar(0f).getId();
            for (int step = 0; step < 30; step++) {
                optimizer.step();
                model.lossAndGradients(batch, LABELS);
            }
            assertEquals(newest + 1, Nd4j.scalar(0f).getId());
            double end = model.lossAndGradients(batch, LABELS);
            assertTrue(end < 0.9 * start, start + " → " + end);
            assertTrue(relativeError(before, first(set, "krona").parameters().get(1).value()) > 0.1);
        }
    }

    @Test
    void merge_mixedSet_isTheUpdateAddedToTheWeight() {
        Backend backend = Backends.standard();
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            LayerAdapter krona = first(set, "krona");
            INDArray a = krona.parameters().get(0).value();
            INDArray b = krona.parameters().get(1).value();
            INDArray delta = krona.deltaWeight();
            for (int i = 0; i < 12; i++) {
                for (int j = 0; j < 12; j++) {
                    double expected = 1.5 * a.getDouble(0, 0, i / 4, j / 3) * b.getDouble(0, 0, i % 4, j % 3);
                    assertEquals(expected, delta.getDouble(i, j), 1e-14);
                }
            }
            INDArray sum = Weights.copy(krona.layer()).addi(delta);
            assertTrue(relativeError(sum, krona.merge()) < 1e-15);
            assertTrue(relativeError(sum, krona.merge(DataType.FLOAT).castTo(DataType.DOUBLE)) < 1e-7);
            double[][] outputs = model.predict(batch(weights));
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                double[][] merged = model.predict(batch(weights));
                for (int i = 0; i < outputs.length; i++) {
                    assertArrayEquals(outputs[i], merged[i], 1e-10);
                }
                assertThrows(IllegalStateException.class, () -> model.lossAndGradients(batch(weights), LABELS));
            }
            assertArrayEquals(outputs[0], model.predict(batch(weights))[0]);
        }
    }

    /** As KronA, but a stack takes memory for one adapter more or less than it is made for. */
    private record Wrong(KronaConfig krona, int more) implements AdapterConfig {
        private record Shape(StackShape shape, int more) implements StackShape {
            @Override
            public long parameters() {
                return shape.parameters();
            }

            @Override
            public long dense() {
                return shape.dense();
            }

            @Override
            public AdapterStack stack(int count, StackMemory memory) {
                return shape.stack(count + more, memory);
            }
        }

        @Override
        public String kind() {
            return "wrong";
        }

        @Override
        public long seed() {
            return krona.seed();
        }

        @Override
        public StackShape shape(FrozenLinear layer) {
            return new Shape(krona.shape(layer), more);
        }
    }

    @Test
    void stack_takesOtherMemoryThanItsShapeSays_isRefused() {
        INDArray w = Nd4j.zeros(DataType.FLOAT, 12, 8);
        List<FrozenLinear> layers = List.of(FrozenLinear.of("l", w), FrozenLinear.of("m", w));
        assertEquals(
                "adapter set: the stack of 2 adapters, the first of layer l, took 20 parameters, its shape says 20 each",
                assertThrows(
                                IllegalStateException.class,
                                () -> AdapterSet.create(layers, new Wrong(KRONA, -1), Backends.standard()))
                        .getMessage());
        assertEquals(
                "adapter set: parameters of shape [3, 1, 4, 2] after 36 of 40, more than the adapters' shapes say",
                assertThrows(
                                IllegalStateException.class,
                                () -> AdapterSet.create(layers, new Wrong(KRONA, 1), Backends.standard()))
                        .getMessage());
    }

    @Test
    void whatIsAboutLsrAlone_mixedSet_isRefusedByNameOfLayerAndKind(@TempDir Path folder) {
        FrozenLinear up = FrozenLinear.of("up", Nd4j.zeros(DataType.FLOAT, 12, 8));
        FrozenLinear down = FrozenLinear.of("down", Nd4j.zeros(DataType.FLOAT, 9, 8));
        try (AdapterSet set = AdapterSet.create(
                List.of(down, up), layer -> layer.equals(up) ? LSR : KRONA, Backends.standard())) {
            assertEquals(List.of("krona", "lsr"), set.adapters().stream().map(a -> a.config().kind()).toList());
            assertEquals("up", set.lsrAdapter("up").name());
            String message = "adapter set: layer down is adapted by kind 'krona', expected 'lsr' here";
            for (Runnable call : List.<Runnable>of(
                    set::lsrAdapters, () -> set.lsrAdapter("down"), () -> DenseUpdates.of(set))) {
                assertEquals(message, assertThrows(IllegalStateException.class, call::run).getMessage());
            }
            assertEquals(
                    message,
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> AdapterFolder.save(folder.resolve("saved"), set, Precision.INT8))
                            .getMessage());
        }
        assertEquals(
                "layer down: A is [4, 4], expected divisors of [9, 8]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> AdapterSet.create(
                                        List.of(down), new KronaConfig(4, 4, 1, 1), Backends.standard()))
                        .getMessage());
    }
}

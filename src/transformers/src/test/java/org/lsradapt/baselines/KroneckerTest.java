package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.baselines.SmallTraining.LABELS;
import static org.lsradapt.baselines.SmallTraining.batch;
import static org.lsradapt.baselines.SmallTraining.random;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.Weights;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A second kind of adapter, by all its methods, mixed with LSR in one set. */
class KroneckerTest {
    private static final KroneckerConfig KRONA = KroneckerConfig.krona(1.5)
            .withSplits(FactorSplit.ofFirst(3), FactorSplit.ofFirst(4))
            .withSeed(5);
    private static final KroneckerConfig LOKR = KroneckerConfig.lokr(1, 2);
    private static final KroneckerConfig CDKA = KroneckerConfig.cdka(1, 2, 2, 3);
    private static final KroneckerConfig KADAPTATION = KroneckerConfig.kadaptation(3, 1, 2);
    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).alpha(0.7).termWeights(true).build();

    /** Query, key, value and attention's output by a method each, all other layers by LSR. */
    private static AdapterSet mixed(TransformerWeights weights, Backend backend) {
        return AdapterSet.create(weights.linearLayers(), KroneckerTest::config, backend);
    }

    private static AdapterConfig config(FrozenLinear layer) {
        Map<String, KroneckerConfig> configs = Map.of(
                ".self.query", KRONA, ".self.key", LOKR, ".self.value", KADAPTATION, "attention.output.dense", CDKA);
        return configs.keySet().stream()
                .filter(layer.name()::endsWith)
                .findFirst()
                .<AdapterConfig>map(configs::get)
                .orElse(LSR);
    }

    private static LayerAdapter first(AdapterSet set, AdapterConfig config) {
        return set.adapters().stream()
                .filter(adapter -> adapter.config().equals(config))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void gradients_mixedSetInASmallModelOnTwoLanes_agreeWithCentralDifferences() {
        int lanes = 2;
        Backend backend = CpuBackends.dividedAmong(lanes);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            List<TokenSequence> batch = batch(weights);
            assertEquals(lanes, DividedBatch.parts(batch, weights.model(), lanes));
            // GELU's derivative is an approximation, good to 4e-8, which the weights behind it multiply.
            double tolerance = 4e-7;
            List<Parameter> parameters = Stream.of(KRONA, LOKR, CDKA, KADAPTATION)
                    .flatMap(config -> first(set, config).parameters().stream())
                    .toList();
            CentralDifferences.assertAgree(parameters, () -> model.lossAndGradients(batch, LABELS), tolerance);
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
            List<INDArray> before =
                    set.parameters().stream().map(p -> p.value().dup()).toList();
            SmallTraining.assertLowersLoss(model, batch);
            for (int i = 0; i < before.size(); i++) {
                Parameter parameter = set.parameters().get(i);
                assertTrue(relativeError(before.get(i), parameter.value()) > 0.01, parameter.name());
            }
        }
    }

    @Test
    void merge_mixedSet_isTheUpdateAddedToTheWeight() {
        Backend backend = Backends.standard();
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            LayerAdapter krona = first(set, KRONA);
            INDArray a = krona.parameters().get(0).value();
            INDArray b = krona.parameters().get(1).value();
            INDArray delta = krona.deltaWeight();
            for (int i = 0; i < 12; i++) {
                for (int j = 0; j < 12; j++) {
                    double expected = 1.5 * a.getDouble(0, i / 4, j / 3) * b.getDouble(0, i % 4, j % 3);
                    assertEquals(expected, delta.getDouble(i, j), 1e-14);
                }
            }
            for (LayerAdapter adapter : set.adapters()) {
                INDArray sum = Weights.copy(adapter.layer()).addi(adapter.deltaWeight());
                assertTrue(relativeError(sum, adapter.merge()) < 1e-15);
                assertTrue(relativeError(sum, adapter.merge(DataType.FLOAT).castTo(DataType.DOUBLE)) < 1e-7);
            }
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

    @Test
    void denseUpdates_mixedSet_areTheUpdates() {
        Backend backend = Backends.standard();
        try (AdapterSet set = random(mixed(SmallModel.BERT.weights(DataType.DOUBLE), backend));
                DenseUpdates updates = DenseUpdates.of(set)) {
            for (LayerAdapter adapter : set.adapters()) {
                LoraMatrices product = updates.find(adapter.name());
                INDArray delta = product.a().mmul(product.b()).muli(product.scaling());
                assertTrue(relativeError(adapter.deltaWeight(), delta) < 1e-14, adapter.name());
            }
            assertEquals(3, updates.find(first(set, KADAPTATION).name()).a().size(1));
        }
    }

    /** As KronA, but a stack takes memory for one adapter more or less than it is made for. */
    private record Wrong(KroneckerConfig krona, int more) implements AdapterConfig {
        private record Shape(StackShape shape, int more) implements StackShape {
            @Override
            public long parameters(int count) {
                return shape.parameters(count);
            }

            @Override
            public long dense(FrozenLinear layer) {
                return shape.dense(layer);
            }

            @Override
            public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
                return shape.stack(Collections.nCopies(layers.size() + more, layers.get(0)), memory);
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
        public Wrong withSeed(long seed) {
            return new Wrong(krona.withSeed(seed), more);
        }

        @Override
        public Map<String, Object> settings() {
            return krona.settings();
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
                "adapter set: the stack of 2 adapters, the first of layer l, took 20 parameters, its shape says 40",
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
        try (AdapterSet set =
                AdapterSet.create(List.of(down, up), layer -> layer.equals(up) ? LSR : KRONA, Backends.standard())) {
            assertEquals(
                    List.of("kronecker", "lsr"),
                    set.adapters().stream().map(a -> a.config().kind()).toList());
            assertEquals("up", set.lsrAdapter("up").name());
            String message = "adapter set: layer down is adapted by kind 'kronecker', expected 'lsr' here";
            for (Runnable call : List.<Runnable>of(set::lsrAdapters, () -> set.lsrAdapter("down"))) {
                assertEquals(
                        message,
                        assertThrows(IllegalStateException.class, call::run).getMessage());
            }
            assertEquals(
                    "save adapter: layer down is adapted by kind 'kronecker', which is stored in fp32 alone, found int8",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> AdapterFolder.save(folder.resolve("saved"), set, Precision.INT8))
                            .getMessage());
        }
    }

    private static String refusal(KroneckerConfig config, int in, int out) {
        FrozenLinear layer = FrozenLinear.of("l", Nd4j.zeros(DataType.FLOAT, in, out));
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> AdapterSet.create(List.of(layer), config, Backends.standard()))
                .getMessage();
    }

    @Test
    void settingsThatDoNotFitALayer_areRefused() {
        assertEquals(
                "layer l: the input width is 9, expected a multiple of 2, the width of the first Kronecker factor",
                refusal(KroneckerConfig.cdka(1, 2, 2, 3), 9, 8));
        assertEquals(
                "layer l: the output width is 8, expected a multiple of 3, the width of the second Kronecker factor",
                refusal(KroneckerConfig.cdka(3, 3, 2, 3), 9, 8));
        assertEquals(
                "layer l: a Kronecker factor is [4, 4], of rank 2; expected a rank below half of its larger side, or 0 for"
                        + " a whole factor",
                refusal(KroneckerConfig.lokr(2, 2), 12, 12));
    }

    @Test
    void settingsOutOfRange_areRefused() {
        Map<String, Runnable> refusals = Map.of(
                "number of terms is 0, expected 1 to 65536",
                () -> KroneckerConfig.cdka(1, 2, 0, 3),
                "rank of the factors is -1, expected >= 0",
                () -> KroneckerConfig.lokr(-1, 3),
                "scaling is NaN, expected a finite number",
                () -> KroneckerConfig.krona(Double.NaN),
                "rank of the factors is 2, expected 0: those of krona are whole",
                () -> new KroneckerConfig(
                        KroneckerMethod.KRONA, 1, FactorSplit.BALANCED, FactorSplit.BALANCED, 2, 1, 1),
                "split: widths 2 and 3, expected one of them and 0 for the other, or 0 for both",
                () -> new FactorSplit(2, 3),
                "unknown Kronecker method 'loha', expected one of lokr, krona, cdka, kadaptation",
                () -> KroneckerMethod.named("loha"));
        refusals.forEach((message, call) -> assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage()));
    }

    @Test
    void parameterCount_ofBertBasesQueryAndValue_isWhatTheFormulasSay() {
        assertEquals(24 * (24 * 24 + 8 * (32 + 32)), count(KroneckerConfig.lokr(8, 8)));
        assertEquals(24 * (24 * 24 + 32 * 32), count(KroneckerConfig.krona(1)));
        assertEquals(24 * 4 * (8 * 384 + 96 * 2), count(KroneckerConfig.cdka(2, 8, 4, 64)));
        assertEquals(32 * 2 * 32 + 24 * 32 * (24 + 24), count(KroneckerConfig.kadaptation(32, 1, 160)), "of one name");
    }

    private static long count(KroneckerConfig config) {
        return config.shape("layer.query", 768, 768).parameters(24);
    }

    /** What adapters share is there once for an optimizer, and equal in all of them. */
    @Test
    void sharedParameters_areOneArray_thatDoesNotDependOnWhichLayersAreAdapted() {
        INDArray w = Nd4j.zeros(DataType.FLOAT, 12, 12);
        List<FrozenLinear> layers =
                List.of(FrozenLinear.of("l.q", w), FrozenLinear.of("m.q", w), FrozenLinear.of("m.v", w));
        try (AdapterSet both = AdapterSet.create(layers, KADAPTATION, Backends.standard());
                AdapterSet one = AdapterSet.create(layers.subList(1, 2), KADAPTATION, Backends.standard())) {
            assertEquals(
                    List.of(
                            "l.q.kronecker_first_in",
                            "l.q.kronecker_first_out",
                            "l.q.kronecker_second_in",
                            "l.q.kronecker_second_out",
                            "m.q.kronecker_second_in",
                            "m.q.kronecker_second_out",
                            "m.v.kronecker_first_in",
                            "m.v.kronecker_first_out",
                            "m.v.kronecker_second_in",
                            "m.v.kronecker_second_out"),
                    both.parameters().stream().map(Parameter::name).toList());
            assertEquals(
                    both.parameterCount(),
                    both.parameters().stream().mapToLong(Parameter::count).sum());
            LayerAdapter m = both.adapters().get(1);
            for (int i = 0; i < 4; i++) {
                INDArray value = m.parameters().get(i).value();
                assertEquals(one.adapters().get(0).parameters().get(i).value(), value);
                assertTrue(i == 3 || value.amaxNumber().doubleValue() > 0);
            }
            both.adapters().get(0).parameters().get(0).value().assign(7);
            assertEquals(7, m.parameters().get(0).value().getDouble(2, 0, 1));
            assertTrue(both.adapters()
                            .get(2)
                            .parameters()
                            .get(0)
                            .value()
                            .amaxNumber()
                            .doubleValue()
                    < 1);
        }
    }
}

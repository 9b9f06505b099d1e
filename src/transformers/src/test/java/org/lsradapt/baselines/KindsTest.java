package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.baselines.SmallTraining.LABELS;
import static org.lsradapt.baselines.SmallTraining.batch;
import static org.lsradapt.baselines.SmallTraining.random;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.composed.MixedConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.Weights;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.StoredWeight;
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

/** HiRA, VeRA, LoRA-XS and FourierFT, thin and dense, mixed in one set of a small model. */
class KindsTest {
    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).alpha(0.7).termWeights(true).build();
    private static final KroneckerConfig KRONA =
            KroneckerConfig.krona(1.5).withSplits(FactorSplit.ofFirst(3), FactorSplit.ofFirst(4));

    private static final SharedConfig SHARED = SharedConfig.of(4, 3);

    private static final MixedConfig MIXED = new MixedConfig(List.of(1, 2, 2), List.of(4, 3, 12), 0.8, 1);

    /** By what layers' names end with, layers of 12 by 12, 12 by 20 and 20 by 12. */
    private static final Map<String, AdapterConfig> CONFIGS = new LinkedHashMap<>(Map.of(
            "0.attention.self.query",
            HiraConfig.of(3),
            "0.attention.self.key",
            new HiraConfig(LSR),
            "0.attention.self.value",
            new HiraConfig(KRONA),
            "0.attention.output.dense",
            VeraConfig.of(3),
            "1.attention.self.query",
            VeraConfig.of(9),
            "1.attention.self.key",
            LoraXsConfig.of(2),
            "1.attention.self.value",
            LoraXsConfig.of(7),
            "1.attention.output.dense",
            new FourierConfig(2, 30, false, 7),
            "1.output.dense",
            MIXED,
            "intermediate.dense",
            SHARED));

    private static final AdapterConfig HIRA_OF_MIXED = new HiraConfig(MIXED);

    /** All other layers. */
    private static final FourierConfig FOURIER = new FourierConfig(25, 30, true, 3);

    private static AdapterConfig config(FrozenLinear layer) {
        return CONFIGS.keySet().stream()
                .filter(layer.name()::endsWith)
                .findFirst()
                .map(CONFIGS::get)
                .orElse(layer.name().endsWith("0.output.dense") ? HIRA_OF_MIXED : FOURIER);
    }

    private static AdapterSet mixed(TransformerWeights weights, Backend backend) {
        return AdapterSet.create(weights.linearLayers(), KindsTest::config, backend);
    }

    @Test
    void gradients_mixedSetInASmallModel_agreeWithCentralDifferences() {
        Backend backend = CpuBackends.dividedAmong(1);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            assertEquals(CONFIGS.size() + 2, set.configs().size());
            List<TokenSequence> batch = batch(weights);
            CentralDifferences.assertAgree(set.parameters(), () -> model.lossAndGradients(batch, LABELS));
        }
    }

    @Test
    void gradients_ofTwoLanes_areThoseOfOne() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        List<TokenSequence> batch = batch(weights);
        assertEquals(2, DividedBatch.parts(batch, weights.model(), 2));
        List<INDArray> gradients = IntStream.of(1, 2)
                .mapToObj(lanes -> {
                    Backend backend = CpuBackends.dividedAmong(lanes);
                    try (AdapterSet set = random(mixed(weights, backend));
                            SequenceHead head = new SequenceHead(weights, 2, 1);
                            AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
                        model.lossAndGradients(batch, LABELS);
                        return set.gradients().dup();
                    }
                })
                .toList();
        assertTrue(relativeError(gradients.get(0), gradients.get(1)) < 1e-13);
    }

    @Test
    void training_mixedSet_lowersTheLossWithoutNewArrays() {
        Backend backend = CpuBackends.dividedAmong(1);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        try (AdapterSet set = mixed(weights, backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend)) {
            SmallTraining.assertLowersLoss(model, batch(weights));
        }
    }

    @Test
    void start_isTheModel_butOfNormalCoefficientsAndLoraXs() {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
                AdapterSet set = mixed(weights, Backends.standard())) {
            for (LayerAdapter adapter : set.adapters()) {
                AdapterConfig config = adapter.config();
                double largest = adapter.deltaWeight().amaxNumber().doubleValue();
                if (config instanceof FourierConfig fourier && !fourier.zeroStart()) {
                    assertTrue(largest > 0.01, adapter.name());
                } else if (config instanceof LoraXsConfig) {
                    assertTrue(largest > 0 && largest < 1e-2, adapter.name());
                } else {
                    assertEquals(0, largest, adapter.name());
                }
            }
        }
    }

    /** Naive oracles of what has no golden values: A and B Kronecker sums, and a Kronecker sum, times W. */
    @Test
    void hira_ofKroneckerSums_isTheWeightTimesTheirUpdate() {
        INDArray w = RandomArrays.normal(new Random(5), DataType.DOUBLE, 12, 20);
        for (AdapterConfig part : List.of(LSR, KRONA, KroneckerConfig.cdka(2, 3, 2, 1.3), LsrConfig.lora(2, 6))) {
            FrozenLinear layer = FrozenLinear.of("l", w);
            try (AdapterSet set = random(AdapterSet.create(List.of(layer), new HiraConfig(part), Backends.standard()));
                    AdapterSet alone = random(AdapterSet.create(List.of(layer), part, Backends.standard()))) {
                LayerAdapter hira = set.adapters().get(0);
                INDArray update = alone.adapters().get(0).deltaWeight();
                INDArray delta = hira.deltaWeight();
                for (int i = 0; i < 12; i++) {
                    for (int j = 0; j < 20; j++) {
                        assertEquals(w.getDouble(i, j) * update.getDouble(i, j), delta.getDouble(i, j), 1e-13);
                    }
                }
                assertEquals(alone.adapters().get(0).scaling(), hira.scaling());
                assertEquals(alone.parameterCount(), set.parameterCount());
                assertEquals(5, hira.config().withSeed(5).seed());
            }
        }
    }

    /** Three splits in one sum, by itself and times W. */
    @Test
    void mixedSum_isTheSumOfItsTerms() {
        INDArray w = RandomArrays.normal(new Random(5), DataType.DOUBLE, 12, 24);
        for (AdapterConfig config : List.of(MIXED, new HiraConfig(MIXED))) {
            try (AdapterSet set =
                    random(AdapterSet.create(List.of(FrozenLinear.of("l", w)), config, Backends.standard()))) {
                LayerAdapter adapter = set.adapters().get(0);
                INDArray delta = adapter.deltaWeight();
                for (int i = 0; i < 12; i++) {
                    for (int j = 0; j < 24; j++) {
                        double sum = 0;
                        for (int k = 0; k < 3; k++) {
                            INDArray first = adapter.parameters().get(2 * k).value();
                            INDArray second =
                                    adapter.parameters().get(2 * k + 1).value();
                            int rows = (int) second.size(1);
                            int cols = (int) second.size(2);
                            sum += first.getDouble(0, i / rows, j / cols) * second.getDouble(0, i % rows, j % cols);
                        }
                        double factor = config == MIXED ? 1 : w.getDouble(i, j);
                        assertEquals(0.8 * sum * factor, delta.getDouble(i, j), 1e-13);
                    }
                }
            }
        }
        assertEquals(
                12 * (2 * (36 + 4096) + 256 + 576),
                MixedConfig.of(List.of(6, 64, 16))
                        .shape(FrozenLinear.of("l", Nd4j.ones(DataType.FLOAT, 384, 384)))
                        .parameters(12));
    }

    @Test
    void merge_mixedSet_isTheUpdateAddedToTheWeight() {
        Backend backend = Backends.standard();
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        try (AdapterSet set = random(mixed(weights, backend));
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, set, head, Loss.CROSS_ENTROPY, backend);
                DenseUpdates updates = DenseUpdates.of(set)) {
            for (LayerAdapter adapter : set.adapters()) {
                INDArray delta = adapter.deltaWeight();
                LoraMatrices product = updates.find(adapter.name());
                INDArray again = product.a().mmul(product.b()).muli(product.scaling());
                assertTrue(relativeError(delta, again) < 1e-14, adapter.name());
                INDArray sum = Weights.copy(adapter.layer()).addi(delta);
                assertTrue(relativeError(sum, adapter.merge()) < 1e-15);
            }
            double[][] outputs = model.predict(batch(weights));
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                double[][] merged = model.predict(batch(weights));
                for (int i = 0; i < outputs.length; i++) {
                    assertArrayEquals(outputs[i], merged[i], 1e-10);
                }
            }
            assertArrayEquals(outputs[0], model.predict(batch(weights))[0]);
        }
    }

    /** There is no W then. */
    @Test
    void hira_whileMerged_givesNoUpdate() {
        INDArray w = RandomArrays.normal(new Random(5), DataType.FLOAT, 12, 20);
        try (AdapterSet set =
                random(AdapterSet.create(List.of(FrozenLinear.of("l", w)), HiraConfig.of(2), Backends.standard()))) {
            LayerAdapter hira = set.adapters().get(0);
            INDArray delta = hira.deltaWeight();
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                set.materialize();
                assertEquals(
                        "l: the update is merged into the weight, expected the merge to be closed first",
                        assertThrows(IllegalStateException.class, hira::deltaWeight)
                                .getMessage());
            }
            assertEquals(delta, hira.deltaWeight());
        }
    }

    @Test
    void storedWeight_isRefusedByHira_andTakenByTheOthers() {
        int in = 64;
        int out = 32;
        ByteBuffer numbers = ByteBuffer.allocateDirect(4 * in * out).order(ByteOrder.nativeOrder());
        new Random(5).doubles((long) in * out, -1, 1).forEach(number -> numbers.putFloat((float) number));
        StoredWeight stored = new StoredWeight(new StoredMatrix(WeightFormat.F32, out, in, numbers.flip()));
        FrozenLinear layer = new FrozenLinear("l", stored, Optional.empty());
        assertEquals(
                "layer l: the weight is packed, rounded or quantized; HiRA multiplies each of its numbers, which takes a matrix of that"
                        + " size in FP32 anyway; expected a base model in fp32",
                refusal(layer, HiraConfig.of(2)));
        for (AdapterConfig config : List.of(VeraConfig.of(4), LoraXsConfig.of(4), FourierConfig.of(4))) {
            try (AdapterSet set = random(AdapterSet.create(List.of(layer), config, Backends.standard()))) {
                assertTrue(set.adapters().get(0).deltaWeight().amaxNumber().doubleValue() > 0);
            }
        }
    }

    private static String refusal(FrozenLinear layer, AdapterConfig config) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> AdapterSet.create(List.of(layer), config, Backends.standard()))
                .getMessage();
    }

    @Test
    void settingsThatDoNotFit_areRefused() {
        FrozenLinear layer = FrozenLinear.of("l", Nd4j.ones(DataType.FLOAT, 12, 8));
        assertEquals(
                "layer l: LoRA-XS: rank r is 9, expected at most 8, the number of singular values of a weight [12, 8]",
                refusal(layer, LoraXsConfig.of(9)));
        assertEquals(
                "layer l: the layer is [12, 8], VeRA's matrices are drawn for [10, 8]; expected the widest of all layers",
                refusal(layer, VeraConfig.of(2).withWidest(10, 0)));
        assertEquals(
                "layer l: VeRA's matrices are drawn for [2147483647, 8] and r 2, expected no more than 67108864 numbers in"
                        + " each",
                refusal(layer, VeraConfig.of(2).withWidest(Integer.MAX_VALUE, 0)));
        assertTrue(refusal(layer, FourierConfig.of(97))
                .startsWith("layer l: FourierFT: 97 coefficients for a weight [12, 8], expected no more than it has"));
        assertEquals(
                "layer l: the input width is 12, expected a multiple of 5, the width of the first Kronecker factor",
                refusal(layer, MixedConfig.of(List.of(4, 5))));
        Map<String, Function<Integer, AdapterConfig>> refused = Map.of(
                "VeRA: rank r is 0, expected 1 to 65536", VeraConfig::of,
                "LoRA-XS: rank r is 0, expected >= 1", LoraXsConfig::of,
                "FourierFT: 0 coefficients, expected >= 1", FourierConfig::of,
                "mixed sum: a first factor is [0, 0], expected at least 1 by 1",
                        first -> MixedConfig.of(List.of(first)),
                "HiRA: the update is of kind 'vera', expected lsr, kronecker or kronecker-mixed",
                        any -> new HiraConfig(VeraConfig.of(1)));
        refused.forEach((message, of) -> assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> of.apply(0)).getMessage()));
    }

    /** Whatever else is adapted: that of one layer is as if it were alone. */
    @Test
    void parameterCounts_ofMiniLmsQueryAndValue() {
        FrozenLinear layer = FrozenLinear.of("l", Nd4j.ones(DataType.FLOAT, 384, 384));
        assertEquals(12 * 3 * 768, HiraConfig.of(3).shape(layer).parameters(12));
        assertEquals(
                12 * 2560, new HiraConfig(LsrConfig.defaults()).shape(layer).parameters(12));
        assertEquals(12 * (256 + 384), VeraConfig.of(256).shape(layer).parameters(12));
        assertEquals(12 * 64, LoraXsConfig.of(8).shape(layer).parameters(12));
        assertEquals(12 * 300, FourierConfig.of(300).shape(layer).parameters(12));
    }

    /** Two singular values are the same: the product is determined, its factors are not; and of zeros nothing is. */
    @Test
    void loraXs_ofDegenerateWeights_isFinite() {
        for (INDArray w : List.of(Nd4j.zeros(DataType.FLOAT, 12, 8), Nd4j.ones(DataType.FLOAT, 12, 8))) {
            try (AdapterSet set = random(
                    AdapterSet.create(List.of(FrozenLinear.of("l", w)), LoraXsConfig.of(3), Backends.standard()))) {
                INDArray delta = set.adapters().get(0).deltaWeight();
                assertFalse(Double.isNaN(delta.sumNumber().doubleValue()));
            }
        }
    }
}

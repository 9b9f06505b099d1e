package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.Weights;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.storage.StoredMatrices;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.StoredWeight;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A model whose weights are kept in fewer bits is the model of the rounded weights, forward and backward. */
class BasePrecisionTest {
    private static final Backend FLOAT_TILES = CpuBackends.dividedAmong(2);

    private static Transformer model(SmallModel family) {
        return family.model(64, 16, 96, 31, 16);
    }

    /** Weights of linear layers as a file has them, each in the next of some formats; tables are in the last. */
    private static final class StoredSource implements WeightSource {
        private final RandomWeights weights;
        private final Set<String> tables = new HashSet<>();
        private final Map<String, StoredMatrix> stored = new HashMap<>();

        StoredSource(Transformer model) {
            this(model, WeightFormat.Q4_1, WeightFormat.BF16, WeightFormat.Q8_0);
        }

        StoredSource(Transformer model, WeightFormat... formats) {
            weights = new RandomWeights(model, true);
            int next = 0;
            for (Linear linear : model.linears()) {
                WeightFormat format = formats[next++ % formats.length];
                stored.put(linear.weight(), rounded(weights.read(linear.weight()), format));
            }
            for (Table table : Stream.concat(model.words().stream(), model.vocabularyHead().stream())
                    .distinct()
                    .toList()) {
                INDArray rows = weights.read(table.name());
                stored.put(table.name(), rounded(rows.permute(1, 0), formats[formats.length - 1]));
                tables.add(table.name());
            }
        }

        @Override
        public boolean has(String name) {
            return weights.has(name);
        }

        @Override
        public INDArray read(String name) {
            if (!stored.containsKey(name)) {
                return weights.read(name);
            }
            INDArray rows = StoredMatrices.widened(stored.get(name));
            return tables.contains(name) ? rows : rows.transpose().dup('c');
        }

        @Override
        public Optional<StoredMatrix> stored(String name) {
            return Optional.ofNullable(stored.get(name));
        }
    }

    private static StoredMatrix rounded(INDArray weight, WeightFormat format) {
        int in = (int) weight.size(0);
        int out = (int) weight.size(1);
        byte[] bytes = new byte[(int) format.bytes((long) in * out)];
        format.store(weight.transpose().dup('c').data().asFloat(), 0, in * out, bytes, 0);
        return new StoredMatrix(
                format,
                out,
                in,
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    /** Whether a tensor has a row per token id. */
    private static boolean isPerToken(Transformer model, String name) {
        return name.equals(model.words().orElseThrow().name())
                || model.vocabularyHead().stream().anyMatch(head -> name.equals(head.name()));
    }

    /** Loss and gradients of a batch. */
    private record Step(double loss, List<INDArray> gradients) {}

    private static Step step(TransformerWeights weights, Backend backend) {
        return step(weights, backend, false);
    }

    private static Step step(TransformerWeights weights, Backend backend, boolean nextToken) {
        List<FrozenLinear> layers = LayerSelector.regex(".*").select(weights.linearLayers());
        try (AdapterSet adapters = AdapterSet.create(layers, LsrConfig.lora(2, 4), backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        adapters,
                        nextToken
                                ? new NextTokenObjective(weights, backend)
                                : SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend),
                        backend)) {
            Random random = new Random(4);
            for (Parameter parameter : adapters.parameters()) {
                parameter
                        .value()
                        .assign(RandomArrays.normal(
                                        random,
                                        DataType.FLOAT,
                                        parameter.value().shape())
                                .muli(0.1));
            }
            List<TokenSequence> batch = IntStream.of(5, 9, 2)
                    .mapToObj(n -> new TokenSequence(random.ints(n, 0, 31).toArray(), new int[n]))
                    .toList();
            double loss = model.lossAndGradients(batch, Target.categories(0, 1, 1));
            return new Step(
                    loss,
                    adapters.parameters().stream().map(p -> p.gradient().dup()).toList());
        }
    }

    private static TransformerWeights load(WeightSource source, SmallModel family, BasePrecision precision)
            throws IOException {
        return new TransformerWeights(model(family), source, DataType.FLOAT, precision);
    }

    private static void assertSame(Step expected, Step actual, double tolerance, String what) {
        assertEquals(expected.loss, actual.loss, tolerance * Math.abs(expected.loss), what);
        for (int i = 0; i < expected.gradients.size(); i++) {
            double error = RandomArrays.relativeError(expected.gradients.get(i), actual.gradients.get(i));
            assertTrue(error < tolerance, what + ", gradient " + i + ": relative error " + error);
        }
    }

    /** Those whose scores are so large with random weights that 8 bits of an activation decide between keys. */
    private static final Set<SmallModel> STEEP = Set.of(SmallModel.PHI3, SmallModel.GEMMA2);

    private static double cosine(List<INDArray> a, List<INDArray> b) {
        INDArray one = Nd4j.concat(0, a.stream().map(g -> g.reshape(g.length())).toArray(INDArray[]::new));
        INDArray two = Nd4j.concat(0, b.stream().map(g -> g.reshape(g.length())).toArray(INDArray[]::new));
        return Transforms.cosineSim(one, two);
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void step_onRoundedWeights_isThatOfTheNumbersTheyHold(SmallModel family) throws IOException {
        for (BasePrecision precision : List.of(BasePrecision.BF16, BasePrecision.INT8, BasePrecision.INT4)) {
            WeightSource source = new RandomWeights(model(family), true);
            WeightFormat format = precision.format().orElseThrow();
            WeightSource widened = new WeightSource() {
                @Override
                public boolean has(String name) {
                    return source.has(name);
                }

                @Override
                public INDArray read(String name) throws IOException {
                    INDArray array = source.read(name);
                    if (isPerToken(model(family), name)) {
                        StoredMatrices.roundToBfloat16(array);
                    }
                    boolean linear = model(family).linears().stream()
                            .anyMatch(l -> l.weight().equals(name));
                    return linear
                            ? StoredMatrices.widened(rounded(array, format))
                                    .transpose()
                                    .dup('c')
                            : array;
                }
            };
            try (TransformerWeights kept = load(source, family, precision);
                    TransformerWeights dense = load(widened, family, BasePrecision.F32)) {
                Step expected = step(dense, FLOAT_TILES);
                assertSame(expected, step(kept, FLOAT_TILES), 1e-4, family + " " + precision);
                if (STEEP.contains(family)) {
                    continue;
                }
                // Activations and gradients are rounded to 8 bits at every product where the processor has BF16.
                double cosine = cosine(expected.gradients, step(kept, Backends.standard()).gradients);
                assertTrue(cosine > 0.98, family + " " + precision + ": cosine of the gradients " + cosine);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void step_onWeightsOfAFile_isThatOfTheNumbersTheyHold(SmallModel family) throws IOException {
        StoredSource source = new StoredSource(model(family));
        try (TransformerWeights kept = load(source, family, BasePrecision.STORED);
                TransformerWeights dense = load(source, family, BasePrecision.F32)) {
            assertSame(step(dense, FLOAT_TILES), step(kept, FLOAT_TILES), 1e-4, family.toString());
            FrozenLinear value = kept.linearLayers().get(2);
            assertEquals(Weights.copy(dense.linearLayers().get(2)), Weights.copy(value), "copy");
        }
    }

    /** On every processor: nothing is rounded to BF16 that is not BF16 or in blocks. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void nextTokens_onWeightsOfAFileInFloats_areThoseInFloat(WeightFormat format) throws IOException {
        StoredSource source = new StoredSource(model(SmallModel.LLAMA), format);
        try (TransformerWeights kept = load(source, SmallModel.LLAMA, BasePrecision.STORED);
                TransformerWeights dense = load(source, SmallModel.LLAMA, BasePrecision.F32)) {
            Backend backend = Backends.standard();
            assertSame(step(dense, backend, true), step(kept, backend, true), 1e-4, format.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "STORED"})
    void nextTokens_onRoundedTables_areThoseOfTheNumbersTheyHold(BasePrecision precision) throws IOException {
        StoredSource source = new StoredSource(model(SmallModel.LLAMA));
        WeightSource rounded = precision == BasePrecision.STORED
                ? source
                : new WeightSource() {
                    @Override
                    public boolean has(String name) {
                        return source.has(name);
                    }

                    @Override
                    public INDArray read(String name) {
                        INDArray array = source.read(name);
                        if (source.stored(name).isPresent()) {
                            StoredMatrices.roundToBfloat16(array);
                        }
                        return array;
                    }
                };
        try (TransformerWeights kept = load(rounded, SmallModel.LLAMA, precision);
                TransformerWeights dense = load(rounded, SmallModel.LLAMA, BasePrecision.F32)) {
            assertSame(step(dense, FLOAT_TILES, true), step(kept, FLOAT_TILES, true), 1e-4, "next tokens");
            assertTrue(kept.vocabularyWeight().orElseThrow() instanceof StoredWeight);
        }
    }

    /** Rows of hidden states, of a model with adapters whose products are added. */
    private static INDArray hidden(TransformerWeights weights) {
        List<FrozenLinear> layers = LayerSelector.regex(".*").select(weights.linearLayers());
        Random random = new Random(5);
        try (AdapterSet adapters = AdapterSet.create(layers, LsrConfig.lora(2, 4), Backends.standard());
                TransformerPass pass = TransformerPass.inference(weights, adapters, Backends.standard())) {
            for (Parameter parameter : adapters.parameters()) {
                parameter
                        .value()
                        .assign(RandomArrays.normal(
                                        random,
                                        DataType.FLOAT,
                                        parameter.value().shape())
                                .muli(0.1));
            }
            adapters.materialize();
            List<TokenSequence> batch = IntStream.of(5, 9, 2)
                    .mapToObj(n -> new TokenSequence(random.ints(n, 0, 31).toArray(), new int[n]))
                    .toList();
            return pass.forward(TokenBatch.of(batch, weights.model(), Rows.ALL)).dup();
        }
    }

    /** Scales of a row and a column leave a product with two digits; blocks amplify what random weights have. */
    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void hiddenStates_inBytes_areCloseToThoseInFloat(SmallModel family) throws IOException {
        WeightSource source = new RandomWeights(model(family), true);
        try (TransformerWeights bytes = load(source, family, BasePrecision.INT8_DYNAMIC);
                TransformerWeights dense = load(source, family, BasePrecision.F32)) {
            double cosine = cosine(List.of(hidden(dense)), List.of(hidden(bytes)));
            assertTrue(cosine > (STEEP.contains(family) ? 0.9 : 0.99), family + ": cosine " + cosine);
            for (int i = 0; i < dense.linearLayers().size(); i++) {
                INDArray expected = Weights.copy(dense.linearLayers().get(i));
                INDArray actual = Weights.copy(bytes.linearLayers().get(i));
                double step = expected.amaxNumber().doubleValue() / 127;
                assertTrue(actual.sub(expected).amaxNumber().doubleValue() <= 0.501 * step);
            }
        }
    }

    @Test
    void merge_onRoundedWeights_isTheirNumbersAndTheUpdate() throws IOException {
        StoredSource source = new StoredSource(model(SmallModel.BERT));
        try (TransformerWeights kept = load(source, SmallModel.BERT, BasePrecision.STORED)) {
            for (FrozenLinear layer : kept.linearLayers().subList(0, 3)) {
                try (LsrAdapter adapter = LsrAdapter.wrap(layer, LsrConfig.lora(2, 4))) {
                    adapter.parameters().forEach(p -> p.value().assign(0.3));
                    INDArray expected = Weights.copy(layer).add(adapter.deltaWeight());
                    assertTrue(RandomArrays.relativeError(expected, adapter.merge()) < 1e-6);
                    assertTrue(RandomArrays.relativeError(expected, adapter.merge(DataType.FLOAT)) < 1e-6);
                }
            }
            try (AdapterSet set = AdapterSet.create(kept.linearLayers(), LsrConfig.lora(2, 4), Backends.standard())) {
                String message = assertThrows(IllegalArgumentException.class, () -> InPlaceMerge.of(set))
                        .getMessage();
                assertTrue(message.contains("is packed, rounded or quantized"), message);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT8", "INT4"})
    void load_widthThatBlocksDoNotDivide_isRefusedByName(String precision) {
        Transformer narrow = SmallModel.BERT.model();
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new TransformerWeights(
                                narrow,
                                new RandomWeights(narrow, true),
                                DataType.FLOAT,
                                BasePrecision.valueOf(precision)))
                .getMessage();
        assertEquals(
                "model weights: encoder.layer.0.attention.self.query.weight has 12 inputs; " + precision
                        + " is in blocks of 32, expected a multiple of that",
                message);
    }

    @Test
    void load_inDouble_isRefused() {
        Transformer model = model(SmallModel.BERT);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new TransformerWeights(
                                model, new RandomWeights(model, true), DataType.DOUBLE, BasePrecision.BF16))
                .getMessage();
        assertEquals("model weights: precision BF16 with activations of type DOUBLE, expected FLOAT", message);
    }
}

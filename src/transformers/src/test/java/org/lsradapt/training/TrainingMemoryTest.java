package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.lsr.planning.LayerShape;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.SmallVit;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** What is predicted against what a training run has allocated at its peak. */
class TrainingMemoryTest {
    private static final int LENGTH = 24;
    private static final LsrConfig LORA = LsrConfig.lora(4, 8);

    static Stream<Arguments> cases() {
        return Stream.of(SmallModel.values())
                .flatMap(family -> Stream.of(
                        Arguments.of(family, ".*(query|query_proj|q_proj|value|value_proj|v_proj)", 0.0, 1),
                        Arguments.of(family, ".*layers?\\..*", 0.2, 2)));
    }

    private static Transformer model(SmallModel family) {
        return family.model(48, 4, 96, 300, 40);
    }

    private static Candidate candidate(List<FrozenLinear> layers) {
        return new Candidate(LORA, layers.stream().map(LayerShape::of).toList());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void build_isWhatARunAllocates(SmallModel family, String layers, double dropout, int lanes) throws IOException {
        Transformer model = model(family);
        Backend backend = CpuBackends.dividedAmong(lanes);
        for (boolean checkpointing : new boolean[] {false, true}) {
            TrainingConfig config = TrainingConfig.builder()
                    .epochs(1)
                    .batchSize(10)
                    .dropout(dropout)
                    .checkpointing(checkpointing)
                    .build();
            try (TransformerWeights weights =
                    new TransformerWeights(model, new RandomWeights(model, false), DataType.FLOAT)) {
                List<FrozenLinear> selected = LayerSelector.regex(layers).select(weights.linearLayers());
                long allocated = allocated(weights, selected, config, backend);
                TrainingMemory memory = TrainingMemory.builder(model, candidate(selected))
                        .config(config)
                        .length(LENGTH)
                        .backend(backend)
                        .build();
                long predicted = memory.activations() + memory.dropout() + memory.objective() + memory.evaluation();
                assertEquals(1.0, (double) predicted / allocated, 0.02, memory.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BERT, MEAN, 2, 0, 1",
        "BERT, CLS, 2, 0, 2",
        "BERT, MEAN, 4, 0, 2",
        "ROBERTA, MEAN, 3, 7, 1",
        "ROBERTA, CLS, 2, 7, 2",
        "DEBERTA, MEAN, 2, 1, 1",
        "LLAMA, MEAN, 2, 100, 1"
    })
    void build_ofEmbeddings_isWhatARunAllocates(SmallModel family, Pooling pooling, int texts, int chunk, int lanes)
            throws IOException {
        Transformer model = model(family);
        Backend backend = CpuBackends.dividedAmong(lanes);
        List<TokenSequence> sequences = sequences(model, 40 * texts);
        List<TrainingExample> pairs = IntStream.range(0, 40)
                .mapToObj(i -> sequences.subList(i * texts, (i + 1) * texts))
                .map(one -> TrainingExample.contrast(one.get(0), one.get(1), one.subList(2, texts)))
                .toList();
        for (boolean checkpointing : new boolean[] {false, true}) {
            TrainingConfig config = TrainingConfig.builder()
                    .epochs(1)
                    .batchSize(20)
                    .chunkSize(chunk)
                    .checkpointing(checkpointing)
                    .build();
            try (TransformerWeights weights =
                            new TransformerWeights(model, new RandomWeights(model, false), DataType.FLOAT);
                    AdapterSet adapters = AdapterSet.create(
                            LayerSelector.regex(".*(query|query_proj|q_proj|value|value_proj|v_proj)")
                                    .select(weights.linearLayers()),
                            LORA,
                            backend)) {
                Objective objective = new EmbeddingObjective(
                        weights, pooling, true, EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE), backend);
                long allocated = allocated(
                        new AdaptedModel(weights, adapters, objective, backend),
                        config,
                        pairs,
                        sequences.subList(0, TrainingMemory.EMBEDDED_TEXTS));
                TrainingMemory memory = TrainingMemory.builder(
                                model,
                                candidate(adapters.adapters().stream()
                                        .map(LayerAdapter::layer)
                                        .toList()))
                        .config(config)
                        .length(LENGTH)
                        .backend(backend)
                        .embeddings(pooling, texts)
                        .build();
                long predicted = memory.activations() + memory.dropout() + memory.objective() + memory.evaluation();
                assertEquals(1.0, (double) predicted / allocated, 0.02, memory.toString());
            }
        }
    }

    @Test
    void build_ofImages_isWhatARunAllocates() {
        TrainingConfig config = TrainingConfig.builder().epochs(1).batchSize(10).build();
        Backend backend = CpuBackends.dividedAmong(2);
        try (TransformerWeights weights = SmallVit.weights(DataType.FLOAT);
                SequenceHead head = new SequenceHead(weights, 2, 5)) {
            int[] heights = new int[64];
            Arrays.fill(heights, 12);
            List<ImageInput> images = SmallVit.images(weights.model(), heights);
            List<TrainingExample> examples = IntStream.range(0, 64)
                    .mapToObj(i -> new TrainingExample(images.get(i), new Target.Category(i % 2)))
                    .toList();
            List<FrozenLinear> layers = LayerSelector.regex(".*").select(weights.encoderLayers());
            AdapterSet adapters = AdapterSet.create(layers, LORA, backend);
            Objective objective = SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
            long allocated =
                    allocated(new AdaptedModel(weights, adapters, objective, backend), config, examples, images);
            adapters.close();
            TrainingMemory memory = TrainingMemory.builder(weights.model(), candidate(layers))
                    .config(config)
                    .backend(backend)
                    .build();
            long predicted = memory.activations() + memory.dropout() + memory.objective() + memory.evaluation();
            assertEquals(1.0, (double) predicted / allocated, 0.02, memory.toString());
        }
    }

    private static List<TokenSequence> sequences(Transformer model, int count) {
        Random random = new Random(4);
        return IntStream.range(0, count)
                .mapToObj(i -> new TokenSequence(
                        random.ints(LENGTH, 0, model.vocabulary()).toArray(), new int[LENGTH], 1))
                .toList();
    }

    /** The most that all buffers hold after any step or evaluation of 64 examples. */
    private static long allocated(
            TransformerWeights weights, List<FrozenLinear> layers, TrainingConfig config, Backend backend) {
        boolean predicts = weights.model().isCausal();
        List<TokenSequence> sequences = sequences(weights.model(), 64);
        List<TrainingExample> examples = IntStream.range(0, 64)
                .mapToObj(i -> new TrainingExample(sequences.get(i), new Target.Category(i % 2)))
                .toList();
        try (AdapterSet adapters = AdapterSet.create(layers, LORA, backend);
                SequenceHead head = new SequenceHead(weights, 2, 5)) {
            Objective objective = predicts
                    ? new NextTokenObjective(weights, backend)
                    : SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
            return allocated(new AdaptedModel(weights, adapters, objective, backend), config, examples, sequences);
        }
    }

    /** As the other; closes the model. */
    private static long allocated(
            AdaptedModel adapted,
            TrainingConfig config,
            List<TrainingExample> items,
            List<? extends ModelInput> evaluated) {
        long[] most = new long[1];
        long before = Buffer.allocatedBytes();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void stepped(int step, int steps, double loss) {
                most[0] = Math.max(most[0], Buffer.allocatedBytes() - before);
            }

            @Override
            public void evaluated(EvaluationResult result, boolean best) {
                most[0] = Math.max(most[0], Buffer.allocatedBytes() - before);
            }
        };
        try (AdaptedModel model = adapted) {
            new Trainer(model, config, listener)
                    .run(items, Evaluation.of("number", m -> Map.of("number", m.predict(evaluated)[0][0])));
        }
        return most[0];
    }

    @Test
    void frozenWeights_areThoseOfTheModelInThePrecisionAskedFor() throws IOException {
        Transformer model = model(SmallModel.LLAMA);
        try (TransformerWeights weights =
                new TransformerWeights(model, new RandomWeights(model, false), DataType.FLOAT)) {
            List<FrozenLinear> layers = weights.linearLayers();
            long linear = layers.stream()
                    .mapToLong(l -> (long) l.inFeatures() * l.outFeatures())
                    .sum();
            TrainingMemory.Builder builder =
                    TrainingMemory.builder(model, candidate(layers)).length(LENGTH);
            long wide = builder.build().frozenWeights();
            long tables = 2L * model.vocabulary() * model.width();
            assertEquals(
                    linear * 2 + tables * 2,
                    wide - builder.precision(BasePrecision.BF16).build().frozenWeights());
            assertEquals(
                    Math.round(linear * (4 - 34 / 32.0)) + tables * 2,
                    wide - builder.precision(BasePrecision.INT8).build().frozenWeights());
            assertEquals(
                    Math.round((linear + tables) * (4 - 0.625)),
                    wide
                            - builder.precision(BasePrecision.STORED)
                                    .storedBytes(0.625)
                                    .build()
                                    .frozenWeights());
        }
    }

    @Test
    void objective_vocabularyOfAnySize_isBounded() {
        for (int vocabulary : new int[] {32_000, 50_257, 128_256}) {
            long bytes = NextTokenObjective.memoryBytes(vocabulary, false, 0, 4096, 8192, 2);
            assertTrue(bytes <= 2L * (1 << 23) * Float.BYTES, vocabulary + ": " + bytes);
            assertTrue(bytes > 0.95 * 2 * (1 << 23) * Float.BYTES, vocabulary + ": " + bytes);
        }
    }

    @Test
    void build_badSettings_areNamed() {
        Transformer model = model(SmallModel.BERT);
        TrainingMemory.Builder builder =
                TrainingMemory.builder(model, new Candidate(LORA, List.of(new LayerShape("layer", 48, 48))));
        assertMessage(
                "sequences of 1 tokens, expected >= 2", () -> builder.length(1).build());
        assertMessage(
                "token batch: sequence 0 has 41 tokens, the model has positions for 40",
                () -> builder.length(41).build());
        assertMessage(
                "0.0 bytes per stored weight, expected > 0 and <= 8",
                () -> builder.length(24).storedBytes(0).build());
        assertMessage(
                "embeddings of 1 texts in an example, expected >= 2",
                () -> builder.storedBytes(4).embeddings(Pooling.CLS, 1).build());
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

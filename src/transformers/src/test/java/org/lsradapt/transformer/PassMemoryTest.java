package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.PassMemory.Pass;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** The prediction against the bytes of all buffers that a pass holds: equal, not about equal. */
class PassMemoryTest {
    private static final List<String> LAYERS = List.of(
            ".*",
            ".*layers?\\.[12]\\..*",
            ".*layers?\\.2\\..*(key|key_proj|k_proj)",
            ".*layers?\\.1\\.(output.dense|mlp.down_proj)",
            ".*layers?\\.[01]\\..*(query|query_proj|q_proj|value_proj|intermediate.dense|mlp.gate_proj)");
    private static final int[] LENGTHS = {8, 3, 2, 8, 2, 4, 5, 4, 6, 6, 7, 12};

    static Stream<Arguments> cases() {
        return Stream.of(SmallModel.values())
                .flatMap(family -> LAYERS.stream()
                        .flatMap(layers -> Stream.of(Rows.FIRST, Rows.ALL, Rows.PREDICTING)
                                .map(rows -> Arguments.of(family, layers, rows))));
    }

    private static List<TokenSequence> sequences(Transformer model, int... lengths) {
        Random random = new Random(2);
        return IntStream.of(lengths)
                .mapToObj(n ->
                        new TokenSequence(random.ints(n, 0, model.vocabulary()).toArray(), new int[n], 1))
                .toList();
    }

    private static ToIntFunction<String> ranks(AdapterSet adapters) {
        Map<String, Integer> ranks = adapters.lsrAdapters().stream()
                .collect(Collectors.toMap(
                        LsrAdapter::name, adapter -> adapter.config().bottleneckRank()));
        return name -> ranks.getOrDefault(name, 0);
    }

    private static TransformerPass pass(
            Pass pass, TransformerWeights weights, AdapterSet adapters, Dropout dropout, Backend backend) {
        return switch (pass) {
            case INFERENCE -> TransformerPass.inference(weights, adapters, backend);
            case TRAINING -> TransformerPass.training(weights, adapters, dropout, false, backend);
            case CHECKPOINTED -> TransformerPass.training(weights, adapters, dropout, true, backend);
        };
    }

    /** The bytes of a pass's buffers after a batch. */
    private static long held(
            Pass kind,
            TransformerWeights weights,
            AdapterSet adapters,
            double dropped,
            TokenBatch batch,
            Backend backend) {
        Dropout dropout = new Dropout();
        dropout.set(dropped, 5, 0);
        dropout.nextStep();
        dropout.begin(batch.size());
        adapters.materialize();
        adapters.zeroGradients();
        long before = Buffer.allocatedBytes();
        try (TransformerPass pass = pass(kind, weights, adapters, dropout, backend)) {
            long rows = pass.forward(batch).size(0);
            if (kind != Pass.INFERENCE) {
                pass.backward(
                        batch,
                        RandomArrays.normal(
                                new Random(1),
                                weights.dataType(),
                                rows,
                                weights.model().width()));
            }
            return Buffer.allocatedBytes() - before;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void of_everyPass_isWhatItHolds(SmallModel family, String layers, Rows rows) {
        for (int lanes = 1; lanes <= 2; lanes++) {
            Backend backend = CpuBackends.dividedAmong(lanes);
            try (TransformerWeights weights = family.weights(DataType.FLOAT, false)) {
                List<FrozenLinear> selected = LayerSelector.regex(layers).select(weights.linearLayers());
                try (AdapterSet adapters = AdapterSet.create(
                        selected, LsrConfig.builder().separationRank(2).build(), backend)) {
                    TokenBatch batch = TokenBatch.of(sequences(weights.model(), LENGTHS), weights.model(), rows);
                    for (Pass pass : Pass.values()) {
                        for (double dropout : new double[] {0, 0.3}) {
                            long held = held(pass, weights, adapters, dropout, batch, backend);
                            PassMemory predicted =
                                    PassMemory.of(weights.model(), pass, ranks(adapters), dropout > 0, batch, backend);
                            assertEquals(held, predicted.total(), pass + ", dropout " + dropout + ", " + predicted);
                        }
                    }
                }
            }
        }
    }

    /** With one more layer in the middle. */
    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void of_checkpointing_growsByOneInputPerLayer(SmallModel family) {
        Transformer three = family.model();
        TokenBatch batch = TokenBatch.of(sequences(three, LENGTHS), three, Rows.FIRST);
        Backend backend = CpuBackends.dividedAmong(1);
        ToIntFunction<String> ranks = name -> name.contains("query") || name.contains("q_proj") ? 4 : 0;
        List<Block> blocks = new ArrayList<>(three.blocks());
        blocks.add(1, blocks.get(1));
        Transformer four = new Transformer(
                three.embeddings(), blocks, three.finalNorm(), three.head(), three.vocabularyHead(), three.maxTokens());
        long grown = PassMemory.of(four, Pass.CHECKPOINTED, ranks, false, batch, backend)
                        .activations()
                - PassMemory.of(three, Pass.CHECKPOINTED, ranks, false, batch, backend)
                        .activations();
        assertEquals(Buffer.roomFor(batch.tokens()) * three.width() * Float.BYTES, grown);
        long kept =
                PassMemory.of(four, Pass.TRAINING, ranks, false, batch, backend).activations()
                        - PassMemory.of(three, Pass.TRAINING, ranks, false, batch, backend)
                                .activations();
        assertTrue(kept > 4 * grown, kept + " and " + grown);
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void of_aLongText_isWhatItHolds(SmallModel family) {
        Backend backend = CpuBackends.dividedAmong(1);
        try (TransformerWeights weights = family.longer(DataType.FLOAT, 1100);
                AdapterSet adapters = AdapterSet.create(
                        LayerSelector.regex(".*").select(weights.linearLayers()), LsrConfig.lora(2, 4), backend)) {
            TokenBatch batch = TokenBatch.of(sequences(weights.model(), 1050, 9), weights.model(), Rows.ALL);
            for (Pass pass : Pass.values()) {
                long held = held(pass, weights, adapters, 0, batch, backend);
                assertEquals(
                        held,
                        PassMemory.of(weights.model(), pass, ranks(adapters), false, batch, backend)
                                .total(),
                        pass.toString());
            }
        }
    }

    /** A text of 512 tokens keeps its attention probabilities, which longer texts compute again. */
    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void of_longTexts_growsWithTheirLength(SmallModel family) {
        Transformer model = family.model(64, 4, 96, 31, 8200);
        for (Pass pass : Pass.values()) {
            double usual = perToken(model, pass, 512);
            double first = perToken(model, pass, 2048);
            for (int tokens : new int[] {4096, 8192}) {
                double bytes = perToken(model, pass, tokens);
                assertTrue(bytes <= 1.1 * usual, tokens + ": " + bytes + " and " + usual);
                assertEquals(first, bytes, 0.01 * first, pass + ", " + tokens + " tokens");
            }
        }
    }

    private static double perToken(Transformer model, Pass pass, int tokens) {
        TokenBatch batch = TokenBatch.of(sequences(model, tokens), model, Rows.ALL);
        return (double) PassMemory.of(model, pass, name -> 8, false, batch, CpuBackends.dividedAmong(1))
                        .total()
                / tokens;
    }
}

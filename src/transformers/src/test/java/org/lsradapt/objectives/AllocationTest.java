package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Counts the arrays, views included, that a training step makes: ND4J numbers them all. */
class AllocationTest {

    static Stream<Arguments> familiesAndLanes() {
        return Stream.of(SmallModel.values())
                .flatMap(family -> Stream.of(1, 2).map(lanes -> Arguments.of(family, lanes)));
    }

    @ParameterizedTest
    @MethodSource("familiesAndLanes")
    void step_ofAShapeSeenBefore_makesNoArray(SmallModel family, int lanes) {
        Backend backend = CpuBackends.dividedAmong(lanes);
        TransformerWeights weights = family.weights(DataType.FLOAT);
        try (AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = SequenceModels.of(weights, adapters, head, Loss.CROSS_ENTROPY, backend)) {
            AdamW optimizer = AdamW.builder().weightDecay(0.01).build().addAll(model.trainable(), 1e-3);
            List<Target> labels = Target.categories(0, 1, 1, 0);
            List<TokenSequence> first = batch(weights.model(), 11, 11, 3, 3);
            List<TokenSequence> second = batch(weights.model(), 9, 9, 4, 4);
            assertEquals(lanes, DividedBatch.parts(first, weights.model(), lanes), "the batch is not divided");
            for (List<TokenSequence> batch : List.of(first, second)) {
                model.lossAndGradients(batch, labels);
                optimizer.step();
            }
            long before = newestArray();
            for (List<TokenSequence> batch : List.of(first, second, first)) {
                model.lossAndGradients(batch, labels);
                optimizer.step();
            }
            assertEquals(before + 1, newestArray());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void embeddingStep_ofAShapeSeenBefore_makesNoArray(int chunkSize) {
        Backend backend = CpuBackends.dividedAmong(2);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        EmbeddingObjective objective =
                new EmbeddingObjective(weights, Pooling.MEAN, true, EmbeddingLoss.contrast(0.05), backend);
        try (AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), backend);
                AdaptedModel model = new AdaptedModel(weights, adapters, objective, backend)) {
            model.chunkSize(chunkSize);
            List<Target> labels =
                    List.of(Target.Role.ANCHOR, Target.Role.POSITIVE, Target.Role.ANCHOR, Target.Role.POSITIVE);
            List<TokenSequence> first = batch(weights.model(), 11, 11, 3, 3);
            List<TokenSequence> second = batch(weights.model(), 9, 9, 4, 4);
            // Buffers grow in the first step, backward from the shorter chunk to the longer, and lose views by it.
            for (List<TokenSequence> batch : List.of(first, second, first)) {
                model.lossAndGradients(batch, labels);
            }
            long before = newestArray();
            for (List<TokenSequence> batch : List.of(first, second, first)) {
                model.lossAndGradients(batch, labels);
            }
            assertEquals(before + 1, newestArray());
        }
    }

    private static List<TokenSequence> batch(Transformer model, int... lengths) {
        Random random = new Random(3);
        return IntStream.of(lengths)
                .mapToObj(n ->
                        new TokenSequence(random.ints(n, 0, model.vocabulary()).toArray(), new int[n]))
                .toList();
    }

    /** The number of an array made now. */
    private static long newestArray() {
        return Nd4j.scalar(0f).getId();
    }
}

package org.lsradapt.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.training.AdamW;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Counts the arrays, views included, that a training step makes: ND4J numbers them all. */
class AllocationTest {

    @ParameterizedTest
    @CsvSource({"BERT, 1", "BERT, 2", "ROBERTA, 1", "ROBERTA, 2"})
    void step_ofAShapeSeenBefore_makesNoArray(EncoderConfig.Family family, int lanes) throws IOException {
        Backend backend = CpuBackends.dividedAmong(lanes);
        EncoderConfig config = RandomWeights.small(family);
        EncoderWeights weights = new EncoderWeights(config, new RandomWeights(config, true), DataType.FLOAT);
        try (AdapterSet adapters = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query", "value")).select(weights.linearLayers()),
                        LsrConfig.defaults(),
                        backend);
                SequenceHead head = new SequenceHead(weights, 2, backend, 1);
                SequenceModel model = new SequenceModel(weights, adapters, head, Loss.CROSS_ENTROPY, backend)) {
            AdamW optimizer = new AdamW(0.01).addAll(model.trainable(), 1e-3);
            double[] labels = {0, 1, 1, 0};
            List<TokenSequence> first = batch(config, 11, 11, 3, 3);
            List<TokenSequence> second = batch(config, 9, 9, 4, 4);
            assertEquals(lanes, BatchSplit.of(TokenBatch.of(first, config), config.hidden(), lanes).size());
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

    private static List<TokenSequence> batch(EncoderConfig config, int... lengths) {
        Random random = new Random(3);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, config.vocabulary()).toArray(), new int[n]))
                .toList();
    }

    /** The number of an array made now. */
    private static long newestArray() {
        return Nd4j.scalar(0f).getId();
    }
}

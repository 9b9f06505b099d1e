package org.lsradapt.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.encoder.kernels.Kernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Updates per sequence against a pass that was planned with the adapters. */
class SequenceUpdatesTest {
    private static final Backend BACKEND = Backends.standard();

    private static EncoderWeights weights(DataType type) throws IOException {
        EncoderConfig config = RandomWeights.small(EncoderConfig.Family.BERT);
        return new EncoderWeights(config, new RandomWeights(config, true), type);
    }

    private static EncoderPass pass(EncoderWeights weights, AdapterSet adapters, EncoderPass.Output output) {
        return new EncoderPass(
                weights, adapters, BACKEND, Kernels.standard(BACKEND, weights.dataType()), output, false);
    }

    private static AdapterSet adapters(EncoderWeights weights) {
        AdapterSet set = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), BACKEND);
        set.values().assign(RandomArrays.normal(new Random(3), weights.dataType(), set.parameterCount()).muli(0.3));
        set.materialize();
        return set;
    }

    private static TokenBatch batch(EncoderWeights weights, int... lengths) {
        Random random = new Random(1);
        return TokenBatch.of(
                IntStream.of(lengths)
                        .mapToObj(n -> new TokenSequence(
                                random.ints(n, 0, weights.config().vocabulary()).toArray(), new int[n]))
                        .toList(),
                weights.config());
    }

    @ParameterizedTest
    @EnumSource(EncoderPass.Output.class)
    void forward_updatesForSomeSequences_equalsPassWithAndWithoutAdapters(EncoderPass.Output output)
            throws IOException {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            EncoderWeights weights = weights(type);
            AdapterSet adapters = adapters(weights);
            TokenBatch batch = batch(weights, 5, 1, 16, 7, 5);
            try (EncoderPass with = pass(weights, adapters, output);
                    EncoderPass without = pass(weights, null, output);
                    EncoderPass mixed = pass(weights, null, output);
                    DenseUpdates updates = DenseUpdates.of(adapters)) {
                INDArray adapted = with.forward(batch);
                INDArray plain = without.forward(batch);
                List<DenseUpdates> own = Arrays.asList(updates, null, null, updates, updates);
                INDArray actual = mixed.forward(batch, own);
                int[] from = output == EncoderPass.Output.ALL_TOKENS ? batch.offsets() : new int[] {0, 1, 2, 3, 4, 5};
                for (int row = 0; row < actual.size(0); row++) {
                    int at = row;
                    int sequence = (int) IntStream.range(1, 5).filter(b -> from[b] <= at).count();
                    if (own.get(sequence) == null) {
                        assertArrayEquals(plain.getRow(row).toDoubleVector(), actual.getRow(row).toDoubleVector());
                    } else {
                        double error = RandomArrays.relativeError(adapted.getRow(row), actual.getRow(row));
                        assertTrue(error < RandomArrays.tolerance(type), "row " + row + ": " + error);
                    }
                }
                assertEquals(0, RandomArrays.relativeError(plain, mixed.forward(batch)), "after a call with updates");
            }
        }
    }

    @Test
    void forward_updatesThatDoNotGoWithThePass_areRefused() throws IOException {
        EncoderWeights weights = weights(DataType.FLOAT);
        AdapterSet adapters = adapters(weights);
        TokenBatch batch = batch(weights, 3, 2);
        try (EncoderPass with = pass(weights, adapters, EncoderPass.Output.FIRST_TOKENS);
                EncoderPass without = pass(weights, null, EncoderPass.Output.FIRST_TOKENS);
                DenseUpdates updates = DenseUpdates.of(adapters)) {
            assertThrows(IllegalStateException.class, () -> with.forward(batch, Collections.nCopies(2, updates)));
            String message = assertThrows(
                            IllegalArgumentException.class, () -> without.forward(batch, List.of(updates)))
                    .getMessage();
            assertEquals("encoder pass: 2 sequences and updates for 1", message);
        }
    }
}

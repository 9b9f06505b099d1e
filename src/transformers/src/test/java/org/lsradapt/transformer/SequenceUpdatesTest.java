package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Updates per sequence against a pass that was planned with the adapters. */
class SequenceUpdatesTest {
    private static final Backend BACKEND = Backends.standard();

    private static AdapterSet adapters(TransformerWeights weights) {
        AdapterSet set = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), set.parameterCount())
                        .muli(0.3));
        set.materialize();
        return set;
    }

    private static TokenBatch batch(TransformerWeights weights, Rows rows, int... lengths) {
        Random random = new Random(1);
        return TokenBatch.of(
                IntStream.of(lengths)
                        .mapToObj(n -> new TokenSequence(
                                random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                        .toList(),
                weights.model(),
                rows);
    }

    static Stream<Arguments> familiesAndRows() {
        return Stream.of(SmallModel.values())
                .flatMap(family -> Stream.of(Rows.ALL, Rows.FIRST, Rows.LAST).map(rows -> Arguments.of(family, rows)));
    }

    @ParameterizedTest
    @MethodSource("familiesAndRows")
    void forward_updatesForSomeSequences_equalsPassWithAndWithoutAdapters(SmallModel family, Rows rows) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            TransformerWeights weights = family.weights(type);
            AdapterSet adapters = adapters(weights);
            TokenBatch batch = batch(weights, rows, 5, 1, 14, 7, 5);
            try (TransformerPass with = TransformerPass.inference(weights, adapters, BACKEND);
                    TransformerPass without = TransformerPass.inference(weights, BACKEND);
                    TransformerPass mixed = TransformerPass.inference(weights, BACKEND);
                    DenseUpdates updates = DenseUpdates.of(adapters)) {
                INDArray adapted = with.forward(batch);
                INDArray plain = without.forward(batch);
                List<DenseUpdates> own = Arrays.asList(updates, null, null, updates, updates);
                INDArray actual = mixed.forward(batch, own);
                int[] from = batch.wantedOffsets();
                for (int row = 0; row < actual.size(0); row++) {
                    int at = row;
                    int sequence = (int)
                            IntStream.range(1, 5).filter(b -> from[b] <= at).count();
                    if (own.get(sequence) == null) {
                        assertArrayEquals(
                                plain.getRow(row).toDoubleVector(),
                                actual.getRow(row).toDoubleVector());
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
    void forward_updatesThatDoNotGoWithThePass_areRefused() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        AdapterSet adapters = adapters(weights);
        TokenBatch batch = batch(weights, Rows.FIRST, 3, 2);
        try (TransformerPass with = TransformerPass.inference(weights, adapters, BACKEND);
                TransformerPass without = TransformerPass.inference(weights, BACKEND);
                DenseUpdates updates = DenseUpdates.of(adapters)) {
            assertThrows(IllegalStateException.class, () -> with.forward(batch, Collections.nCopies(2, updates)));
            String message = assertThrows(
                            IllegalArgumentException.class, () -> without.forward(batch, List.of(updates)))
                    .getMessage();
            assertEquals("pass: 2 sequences and updates for 1", message);
        }
    }
}

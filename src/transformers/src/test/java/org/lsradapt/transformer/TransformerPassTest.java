package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.internal.PlainKernels;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class TransformerPassTest {
    private static final Backend BACKEND = Backends.standard();

    private static List<TokenSequence> sequences(Transformer model, int... lengths) {
        Random random = new Random(7);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, model.vocabulary()).toArray(),
                        random.ints(n, 0, model.tokenTypes()).toArray(),
                        Math.max(1, n / 2)))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void forward_packedBatch_equalsEachSequenceAlone(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.FLOAT, false);
        List<TokenSequence> batch = sequences(weights.model(), 4, 9, 2, 14);
        try (TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            TokenBatch packed = TokenBatch.of(batch, weights.model(), Rows.ALL);
            INDArray together = pass.forward(packed).dup();
            for (Rows rows : Rows.values()) {
                TokenBatch wanted = TokenBatch.of(batch, weights.model(), rows);
                INDArray some = pass.forward(wanted).dup();
                for (int i = 0; i < wanted.wantedRows().length; i++) {
                    INDArray row = together.getRow(wanted.wantedRows()[i]);
                    assertTrue(RandomArrays.relativeError(row, some.getRow(i)) < 3e-5, rows + " " + i);
                }
            }
            for (int b = 0; b < batch.size(); b++) {
                INDArray alone = pass.forward(TokenBatch.of(List.of(batch.get(b)), weights.model(), Rows.ALL));
                for (int t = 0; t < batch.get(b).length(); t++) {
                    INDArray row = together.getRow(packed.offsets()[b] + t);
                    assertTrue(RandomArrays.relativeError(alone.getRow(t), row) < 3e-5);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void forward_plainKernelsInFloat_agreeWithTheFastOnes(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.FLOAT);
        TokenBatch batch = TokenBatch.of(sequences(weights.model(), 6, 2), weights.model(), Rows.ALL);
        try (TransformerPass fast = TransformerPass.inference(weights, BACKEND);
                TransformerPass plain = TransformerPass.inference(
                        weights, new Arithmetic(BACKEND, new PlainKernels(), Memory.NATIVE))) {
            assertTrue(RandomArrays.relativeError(plain.forward(batch), fast.forward(batch)) < 3e-5);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"LLAMA", "QWEN3", "GEMMA2"})
    void forward_tokenByTokenWithACache_equalsTheWholeSequence(SmallModel family) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            TransformerWeights weights = family.weights(type);
            int[] ids = sequences(weights.model(), 13).get(0).ids();
            TokenSequence whole = new TokenSequence(ids, new int[13]);
            try (TransformerPass pass = TransformerPass.inference(weights, BACKEND);
                    KeyValueCache cache = new KeyValueCache(weights, 16)) {
                INDArray expected = pass.forward(TokenBatch.of(List.of(whole), weights.model(), Rows.ALL))
                        .dup();
                List<Integer> pieces = new ArrayList<>(List.of(5, 1, 1, 3, 1, 2));
                int past = 0;
                for (int piece : pieces) {
                    int[] next =
                            IntStream.range(past, past + piece).map(i -> ids[i]).toArray();
                    INDArray row = pass.forward(next, cache, Optional.empty());
                    past += piece;
                    double error = RandomArrays.relativeError(expected.getRow(past - 1), row);
                    assertTrue(error < RandomArrays.tolerance(type), type + " at " + past + ": " + error);
                    assertEquals(past, cache.tokens());
                }
            }
        }
    }

    @Test
    void batch_outOfRange_namesPlaceAndLimit() {
        Transformer model = SmallModel.ROBERTA.model();
        assertMessage(
                "token batch: token id 31 at position 1 of sequence 0, expected 0 … 30",
                () -> TokenBatch.of(List.of(new TokenSequence(new int[] {3, 31}, new int[2])), model, Rows.ALL));
        assertMessage(
                "token batch: sequence 0 has 15 tokens, the model has positions for 14",
                () -> TokenBatch.of(List.of(new TokenSequence(new int[15], new int[15])), model, Rows.ALL));
        assertMessage(
                "token batch: all 2 tokens of sequence 0 are given, expected at least one to predict",
                () -> TokenBatch.of(List.of(new TokenSequence(new int[2], new int[2], 2)), model, Rows.PREDICTING));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

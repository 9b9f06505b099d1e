package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** Batches of many lengths, one after another in one pass. */
class ManyLengthsTest {
    private final Backend backend = CpuBackends.inBfloat16(1);

    private static TransformerWeights weights(SmallModel family, BasePrecision precision) throws IOException {
        Transformer model = family.model(64, 4, 96, 31, 400);
        return new TransformerWeights(model, new RandomWeights(model, true), DataType.FLOAT, precision);
    }

    /** Two sequences. */
    private static TokenBatch batch(Transformer model, int tokens) {
        Random random = new Random(tokens);
        List<TokenSequence> sequences = IntStream.of(3, tokens - 3)
                .mapToObj(n ->
                        new TokenSequence(random.ints(n, 0, model.vocabulary()).toArray(), new int[n]))
                .toList();
        return TokenBatch.of(sequences, model, Rows.ALL);
    }

    private static float[] forward(TransformerPass pass, TokenBatch batch) {
        return pass.forward(batch).dup('c').data().asFloat();
    }

    @ParameterizedTest
    @EnumSource(
            value = BasePrecision.class,
            names = {"BF16", "INT8", "INT8_DYNAMIC"})
    void forward_afterOtherLengths_isThatOfANewPass(BasePrecision precision) throws IOException {
        try (TransformerWeights weights = weights(SmallModel.BERT, precision);
                TransformerPass pass = TransformerPass.inference(weights, backend)) {
            for (int tokens : new int[] {130, 17, 99, 141, 140, 5}) {
                TokenBatch batch = batch(weights.model(), tokens);
                float[] after = forward(pass, batch);
                try (TransformerPass alone = TransformerPass.inference(weights, backend)) {
                    assertArrayEquals(forward(alone, batch), after, tokens + " tokens");
                }
            }
        }
    }

    @Test
    void forward_ofManyLengths_compilesFewOperations() throws IOException, InterruptedException {
        List<Integer> compiled = new ArrayList<>();
        try (TransformerWeights weights = weights(SmallModel.BERT, BasePrecision.BF16);
                TransformerPass pass = TransformerPass.inference(weights, backend)) {
            Thread own = new Thread(() -> {
                for (int tokens = 129; tokens <= 192; tokens++) {
                    pass.forward(batch(weights.model(), tokens));
                }
                compiled.add(OneDnn.compiledOperations());
            });
            own.start();
            own.join();
        }
        // Four products and a rounding for each multiple of 8, and a rounding for each number of rows of the
        // activation's chunks, 12,288 / 96 = 128 and 1 to 64. Which thread runs a chunk is not determined. Attention
        // has
        // two products and a softmax for each, of 3 heads and of 1, and copies of a few numbers of rows.
        assertTrue(compiled.get(0) <= 5 * 8 + 65 + 2 * 3 * 9 + 50, compiled + " compiled operations");
    }
}

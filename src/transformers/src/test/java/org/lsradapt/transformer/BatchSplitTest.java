package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;

class BatchSplitTest {
    private static final Transformer MODEL = SmallModel.BERT.model();

    private static TokenBatch batch(int... lengths) {
        Random random = new Random(1);
        return TokenBatch.of(
                IntStream.of(lengths)
                        .mapToObj(n -> new TokenSequence(
                                IntStream.range(0, n)
                                        .map(i -> random.nextInt(MODEL.vocabulary()))
                                        .toArray(),
                                new int[n]))
                        .toList(),
                MODEL,
                Rows.ALL);
    }

    @Test
    void of_randomLengths_sharesHoldEachTokenOnceAndAreBalanced() {
        Random random = new Random(2);
        for (int shares = 2; shares <= 4; shares++) {
            int[] lengths = random.ints(40, 1, 16).toArray();
            TokenBatch whole = batch(lengths);
            BatchSplit split = BatchSplit.of(whole, 384, shares);
            assertEquals(shares, split.size());
            int[] seen = new int[whole.tokens()];
            for (int share = 0; share < shares; share++) {
                TokenBatch part = split.batch(share);
                int[] tokens = split.wanted(share);
                assertEquals(part.tokens(), tokens.length);
                assertEquals(part.size(), split.sequences(share).length);
                for (int i = 0; i < tokens.length; i++) {
                    seen[tokens[i]]++;
                    assertEquals(whole.ids()[tokens[i]], part.ids()[i]);
                    assertEquals(whole.positions()[tokens[i]], part.positions()[i]);
                }
                assertTrue(part.tokens() * shares < 1.05 * whole.tokens(), "share of " + part.tokens());
            }
            assertTrue(Arrays.stream(seen).allMatch(count -> count == 1));
        }
    }

    @Test
    void of_sequencesThatDoNotDivide_leavesTheBatchWhole() {
        TokenBatch whole = batch(12, 3, 1);
        BatchSplit split = BatchSplit.of(whole, 384, 2);
        assertEquals(1, split.size());
        assertEquals(whole, split.batch(0));
        assertArrayEquals(new int[] {0, 1, 2}, split.sequences(0));
        assertEquals(1, BatchSplit.of(batch(5), 384, 2).size());
    }
}

package org.lsradapt.spark.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/** How a step is divided, and its parts are put together. */
class ShareTest {

    private static TrainingStep step(Random random, int batches, int size) {
        List<List<TrainingExample>> all = new ArrayList<>();
        int label = 0;
        for (int b = 0; b < batches; b++) {
            List<TrainingExample> batch = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(size); i++) {
                int[] ids = random.ints(1 + random.nextInt(60), 1, 1000).toArray();
                batch.add(
                        new TrainingExample(new TokenSequence(ids, new int[ids.length]), new Target.Category(label++)));
            }
            all.add(batch);
        }
        return new TrainingStep(3, 1, all);
    }

    @Property(tries = 300)
    void divide_hasEachSequenceOnce_inOrder_andKnowsItsPlace(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 3) int batches,
            @ForAll @IntRange(min = 1, max = 20) int size,
            @ForAll @IntRange(min = 1, max = 30) int count) {
        TrainingStep step = step(new Random(seed), batches, size);
        List<Share> shares = Share.divide(step, 7.5, 0.1, count).stream()
                .map(share -> Wire.value(Wire.bytes(share), Share.class))
                .toList();
        assertTrue(!shares.isEmpty() && shares.size() <= count, "shares " + shares.size());
        for (int b = 0; b < batches; b++) {
            List<TrainingExample> batch = step.batches().get(b);
            int place = 0;
            for (Share share : shares) {
                assertEquals(3, share.step());
                assertEquals(7.5, share.weight());
                Share.Piece piece = share.pieces().get(b);
                List<ModelInput> inputs = piece.inputs();
                assertEquals(inputs.size(), piece.targets().size());
                if (!inputs.isEmpty()) {
                    assertEquals(place, piece.before());
                }
                assertEquals(batch.size(), piece.before() + inputs.size() + piece.behind());
                for (int i = 0; i < inputs.size(); i++, place++) {
                    TrainingExample expected = batch.get(place);
                    assertEquals(expected.targets().get(0), piece.targets().get(i));
                    assertArrayEquals(
                            ((TokenSequence) expected.sequences().get(0)).ids(), ((TokenSequence) inputs.get(i)).ids());
                }
            }
            assertEquals(batch.size(), place);
        }
    }

    @Test
    void divide_givesEachAboutAsManyTokens() {
        TrainingStep step = step(new Random(5), 1, 400);
        List<Integer> tokens = Share.divide(step, 1, 0, 4).stream()
                .map(share -> share.pieces().get(0).inputs().stream()
                        .mapToInt(ModelInput::length)
                        .sum())
                .toList();
        int total = tokens.stream().mapToInt(t -> t).sum();
        for (int own : tokens) {
            assertEquals(total / 4.0, own, 60, tokens.toString());
        }
    }

    @Test
    void sum_isThatOfDoubles_roundedOnce() {
        List<byte[]> parts = new ArrayList<>();
        parts.add(Wire.bytes(new Share.Result(0.5, new float[][] {{1f, 2f}, {1e8f}})));
        parts.add(Wire.bytes(new Share.Result(0.25, new float[][] {{3f, -2f}, {1f}})));
        parts.add(Wire.bytes(new Share.Result(0.125, new float[][] {{0f, 1f}, {-1e8f}})));
        Share.Result sum = Share.Result.sum(parts);
        assertEquals(0.875, sum.loss());
        assertArrayEquals(new float[] {4f, 1f}, sum.gradients()[0]);
        assertArrayEquals(new float[] {1f}, sum.gradients()[1]);
    }
}

package org.lsradapt.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.factory.Nd4j;

/** The training of adapters of other kinds in a small model, for tests. */
final class SmallTraining {
    /** Of {@link #batch}. */
    static final List<Target> LABELS = Target.categories(0, 1, 1, 0);

    private SmallTraining() {}

    /** Gives adapters random numbers; returns the same set. */
    static AdapterSet random(AdapterSet set) {
        set.values()
                .assign(RandomArrays.normal(new Random(3), set.values().dataType(), set.parameterCount())
                        .muli(0.4));
        set.materialize();
        return set;
    }

    /** Four sequences, the same in each call. */
    static List<TokenSequence> batch(TransformerWeights weights) {
        Random random = new Random(7);
        return IntStream.of(9, 9, 4, 4)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                .toList();
    }

    /** Trains the adapters for some steps, of which all but the first allocate no array. */
    static void assertLowersLoss(AdaptedModel model, List<TokenSequence> batch) {
        AdamW optimizer =
                AdamW.builder().weightDecay(0).build().add(model.trainable().get(0), 0.01);
        double start = model.lossAndGradients(batch, LABELS);
        optimizer.step();
        model.lossAndGradients(batch, LABELS);
        long newest = Nd4j.scalar(0f).getId();
        for (int step = 0; step < 30; step++) {
            optimizer.step();
            model.lossAndGradients(batch, LABELS);
        }
        assertEquals(newest + 1, Nd4j.scalar(0f).getId());
        double end = model.lossAndGradients(batch, LABELS);
        assertTrue(end < 0.9 * start, start + " → " + end);
    }
}

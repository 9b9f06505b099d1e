package org.lsradapt.training;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.transformer.ModelInput;

/** Texts that an embedding model learns from together. Immutable. */
public final class TrainingPair implements TrainingItem {
    private final List<? extends ModelInput> sequences;
    private final double[] labels;

    private TrainingPair(List<? extends ModelInput> sequences, double[] labels) {
        this.sequences = sequences;
        this.labels = labels;
    }

    /**
     * For {@link EmbeddingLoss#contrast}.
     *
     * @param anchor a text
     * @param positive one that belongs to it
     * @param negatives some that do not; copied
     */
    public static TrainingPair contrast(ModelInput anchor, ModelInput positive, List<? extends ModelInput> negatives) {
        List<? extends ModelInput> all =
                Stream.concat(Stream.of(anchor, positive), negatives.stream()).toList();
        double[] roles =
                IntStream.range(0, all.size()).mapToDouble(TrainingPair::role).toArray();
        return new TrainingPair(all, roles);
    }

    private static double role(int place) {
        return place == 0 ? EmbeddingLoss.ANCHOR : place == 1 ? EmbeddingLoss.POSITIVE : EmbeddingLoss.NEGATIVE;
    }

    /**
     * For {@link EmbeddingLoss#cosine}.
     *
     * @param first a text
     * @param second another
     * @param score how similar they are
     */
    public static TrainingPair scored(ModelInput first, ModelInput second, double score) {
        return new TrainingPair(List.of(first, second), new double[] {score, score});
    }

    @Override
    public List<? extends ModelInput> sequences() {
        return sequences;
    }

    @Override
    public double[] labels() {
        return labels.clone();
    }
}

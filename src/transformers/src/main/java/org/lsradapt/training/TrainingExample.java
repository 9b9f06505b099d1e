package org.lsradapt.training;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.PreferenceObjective;
import org.lsradapt.transformer.ModelInput;

/** An element of batches: a sequence with its label, or texts that an embedding model learns from together. Immutable. */
public final class TrainingExample {
    private final List<ModelInput> sequences;
    private final double[] labels;

    private TrainingExample(List<ModelInput> sequences, double[] labels) {
        this.sequences = sequences;
        this.labels = labels;
    }

    /**
     * A labelled sequence.
     *
     * @param tokens the text or image as the model reads it
     * @param label a class index or a value
     */
    public TrainingExample(ModelInput tokens, double label) {
        this(List.of(tokens), new double[] {label});
    }

    /** A sequence for next-token training; its label is NaN, which other objectives refuse. */
    public static TrainingExample of(ModelInput tokens) {
        return new TrainingExample(tokens, Double.NaN);
    }

    /** A labelled example of a task. */
    public static TrainingExample of(EncodedExample example) {
        return new TrainingExample(example.tokens(), example.example().label());
    }

    /**
     * For {@link EmbeddingLoss#contrast}.
     *
     * @param anchor a text
     * @param positive one that belongs to it
     * @param negatives some that do not; copied
     */
    public static TrainingExample contrast(
            ModelInput anchor, ModelInput positive, List<? extends ModelInput> negatives) {
        List<ModelInput> all =
                Stream.concat(Stream.of(anchor, positive), negatives.stream()).toList();
        double[] roles = IntStream.range(0, all.size())
                .mapToDouble(
                        i -> i == 0 ? EmbeddingLoss.ANCHOR : i == 1 ? EmbeddingLoss.POSITIVE : EmbeddingLoss.NEGATIVE)
                .toArray();
        return new TrainingExample(all, roles);
    }

    /**
     * For {@link EmbeddingLoss#cosine}.
     *
     * @param first a text
     * @param second another
     * @param score how similar they are
     */
    public static TrainingExample scored(ModelInput first, ModelInput second, double score) {
        return new TrainingExample(List.of(first, second), new double[] {score, score});
    }

    /**
     * For {@link org.lsradapt.objectives.RankingLoss}es that are of a query's passages together.
     *
     * @param passages the query with each passage; copied
     * @param labels one for each, as {@link org.lsradapt.objectives.RankingLoss#labels} makes them; copied
     */
    public static TrainingExample ofQuery(List<? extends ModelInput> passages, double[] labels) {
        return new TrainingExample(List.copyOf(passages), labels.clone());
    }

    /**
     * For a {@link PreferenceObjective}.
     *
     * @param chosen a prompt with the preferred answer
     * @param rejected the prompt with another answer
     * @param pair the index of the pair in the objective's reference, if it has one
     */
    public static TrainingExample preference(ModelInput chosen, ModelInput rejected, int pair) {
        return new TrainingExample(List.of(chosen, rejected), new double[] {pair, PreferenceObjective.rejected(pair)});
    }

    /** The sequences, at least one. */
    public List<ModelInput> sequences() {
        return sequences;
    }

    /** The labels of each sequence for the objective; new. */
    public double[] labels() {
        return labels.clone();
    }
}

package org.lsradapt.training.examples;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * An element of batches: a sequence with its target, or texts that an embedding model learns from together. Immutable.
 *
 * @param sequences the sequences, at least one
 */
public record TrainingExample(List<ModelInput> sequences, List<Target> targets) {
    /** Copies the lists. */
    public TrainingExample {
        sequences = List.copyOf(sequences);
        targets = List.copyOf(targets);
    }

    /** Creates an example of a sequence with its target. */
    public TrainingExample(ModelInput tokens, Target target) {
        this(List.of(tokens), List.of(target));
    }

    /** Creates an example of a classification. */
    public static TrainingExample ofClass(EncodedExample example) {
        return new TrainingExample(
                example.tokens(), new Target.Category(example.example().category()));
    }

    /** Creates an example of a sequence that holds its own targets, such as next tokens. */
    public static TrainingExample of(ModelInput tokens) {
        return new TrainingExample(tokens, Target.OWN);
    }

    /** Creates an example for {@link EmbeddingLoss#contrast} of an anchor, a text that belongs to it, and texts that do not, copied. */
    public static TrainingExample contrast(
            ModelInput anchor, ModelInput positive, List<? extends ModelInput> negatives) {
        List<Target> roles = new ArrayList<>(List.of(Target.Role.ANCHOR, Target.Role.POSITIVE));
        roles.addAll(Collections.nCopies(negatives.size(), Target.Role.NEGATIVE));
        return new TrainingExample(
                Stream.concat(Stream.of(anchor, positive), negatives.stream()).toList(), roles);
    }

    /** Creates an example for {@link EmbeddingLoss#cosine} of two texts and their similarity. */
    public static TrainingExample scored(ModelInput first, ModelInput second, double score) {
        return new TrainingExample(List.of(first, second), Target.values(score, score));
    }

    /**
     * Creates an example for {@link org.lsradapt.objectives.heads.RankingLoss}es over all passages of a query.
     *
     * @param passages the query with each passage; copied
     * @param targets one target per passage, as {@link org.lsradapt.objectives.heads.RankingLoss#targets} returns them; copied
     */
    public static TrainingExample ofQuery(List<? extends ModelInput> passages, List<Target> targets) {
        return new TrainingExample(List.copyOf(passages), targets);
    }

    /**
     * Creates an example for a {@link org.lsradapt.objectives.language.PreferenceObjective}.
     *
     * @param chosen a prompt with the preferred answer
     * @param rejected the prompt with another answer
     * @param reference the base model's log-probabilities of both; empty for losses without a reference
     */
    public static TrainingExample preference(ModelInput chosen, ModelInput rejected, double[] reference) {
        boolean has = reference.length > 0;
        return new TrainingExample(
                List.of(chosen, rejected),
                List.of(
                        new Target.Answer(true, has ? new double[] {reference[0]} : reference),
                        new Target.Answer(false, has ? new double[] {reference[1]} : reference)));
    }
}

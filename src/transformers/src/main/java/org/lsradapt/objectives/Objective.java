package org.lsradapt.objectives;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The objective of a training. It reads hidden states, computes outputs, and has a loss with gradients. It may have its
 * own parameters, such as a head.
 *
 * <p>A loss is a weighted mean, Σ w_i·l_i / Σ w_i, over sequences or their tokens. It may be computed in parts: each
 * part is divided by the whole's Σ w_i. Each l_i depends on its own sequence only, with two exceptions: in an
 * {@link EmbeddingObjective} it may depend on all sequences of its part, and in a {@link RankingLoss} on all passages
 * of its query.
 */
public interface Objective {

    /** The hidden states that it reads. */
    Rows rows();

    /**
     * The model's linear layers between the hidden states and the outputs, such as a pooler. Layers that compute hidden
     * states are not included.
     */
    default List<FrozenLinear> layers() {
        return List.of();
    }

    /** The objective's own parameters as one block; by default none. */
    default List<Parameter> trainable() {
        return List.of();
    }

    /**
     * The settings of its loss, except parameters and targets, by name. A checkpoint with other settings is rejected.
     * Each value describes its setting completely.
     */
    Map<String, String> settings();

    /**
     * Returns the objective of a contrast of the classes that this one tells apart, on the same hidden states and targets;
     * see {@link EmbeddingLoss#classes}. By default there is none.
     */
    default Optional<Objective> contrast() {
        return Optional.empty();
    }

    /** The part of each class's weight that is spread evenly over all classes; 0 without label smoothing. */
    default double labelSmoothing() {
        return 0;
    }

    /** Opens a run of this objective for one thread, with its own memory. The objective must outlive it. */
    Run open(Function<String, LayerUpdate> updates);

    /**
     * Checks targets and returns Σ w_i of some sequences.
     *
     * @param targets one per sequence, of the objective's kind; not read if sequences hold their own targets
     * @throws IllegalArgumentException if the counts differ, or the objective does not take a target
     */
    double weight(List<? extends ModelInput> sequences, List<Target> targets);

    /** One thread's use of an objective. */
    interface Run extends AutoCloseable {

        /**
         * Computes the outputs for sequences.
         *
         * @param features their hidden states [rows, width] as {@link Objective#rows} asks for them; not modified
         * @return one row of values per sequence
         */
        double[][] outputs(List<? extends ModelInput> sequences, INDArray features);

        /**
         * Computes a part of the loss, and adds its gradients to those of {@link Objective#trainable}.
         *
         * @param batch the sequences and their targets
         * @param features the hidden states of the sequences; not modified
         * @param total Σ w_i of the whole
         * @param wanted whether to compute the features' gradient
         * @return Σ w_i·l_i of these sequences over {@code total}, and the gradient
         */
        Part loss(Batch batch, INDArray features, double total, boolean wanted);

        /**
         * Sets where losses over a vocabulary are computed from now on. The default does nothing, for objectives
         * without such losses.
         *
         * @throws IllegalStateException if there is too little memory there; nothing is changed then
         */
        default void openVocabularyBy(PassFactory factory) {}

        @Override
        void close();
    }

    /**
     * Sequences with their targets.
     *
     * @param targets as {@link #weight} takes them
     */
    record Batch(List<? extends ModelInput> sequences, List<Target> targets) {

        Batch part(int from, int to) {
            return new Batch(sequences.subList(from, to), targets.subList(from, to));
        }
    }

    /**
     * A part of a loss.
     *
     * @param gradient ∂L/∂features [rows, width], memory of the run; null if it was not wanted
     */
    record Part(double loss, @Nullable INDArray gradient) {}
}

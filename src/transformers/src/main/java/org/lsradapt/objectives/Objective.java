package org.lsradapt.objectives;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The objective of a training: reads hidden states, gives outputs, and has a loss with its gradients. It may have
 * parameters of its own, a head's.
 *
 * <p>A loss is a weighted mean, Σ w_i·l_i / Σ w_i, over the sequences or their tokens, which may be computed in parts:
 * each part is divided by the whole's Σ w_i. An l_i is of its own sequence alone, but for an
 * {@link EmbeddingObjective}, where it may depend on all sequences of its part, and a {@link RankingLoss} of a query's passages
 * together.
 */
public interface Objective {

    /** Which hidden states it reads. */
    Rows rows();

    /**
     * The model's linear layers that it reads hidden states through, such as a pooler; those that compute hidden states are not among
     * them.
     */
    default List<FrozenLinear> layers() {
        return List.of();
    }

    /** The vector of its own parameters as one block; empty if it has none. */
    List<Parameter> trainable();

    /**
     * The settings of its loss besides parameters and targets, by name, so that another one's checkpoint is rejected; a value says
     * all of it in words.
     */
    Map<String, String> settings();

    /** The part of each class's weight that is spread evenly over all classes; 0 where targets count as they are. */
    default double labelSmoothing() {
        return 0;
    }

    /** A run of this objective for one thread, with memory of its own. The objective must outlive it. */
    Run open(Function<String, LayerUpdate> updates);

    /**
     * Checks targets, and gives Σ w_i of some sequences.
     *
     * @param sequences the sequences
     * @param targets one per sequence, of the kind that the objective takes; not read where sequences hold their own
     * @return the sum of the weights of what their loss is a mean of
     * @throws IllegalArgumentException if their counts differ, or a target is not what the objective takes
     */
    double weight(List<? extends ModelInput> sequences, List<Target> targets);

    /** One thread's use of an objective. */
    interface Run extends AutoCloseable {

        /**
         * The outputs for sequences.
         *
         * @param sequences the sequences
         * @param features their hidden states [rows, width] as {@link Objective#rows} asks for them; not modified
         * @return one row of values per sequence
         */
        double[][] outputs(List<? extends ModelInput> sequences, INDArray features);

        /**
         * A part of the loss, and its gradients: adds to those of {@link Objective#trainable}.
         *
         * @param sequences the sequences
         * @param targets as of {@link Objective#weight}
         * @param features their hidden states; not modified
         * @param total Σ w_i of the whole
         * @param wanted whether the features' gradient is wanted
         * @return Σ w_i·l_i of these sequences over {@code total}, and the gradient
         */
        Part loss(
                List<? extends ModelInput> sequences,
                List<Target> targets,
                INDArray features,
                double total,
                boolean wanted);

        /**
         * Says where losses over a vocabulary are computed from now on, if there are any. By default there are none.
         *
         * @throws IllegalStateException if there is too little memory there; nothing is changed then
         */
        default void openVocabularyBy(PassFactory factory) {}

        @Override
        void close();
    }

    /**
     * A part of a loss.
     *
     * @param loss its value
     * @param gradient ∂L/∂features [rows, width], memory of the run; null if it was not wanted
     */
    record Part(double loss, @Nullable INDArray gradient) {}
}

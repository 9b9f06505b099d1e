package org.lsradapt.transformer;

import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Opens passes through models that are computed in a certain place, such as on a GPU. */
@FunctionalInterface
public interface PassFactory {

    /**
     * The settings of a pass that trains.
     *
     * @param dropout dropout of the adapters' input; kept
     * @param checkpointed whether the backward pass computes each layer again instead of keeping what it needs
     */
    record Training(Dropout dropout, boolean checkpointed) {}

    /** Returns a factory of passes in this process, equal to any other of its backend. A training pass needs adapters. */
    static PassFactory here(Backend backend) {
        return new TransformerPass.Here(backend);
    }

    /**
     * Checks in advance that passes can be opened and have enough memory. The default checks nothing.
     *
     * @param adapters adapters of its layers; may include adapters of other layers
     * @throws IllegalArgumentException as {@link #open}
     * @throws IllegalStateException if there is too little memory; the message says how much is needed
     */
    default void require(TransformerWeights weights, Optional<AdapterSet> adapters, Training training) {}

    /**
     * Opens a pass that computes losses over a vocabulary. The default leaves them to this process.
     *
     * @param table E of logits h·E + d, [width, tokens]; kept
     * @param bias d [tokens], FLOAT; empty for none
     * @param cap c: a logit z counts as c·tanh(z/c); empty for none
     * @return the pass, which the caller closes; empty if this process computes the losses
     * @throws IllegalStateException if there is too little memory; the message says how much is needed
     */
    default Optional<VocabularyPass> vocabulary(FrozenWeight table, Optional<INDArray> bias, OptionalDouble cap) {
        return Optional.empty();
    }

    /**
     * Opens a pass for predictions, whose sequences may have different adapters. The default runs in this process.
     *
     * @param weights the model; kept
     * @param backend computes the matrix products in this process
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException if the model has a part that cannot be computed there; the message names it
     * @throws IllegalStateException if there is too little memory; the message says how much is needed
     */
    default InferencePass inference(TransformerWeights weights, Backend backend) {
        return TransformerPass.inference(weights, backend);
    }

    /**
     * Opens a pass that continues sequences. The default runs in this process.
     *
     * @param weights a causal model that predicts tokens; kept
     * @param backend computes the matrix products in this process
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException as {@link #inference}
     * @throws IllegalStateException as {@link #inference}
     */
    default NextTokenPass nextTokens(TransformerWeights weights, Backend backend) {
        return new LocalNextTokens(weights, backend);
    }

    /** The number of prediction passes worth running at the same time; by default one per core. */
    default int atOnce() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Opens a pass.
     *
     * @param weights the model; kept
     * @param adapters adapters of its layers, may include adapters of other layers; kept. Each forward pass reads their
     *     parameters
     * @param training how the pass trains; empty for a pass that only goes forward
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException if the model or the adapters have a part that cannot be computed there; the message
     *     names it
     */
    ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training);
}

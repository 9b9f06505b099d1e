package org.lsradapt.transformer;

import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenWeight;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Opens passes through models where they are to be computed, such as on a GPU. */
@FunctionalInterface
public interface PassFactory {

    /**
     * How a pass trains.
     *
     * @param dropout what is dropped of the adapters' input; kept
     * @param checkpointed whether the backward pass computes each layer again rather than keep what it needs
     */
    record Training(Dropout dropout, boolean checkpointed) {}

    /**
     * Opens passes in this process. A pass that trains needs adapters.
     *
     * @param backend the matrix products
     */
    static PassFactory here(Backend backend) {
        return (weights, adapters, training) -> {
            if (training.isPresent()) {
                Training how = training.get();
                return TransformerPass.training(
                        weights, adapters.orElseThrow(), how.dropout(), how.checkpointed(), backend);
            }
            return adapters.isPresent()
                    ? TransformerPass.towerInference(weights, adapters.get(), backend)
                    : TransformerPass.inference(weights, backend);
        };
    }

    /**
     * Checks that passes can be opened, with memory for what is to be computed, before anything is. By default nothing is checked.
     *
     * @param weights the model
     * @param adapters adapters of its layers, and perhaps of others
     * @param training how a pass will train
     * @throws IllegalArgumentException as {@link #open}
     * @throws IllegalStateException if there is too little memory; the message says what it would take
     */
    default void require(TransformerWeights weights, Optional<AdapterSet> adapters, Training training) {}

    /**
     * Opens what computes losses over a vocabulary. By default these are computed in this process.
     *
     * @param table E of logits h·E + d, [width, tokens]; kept
     * @param bias d [tokens], FLOAT; empty for none
     * @param cap c: a logit z counts as c·tanh(z/c); empty for none
     * @return what the caller closes; empty where it is not computed there
     * @throws IllegalStateException if there is too little memory; the message says what it would take
     */
    default Optional<VocabularyPass> vocabulary(FrozenWeight table, Optional<INDArray> bias, OptionalDouble cap) {
        return Optional.empty();
    }

    /**
     * Opens a pass for predictions, whose sequences may have different adapters. By default it is in this process.
     *
     * @param weights the model; kept
     * @param backend the matrix products in this process
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException if the model has a part that cannot be computed there; the message names it
     * @throws IllegalStateException if there is too little memory; the message says what it would take
     */
    default InferencePass inference(TransformerWeights weights, Backend backend) {
        return TransformerPass.inference(weights, backend);
    }

    /**
     * Opens a pass that continues sequences. By default it is in this process.
     *
     * @param weights a causal model that predicts tokens; kept
     * @param backend the matrix products in this process
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException as {@link #inference}
     * @throws IllegalStateException as {@link #inference}
     */
    default NextTokenPass nextTokens(TransformerWeights weights, Backend backend) {
        return new LocalNextTokens(weights, backend);
    }

    /** How many passes for predictions are of use at the same time; by default one for each core. */
    default int atOnce() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Opens a pass.
     *
     * @param weights the model; kept
     * @param adapters adapters of its layers, and perhaps of others; kept. Their parameters are read at each forward pass
     * @param training how it trains; empty for a pass that goes forward only
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException if the model or the adapters have a part that cannot be computed there; the message
     *     names it
     */
    ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training);
}

package org.lsradapt.report;

import java.util.List;
import java.util.Optional;
import org.lsradapt.training.TrainingResult;

/**
 * The outcome of one method with one seed.
 *
 * @param method such as {@code lsr}
 * @param seed the seed
 * @param layers the adapted layers of the best evaluation; empty if the head alone was trained
 * @param headParameters trainable parameters of the head
 * @param training losses and metrics per evaluation
 * @param predictions what a classifier says about the evaluation examples; empty for all else
 */
public record MethodResult(
        String method,
        long seed,
        List<LayerReport> layers,
        long headParameters,
        TrainingResult training,
        Optional<Predictions> predictions) {

    /** The outcome of what is no classifier. */
    public MethodResult(
            String method, long seed, List<LayerReport> layers, long headParameters, TrainingResult training) {
        this(method, seed, layers, headParameters, training, Optional.empty());
    }

    /** Copies the list. */
    public MethodResult {
        layers = List.copyOf(layers);
    }

    /** Trainable parameters of all adapters. */
    public long adapterParameters() {
        return layers.stream().mapToLong(LayerReport::parameters).sum();
    }

    /** Trainable parameters in all. */
    public long trainableParameters() {
        return adapterParameters() + headParameters;
    }
}

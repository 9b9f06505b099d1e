package org.lsradapt.report;

import java.util.List;
import org.lsradapt.training.TrainingResult;

/**
 * The outcome of one method with one seed.
 *
 * @param method such as {@code lsr}
 * @param seed the seed
 * @param layers the adapted layers of the best evaluation; empty if the head alone was trained
 * @param adapterParameters trainable parameters of all adapters; what layers share counts once
 * @param headParameters trainable parameters of the head
 * @param training losses and metrics per evaluation
 */
public record MethodResult(
        String method,
        long seed,
        List<LayerReport> layers,
        long adapterParameters,
        long headParameters,
        TrainingResult training) {

    /** Copies the list. */
    public MethodResult {
        layers = List.copyOf(layers);
    }

    /** Trainable parameters in all. */
    public long trainableParameters() {
        return adapterParameters + headParameters;
    }
}

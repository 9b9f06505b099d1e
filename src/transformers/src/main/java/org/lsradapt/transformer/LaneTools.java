package org.lsradapt.transformer;

import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.internal.Kernels;

/**
 * What the parts of one thread's computation share.
 *
 * @param weights the model
 * @param updates returns a new update of a linear layer, by its name
 * @param backend computes the matrix products
 * @param kernels compute everything else
 * @param plan allocates memory
 */
record LaneTools(
        TransformerWeights weights,
        Function<String, LayerUpdate> updates,
        Backend backend,
        Kernels kernels,
        MemoryPlan plan) {

    LayerUpdate update(String layer) {
        return updates.apply(layer);
    }
}

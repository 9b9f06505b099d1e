package org.lsradapt.transformer;

import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.internal.Kernels;

/** The tools that all parts of one thread's computation share; {@code updates} returns a new update of a layer. */
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

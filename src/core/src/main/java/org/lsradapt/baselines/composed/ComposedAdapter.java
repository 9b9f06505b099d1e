package org.lsradapt.baselines.composed;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterPart;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's dense ΔW, computed from the updates of its parts. */
abstract class ComposedAdapter extends LayerAdapter {
    final List<AdapterPart> parts;
    final INDArray delta;
    final INDArray gradDelta;
    final INDArray scratch;
    private final long deltaFrom;

    ComposedAdapter(FrozenLinear layer, Parts parts, StackMemory memory) {
        super(layer, memory);
        this.parts = parts.adapters().stream().map(AdapterPart::new).toList();
        delta = parts.delta();
        scratch = parts.scratch();
        deltaFrom = parts.gradientFrom();
        gradDelta = memory.denseGradients().view(deltaFrom, layer.inFeatures(), layer.outFeatures());
    }

    /** The parts' adapters, ΔW [in, out], scratch of its shape for one call at a time, and the start of its gradients. */
    record Parts(List<LayerAdapter> adapters, INDArray delta, INDArray scratch, long gradientFrom) {}

    /** Computes ΔW from the parts as last materialized. */
    abstract void writeDelta();

    /** Turns the gradient of ΔW into the gradients that the parts collect, all summed over the lanes. */
    abstract void collect();

    @Override
    protected void materializeOne() {
        parts.forEach(AdapterPart::materialize);
        writeDelta();
    }

    @Override
    protected Product product() {
        return new Product(Optional.empty(), delta, deltaFrom, 1);
    }
}

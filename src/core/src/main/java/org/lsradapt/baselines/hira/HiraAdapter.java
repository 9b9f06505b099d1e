package org.lsradapt.baselines.hira;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterPart;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's W∘U. While ΔW is merged, W is not available: ΔW keeps its last value and cannot be read. */
final class HiraAdapter extends LayerAdapter {
    private final HiraConfig config;
    private final LayerAdapter update;
    private final AdapterPart part;
    private final INDArray delta;
    private final INDArray gradDelta;
    private final long deltaFrom;

    HiraAdapter(
            FrozenLinear layer,
            HiraConfig config,
            LayerAdapter update,
            INDArray delta,
            long deltaFrom,
            StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.update = update;
        part = new AdapterPart(update);
        this.delta = delta;
        this.deltaFrom = deltaFrom;
        gradDelta = memory.denseGradients().view(deltaFrom, layer.inFeatures(), layer.outFeatures());
    }

    @Override
    public HiraConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return update.scaling();
    }

    @Override
    public List<Parameter> parameters() {
        return update.parameters();
    }

    @Override
    protected void initialize(long seed) {
        part.initialize(seed);
    }

    @Override
    protected void materializeOne() {
        part.materialize();
        writeDelta();
    }

    /** Computes ΔW from U as last materialized. */
    void writeDelta() {
        if (!isMerged()) {
            part.write(delta);
            layer().weight().multiplyElements(backend(), delta, delta);
        }
    }

    /** Turns the gradient of ΔW into the gradients that U collects, all summed over the lanes. */
    void collect(INDArray gradUpdate) {
        layer().weight().multiplyElements(backend(), gradDelta, gradUpdate);
        part.collect(gradUpdate);
    }

    @Override
    protected void addDelta(double beta, INDArray out) {
        requireUnmerged();
        super.addDelta(beta, out);
    }

    @Override
    protected Product product() {
        return new Product(Optional.empty(), delta, deltaFrom, 1);
    }
}

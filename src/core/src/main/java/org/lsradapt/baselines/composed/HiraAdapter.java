package org.lsradapt.baselines.composed;

import java.util.List;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's W∘U. While ΔW is merged, W is not available: ΔW keeps its last value and cannot be read. */
final class HiraAdapter extends ComposedAdapter {
    private final HiraConfig config;
    private final LayerAdapter update;

    HiraAdapter(FrozenLinear layer, HiraConfig config, Parts parts, StackMemory memory) {
        super(layer, parts, memory);
        this.config = config;
        update = parts.adapters().get(0);
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
        parts.get(0).initialize(seed);
    }

    @Override
    void writeDelta() {
        if (!isMerged()) {
            parts.get(0).write(delta);
            layer().weight().multiplyElements(backend(), delta, delta);
        }
    }

    @Override
    void collect() {
        layer().weight().multiplyElements(backend(), gradDelta, scratch);
        parts.get(0).collect(scratch);
    }

    @Override
    protected void addDelta(double beta, INDArray out) {
        requireUnmerged();
        super.addDelta(beta, out);
    }
}

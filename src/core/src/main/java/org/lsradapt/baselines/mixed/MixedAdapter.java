package org.lsradapt.baselines.mixed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterPart;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's sum of terms; each term is an adapter. */
final class MixedAdapter extends LayerAdapter {
    private final MixedConfig config;
    private final List<AdapterPart> terms;
    private final List<Parameter> parameters;
    private final INDArray delta;
    private final INDArray gradDelta;
    private final INDArray scratch;
    private final long deltaFrom;

    MixedAdapter(
            FrozenLinear layer, MixedConfig config, List<LayerAdapter> terms, Matrices matrices, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.terms = terms.stream().map(AdapterPart::new).toList();
        delta = matrices.delta();
        scratch = matrices.scratch();
        deltaFrom = matrices.gradientFrom();
        gradDelta = memory.denseGradients().view(deltaFrom, layer.inFeatures(), layer.outFeatures());
        List<Parameter> all =
                terms.stream().flatMap(term -> term.parameters().stream()).toList();
        List<String> names = MixedConfig.names(layer.name(), terms.size());
        parameters = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            parameters.add(
                    new Parameter(names.get(i), all.get(i).value(), all.get(i).gradient()));
        }
    }

    /** An adapter's ΔW [in, out], scratch of its shape for one call at a time, and the start of its gradients. */
    record Matrices(INDArray delta, INDArray scratch, long gradientFrom) {}

    @Override
    public MixedConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return config.scaling();
    }

    @Override
    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    @Override
    protected void initialize(long seed) {
        for (int k = 0; k < terms.size(); k++) {
            terms.get(k).initialize(SplitMix64.output(seed, k));
        }
    }

    @Override
    protected void materializeOne() {
        terms.forEach(AdapterPart::materialize);
        writeDelta();
    }

    /** Computes ΔW from the terms as last materialized. */
    void writeDelta() {
        terms.get(0).write(delta);
        for (AdapterPart term : terms.subList(1, terms.size())) {
            term.write(scratch);
            backend().add(scratch, delta);
        }
    }

    /** Turns the gradient of ΔW into the gradients that the terms collect, all summed over the lanes. */
    void collect() {
        writeDenseGradients(gradDelta);
    }

    @Override
    protected void writeDenseGradients(INDArray gradient) {
        terms.forEach(term -> term.collect(gradient));
    }

    @Override
    protected Product product() {
        return new Product(Optional.empty(), delta, deltaFrom, 1);
    }
}

package org.lsradapt.baselines.composed;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.AdapterPart;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenLinear;

/** One layer's sum of terms; each term is a part. */
final class MixedAdapter extends ComposedAdapter {
    private final MixedConfig config;
    private final List<Parameter> parameters = new ArrayList<>();

    MixedAdapter(FrozenLinear layer, MixedConfig config, Parts terms, StackMemory memory) {
        super(layer, terms, memory);
        this.config = config;
        List<String> names = MixedConfig.names(layer.name(), parts.size());
        terms.adapters().stream()
                .flatMap(term -> term.parameters().stream())
                .forEach(own ->
                        parameters.add(new Parameter(names.get(parameters.size()), own.value(), own.gradient())));
    }

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
        for (int k = 0; k < parts.size(); k++) {
            parts.get(k).initialize(SplitMix64.output(seed, k));
        }
    }

    @Override
    void writeDelta() {
        parts.get(0).write(delta);
        for (AdapterPart term : parts.subList(1, parts.size())) {
            term.write(scratch);
            backend().add(scratch, delta);
        }
    }

    @Override
    void collect() {
        parts.forEach(term -> term.collect(gradDelta));
    }
}

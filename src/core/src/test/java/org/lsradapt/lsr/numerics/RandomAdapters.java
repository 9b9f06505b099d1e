package org.lsradapt.lsr.numerics;

import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Adapter sets whose trainable parameters are all random. */
final class RandomAdapters {

    private RandomAdapters() {}

    /** Adapters of layers of sizes [in, out], named layer0 and so on, materialized. */
    static AdapterSet set(long seed, DataType type, List<int[]> sizes, LsrConfig config) {
        return set(seed, type, sizes, Collections.nCopies(sizes.size(), config));
    }

    /** The same with a configuration per layer. */
    static AdapterSet set(long seed, DataType type, List<int[]> sizes, List<LsrConfig> configs) {
        List<FrozenLinear> layers = new ArrayList<>();
        for (int[] size : sizes) {
            layers.add(FrozenLinear.of("layer" + layers.size(), Nd4j.zeros(type, size[0], size[1])));
        }
        AdapterSet set = AdapterSet.create(layers, layer -> configs.get(layers.indexOf(layer)), Backends.standard());
        Random random = new Random(seed);
        for (Parameter parameter : set.parameters()) {
            parameter.value().assign(normal(random, type, parameter.value().shape()));
        }
        set.materialize();
        return set;
    }
}

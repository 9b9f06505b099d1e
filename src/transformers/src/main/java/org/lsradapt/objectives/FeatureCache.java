package org.lsradapt.objectives;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The hidden states that a head reads from inputs, kept up to a bound while no weights are written. For one thread. */
final class FeatureCache implements AutoCloseable {
    private static final int MOST = 50_000;

    private final DataType type;
    private final int width;
    /** The key of an input; empty for the object itself. */
    private final Optional<Function<ModelInput, Object>> key;

    private final Map<Object, INDArray> kept;
    /** {@link InPlaceMerge#writes} when the kept states were computed. */
    private long writes = InPlaceMerge.writes();

    FeatureCache(DataType type, int width) {
        this(type, width, Optional.empty(), new IdentityHashMap<>());
    }

    /** Creates a cache in which inputs with equal keys have the same states. */
    FeatureCache(DataType type, int width, Function<ModelInput, Object> key) {
        this(type, width, Optional.of(key), new HashMap<>());
    }

    private FeatureCache(
            DataType type, int width, Optional<Function<ModelInput, Object>> key, Map<Object, INDArray> kept) {
        this.type = type;
        this.width = width;
        this.key = key;
        this.kept = kept;
    }

    private Object key(ModelInput input) {
        return key.isPresent() ? key.get().apply(input) : input;
    }

    boolean has(ModelInput input) {
        return kept.containsKey(key(input));
    }

    /** Returns features [n, width], new; {@code compute} computes those that are not kept. */
    INDArray of(List<? extends ModelInput> inputs, Function<List<? extends ModelInput>, INDArray> compute) {
        if (writes != InPlaceMerge.writes()) {
            close();
            writes = InPlaceMerge.writes();
        }
        List<? extends ModelInput> missing =
                inputs.stream().filter(input -> !has(input)).toList();
        INDArray computed = missing.isEmpty() ? null : compute.apply(missing);
        IdentityHashMap<ModelInput, INDArray> fresh = new IdentityHashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            INDArray row = computed.getRow(i).dup();
            fresh.put(missing.get(i), row);
            if (kept.size() < MOST) {
                kept.putIfAbsent(key(missing.get(i)), row);
            }
        }
        INDArray features = Nd4j.createUninitialized(type, new long[] {inputs.size(), width}, 'c');
        for (int i = 0; i < inputs.size(); i++) {
            INDArray row = kept.get(key(inputs.get(i)));
            features.putRow(i, row != null ? row : fresh.get(inputs.get(i)));
        }
        return features;
    }

    @Override
    public void close() {
        kept.values().forEach(INDArray::close);
        kept.clear();
    }
}

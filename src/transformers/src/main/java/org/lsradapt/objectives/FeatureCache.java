package org.lsradapt.objectives;

import java.util.IdentityHashMap;
import java.util.List;
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
    private final IdentityHashMap<ModelInput, INDArray> kept = new IdentityHashMap<>();
    /** {@link InPlaceMerge#writes} when the kept states were computed. */
    private long writes = InPlaceMerge.writes();

    FeatureCache(DataType type, int width) {
        this.type = type;
        this.width = width;
    }

    boolean has(ModelInput input) {
        return kept.containsKey(input);
    }

    /** Returns features [n, width], new; {@code compute} computes those that are not kept. */
    INDArray of(List<? extends ModelInput> inputs, Function<List<? extends ModelInput>, INDArray> compute) {
        if (writes != InPlaceMerge.writes()) {
            close();
            writes = InPlaceMerge.writes();
        }
        List<? extends ModelInput> missing =
                inputs.stream().filter(input -> !kept.containsKey(input)).toList();
        INDArray computed = missing.isEmpty() ? null : compute.apply(missing);
        IdentityHashMap<ModelInput, INDArray> fresh = new IdentityHashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            INDArray row = computed.getRow(i).dup();
            fresh.put(missing.get(i), row);
            if (kept.size() < MOST) {
                kept.put(missing.get(i), row);
            }
        }
        INDArray features = Nd4j.createUninitialized(type, new long[] {inputs.size(), width}, 'c');
        for (int i = 0; i < inputs.size(); i++) {
            INDArray row = kept.get(inputs.get(i));
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

package org.lsradapt.transformer;

import java.util.Optional;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.ndarray.INDArray;

final class LocalNextTokens implements NextTokenPass {
    private final TransformerWeights weights;
    private final FrozenWeight table;
    private final Backend backend;
    private final TransformerPass pass;
    private final Buffer logits;

    LocalNextTokens(TransformerWeights weights, Backend backend) {
        this.weights = weights;
        this.backend = backend;
        table = weights.vocabularyWeight().orElseThrow();
        pass = TransformerPass.inference(weights, backend);
        logits = new Buffer(weights.dataType(), table.outFeatures());
    }

    @Override
    public Sequence begin(int capacity, Optional<DenseUpdates> updates) {
        KeyValueCache cache = new KeyValueCache(weights, capacity);
        return new Sequence() {
            @Override
            public int tokens() {
                return cache.tokens();
            }

            @Override
            public void clear() {
                cache.clear();
            }

            @Override
            public double[] logits(int[] ids) {
                try (TransformerWeights.Use use = weights.use()) {
                    INDArray z = logits.rows(1);
                    table.multiply(backend, pass.forward(ids, cache, updates), 0, z);
                    double[] values = new double[(int) z.length()];
                    backend.read(z, values);
                    return values;
                }
            }

            @Override
            public void close() {
                cache.close();
            }
        };
    }

    @Override
    public void close() {
        pass.close();
        logits.close();
    }
}

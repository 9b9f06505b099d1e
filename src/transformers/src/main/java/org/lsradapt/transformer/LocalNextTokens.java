package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Continues sequences in this process. Several tokens of one sequence are a pass of their own; single tokens of all
 * sequences share one, whose rows are computed as if each were alone.
 */
final class LocalNextTokens implements NextTokenPass {
    private final TransformerWeights weights;
    private final FrozenWeight table;
    private final Backend alone;
    private final TransformerPass several;
    private final TransformerPass single;
    private final Buffer logits;

    LocalNextTokens(TransformerWeights weights, Backend backend) {
        this.weights = weights;
        alone = backend.withRowsAlone();
        table = weights.vocabularyWeight().orElseThrow();
        several = TransformerPass.inference(weights, backend);
        single = TransformerPass.inference(weights, alone);
        logits = new Buffer(weights.dataType(), table.outFeatures());
    }

    /** Tokens that are copied from a cache and into others. */
    private record Copy(KeyValueCache cache) implements Kept {
        @Override
        public void close() {
            cache.close();
        }
    }

    private final class Local implements Sequence {
        private final KeyValueCache cache;
        private final Optional<DenseUpdates> updates;

        Local(int capacity, Optional<DenseUpdates> updates) {
            cache = new KeyValueCache(weights, capacity);
            this.updates = updates;
        }

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
                return read(hidden(ids, cache.tokens() + ids.length))[0];
            }
        }

        private INDArray hidden(int[] ids, int length) {
            return (ids.length == 1 ? single : several).forward(List.of(next(ids, length)));
        }

        private TransformerPass.Next next(int[] ids, int length) {
            return new TransformerPass.Next(ids, cache, updates, length);
        }

        @Override
        public void add(int[] ids, int length) {
            hidden(ids, length);
        }

        @Override
        public Optional<Kept> keep(int from, int to) {
            KeyValueCache copy = new KeyValueCache(weights, to - from);
            copy.append(cache, from, to);
            return Optional.of(new Copy(copy));
        }

        @Override
        public void add(Kept kept) {
            KeyValueCache copy = ((Copy) kept).cache;
            cache.append(copy, 0, copy.tokens());
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    @Override
    public Sequence begin(int capacity, Optional<DenseUpdates> updates) {
        return new Local(capacity, updates);
    }

    @Override
    public boolean together() {
        return true;
    }

    @Override
    public double[][] logits(List<Sequence> sequences, int[] next) {
        List<TransformerPass.Next> step = new ArrayList<>();
        for (int i = 0; i < next.length; i++) {
            Local one = (Local) sequences.get(i);
            step.add(one.next(new int[] {next[i]}, one.tokens() + 1));
        }
        try (TransformerWeights.Use use = weights.use()) {
            return read(single.forward(step));
        }
    }

    private double[][] read(INDArray hidden) {
        int rows = (int) hidden.size(0);
        INDArray z = logits.rows(rows);
        try (Backend.Pass scope = alone.openPass()) {
            table.multiply(alone, hidden, 0, z);
            double[][] values = new double[rows][(int) z.size(1)];
            Parallel.run(rows, row -> alone.read(Views.rows(z, row, row + 1), values[row]));
            return values;
        }
    }

    @Override
    public void close() {
        several.close();
        single.close();
        logits.close();
    }
}

package org.lsradapt.lsr.weights;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights of one input side by side, W = [W_1, W_2, …], each stored separately and in its own form.
 *
 * @param parts the weights, of one input width and type; kept by reference
 */
public record JoinedWeight(List<FrozenWeight> parts) implements FrozenWeight {

    /** Checks that there are parts of one input width and type. */
    public JoinedWeight {
        parts = List.copyOf(parts);
        Require.argument(!parts.isEmpty(), "joined weight: there is no part, expected at least one");
        FrozenWeight first = parts.get(0);
        for (FrozenWeight part : parts) {
            Require.argument(
                    part.inFeatures() == first.inFeatures() && part.dataType() == first.dataType(),
                    "joined weight: parts are [%d, …] %s and [%d, …] %s, expected one input width and type",
                    first.inFeatures(),
                    first.dataType(),
                    part.inFeatures(),
                    part.dataType());
        }
    }

    @Override
    public int inFeatures() {
        return parts.get(0).inFeatures();
    }

    @Override
    public int outFeatures() {
        return parts.stream().mapToInt(FrozenWeight::outFeatures).sum();
    }

    @Override
    public DataType dataType() {
        return parts.get(0).dataType();
    }

    @Override
    public long bytes() {
        return parts.stream().mapToLong(FrozenWeight::bytes).sum();
    }

    @Override
    public void multiply(Backend backend, INDArray x, double beta, INDArray y) {
        List<StoredMatrix> stored = new ArrayList<>(parts.size());
        for (FrozenWeight part : parts) {
            if (part instanceof StoredWeight weight) {
                stored.add(weight.transposed());
            }
        }
        if (stored.size() == parts.size()) {
            backend.gemmStoredParts(x, stored, beta, y);
            return;
        }
        int from = 0;
        for (FrozenWeight part : parts) {
            int to = from + part.outFeatures();
            part.multiply(backend, x, beta, Views.columns(y, from, to));
            from = to;
        }
    }

    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        int from = 0;
        for (FrozenWeight part : parts) {
            int to = from + part.outFeatures();
            part.multiplyTransposed(backend, Views.columns(g, from, to), from == 0 ? beta : 1, x);
            from = to;
        }
    }

    @Override
    public void copyTo(INDArray out) {
        int from = 0;
        for (FrozenWeight part : parts) {
            int to = from + part.outFeatures();
            part.copyTo(Views.columns(out, from, to));
            from = to;
        }
    }

    @Override
    public void requireApart(String operation, String name, INDArray result) {
        parts.forEach(part -> part.requireApart(operation, name, result));
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        DenseWeight.requireColumns(this, from, to);
        List<FrozenWeight> some = new ArrayList<>();
        long first = 0;
        for (FrozenWeight part : parts) {
            long behind = first + part.outFeatures();
            if (first < to && from < behind) {
                some.add(part.columns(Math.max(from, first) - first, Math.min(to, behind) - first));
            }
            first = behind;
        }
        return some.size() == 1 ? some.get(0) : new JoinedWeight(some);
    }
}

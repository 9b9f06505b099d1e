package org.lsradapt.lsr.kronecker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The terms of updates that differ in their coefficients alone: per layer ΔW = c·(Σ_k a_k·A_k)·(Σ_k b_k·B_k) with A_k
 * [in, r] and B_k [r, out]. A batch of any number of such updates takes two products per layer, with [A_1 A_2 …] and
 * [B_1; B_2; …], and a weighting of s·r numbers per row in between; no matrix is built for an update.
 *
 * <p>Never written after construction, so threads may share it. Several owners may share it too: the last one that closes
 * it frees the memory.
 */
public final class SharedTerms implements AutoCloseable {
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final AtomicInteger owners = new AtomicInteger(1);
    private final int coefficients;

    /**
     * A layer's A and B.
     *
     * @param layer the layer's full name
     * @param a A, whose factors are copied
     * @param b B, of as many terms
     * @param scaling c
     */
    public record Sums(String layer, KroneckerSum a, KroneckerSum b, double scaling) {}

    /** The stacked terms of a layer, and the place of its coefficients a and b. */
    private record Layer(INDArray left, INDArray right, int terms, double scaling, int from) {
        int rank() {
            return (int) left.size(1) / terms;
        }
    }

    /** Builds the terms of the layers' sums, at least one, of one type; copied, without their λ. */
    public SharedTerms(List<Sums> sums) {
        int from = 0;
        for (Sums one : sums) {
            int s = one.a.separationRank();
            Require.argument(
                    one.b.separationRank() == s && one.b.rows() == one.a.columns(),
                    "shared terms: layer %s has %d terms of A and %d of B, expected as many",
                    one.layer,
                    s,
                    one.b.separationRank());
            layers.put(one.layer, new Layer(stacked(one.a, true), stacked(one.b, false), s, one.scaling, from));
            from += 2 * s;
        }
        coefficients = from;
    }

    private static INDArray stacked(KroneckerSum sum, boolean sideBySide) {
        int s = sum.separationRank();
        long rows = sum.rows();
        long cols = sum.columns();
        INDArray all = Nd4j.createUninitialized(
                sum.dataType(), new long[] {sideBySide ? rows : s * rows, sideBySide ? s * cols : cols}, 'c');
        for (int k = 0; k < s; k++) {
            List<INDArray> factors = new ArrayList<>();
            for (INDArray factor : sum.factors()) {
                long length = factor.size(1) * factor.size(2);
                factors.add(Views.piece(factor, k * length, 1, factor.size(1), factor.size(2)));
            }
            try (INDArray term = KroneckerSum.of(factors, null).materialize()) {
                (sideBySide ? Views.columns(all, k * cols, (k + 1) * cols) : Views.rows(all, k * rows, (k + 1) * rows))
                        .assign(term);
            }
        }
        return all;
    }

    /** The number of coefficients of an update: of each layer in order those of A, then those of B. */
    public int coefficients() {
        return coefficients;
    }

    /** The full names of the layers, in order. */
    public Set<String> layers() {
        return layers.keySet();
    }

    /** The type of all matrices. */
    public DataType dataType() {
        return layers.values().iterator().next().left.dataType();
    }

    /** The numbers per row between the two products of a layer, s·r; 0 for a layer that is not here. */
    public long width(String layer) {
        Layer one = layers.get(layer);
        return one == null ? 0 : one.left.size(1);
    }

    /** The factor c of a layer. */
    public double scaling(String layer) {
        return layers.get(layer).scaling;
    }

    /** A layer's bottleneck rank r. */
    public int rank(String layer) {
        return layers.get(layer).rank();
    }

    /** The widths of a layer, in and out. */
    public long[] size(String layer) {
        return new long[] {
            layers.get(layer).left.size(0), layers.get(layer).right.size(1)
        };
    }

    /**
     * Builds a layer's A and B for one update.
     *
     * @param weights the update's coefficients
     * @param a [in, r], overwritten
     * @param b [r, out], overwritten
     */
    public void write(String layer, float[] weights, INDArray a, INDArray b) {
        Layer one = layers.get(layer);
        int r = one.rank();
        a.assign(0);
        b.assign(0);
        for (int k = 0; k < one.terms; k++) {
            int at = one.from + k;
            try (INDArray left = Views.columns(one.left, (long) k * r, (long) (k + 1) * r)
                            .mul(weights[at]);
                    INDArray right = Views.rows(one.right, (long) k * r, (long) (k + 1) * r)
                            .mul(weights[at + one.terms])) {
                a.addi(left);
                b.addi(right);
            }
        }
    }

    /**
     * Adds the updates of a batch, y ← y + x·ΔW_i for the rows of each sequence i. A row's result depends, to the bit, on
     * its own coefficients alone, not on those of other sequences.
     *
     * @param layer the full name of one of {@link #layers}
     * @param weights the coefficients of each sequence; null for none
     * @param rows the first row of each sequence in x and y, and finally the number of rows
     * @param x [rows, in]; not modified
     * @param y [rows, out], added to
     * @param memory a vector of {@link #width} numbers per row, overwritten
     */
    public void add(
            String layer,
            List<float @Nullable []> weights,
            int[] rows,
            INDArray x,
            INDArray y,
            Backend backend,
            INDArray memory) {
        Layer one = layers.get(layer);
        INDArray hidden = Views.piece(memory, 0, x.size(0), one.left.size(1));
        backend.gemm(x, false, one.left, false, 1, 0, hidden);
        double[] numbers = new double[(int) hidden.length()];
        backend.read(hidden, numbers);
        for (int i = 0; i < weights.size(); i++) {
            weigh(one, weights.get(i), rows[i], rows[i + 1], numbers);
        }
        backend.write(numbers, hidden);
        backend.gemm(hidden, false, one.right, false, one.scaling, 1, y);
    }

    /** Turns the products with all A_k of some rows into those with all B_k: h_k ← b_k·Σ_j a_j·h_j. */
    private static void weigh(Layer layer, float @Nullable [] weights, int fromRow, int toRow, double[] numbers) {
        int r = layer.rank();
        int width = layer.terms * r;
        for (int row = fromRow; row < toRow; row++) {
            for (int j = 0; j < r; j++) {
                int first = row * width + j;
                double sum = 0;
                for (int k = 0; weights != null && k < layer.terms; k++) {
                    sum += weights[layer.from + k] * numbers[first + k * r];
                }
                for (int k = 0; k < layer.terms; k++) {
                    numbers[first + k * r] = weights == null ? 0 : weights[layer.from + layer.terms + k] * sum;
                }
            }
        }
    }

    /** Adds an owner, who closes these terms too. */
    public SharedTerms share() {
        owners.incrementAndGet();
        return this;
    }

    @Override
    public void close() {
        if (owners.decrementAndGet() == 0) {
            layers.values().forEach(one -> {
                one.left.close();
                one.right.close();
            });
        }
    }
}

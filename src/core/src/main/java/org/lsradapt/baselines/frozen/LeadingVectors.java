package org.lsradapt.baselines.frozen;

import java.util.Random;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The leading part of a weight's singular value decomposition, W ≈ A·B with A = U·Σ and B = Vᵀ, by subspace iteration in
 * double (Halko, Martinsson and Tropp, SIAM Review 53, 2011) from a fixed start.
 *
 * @param a A [in, r], row by row
 * @param b B [r, out], row by row; the largest element of each row is positive
 */
@SuppressWarnings("ArrayRecordComponent")
record LeadingVectors(double[] a, double[] b) {
    private static final double TOLERANCE = 1e-11;
    private static final int MOST_ROUNDS = 200;
    private static final int STEPS_A_ROUND = 4;
    private static final int SPARE = 10;

    static LeadingVectors of(FrozenWeight weight, int rank, Backend backend) {
        int in = weight.inFeatures();
        int out = weight.outFeatures();
        int size = Math.min(Math.min(in, out), 2 * rank + SPARE);
        try (INDArray w = zeros(in, out);
                INDArray right = zeros(size, out);
                INDArray left = zeros(size, in)) {
            weight.copyTo(w);
            Random random = SplitMix64.random(rank);
            double[] v = random.doubles((long) size * out, -1, 1).toArray();
            double[] product = new double[size * out];
            for (int round = 0; ; round++) {
                for (int step = 0; step < STEPS_A_ROUND; step++) {
                    orthonormalize(v, size, out, random);
                    backend.write(v, right);
                    backend.gemm(right, false, w, true, 1, 0, left);
                    backend.gemm(left, false, w, false, 1, 0, right);
                    backend.read(right, step + 1 < STEPS_A_ROUND ? v : product);
                }
                SymmetricEigen ritz = SymmetricEigen.of(products(v, product, size, out), size);
                double[] turned = ritz.combine(v, out);
                double[] image = ritz.combine(product, out);
                if (round == MOST_ROUNDS || converged(turned, image, ritz.values(), rank, out)) {
                    return result(turned, rank, out, w, backend);
                }
                v = image;
            }
        }
    }

    private static INDArray zeros(long rows, long cols) {
        return Nd4j.zeros(DataType.DOUBLE, rows, cols);
    }

    /** Whether WᵀW·v equals the Ritz value times v, for all leading v. */
    private static boolean converged(double[] v, double[] image, double[] values, int rank, int width) {
        for (int k = 0; k < rank; k++) {
            double square = 0;
            for (int i = k * width; i < (k + 1) * width; i++) {
                double rest = image[i] - values[k] * v[i];
                square += rest * rest;
            }
            if (Math.sqrt(square) > TOLERANCE * values[0]) {
                return false;
            }
        }
        return true;
    }

    /** ⟨v_k, p_l⟩ for all rows, made symmetric. */
    private static double[] products(double[] v, double[] p, int size, int width) {
        double[] products = new double[size * size];
        for (int k = 0; k < size; k++) {
            for (int l = 0; l < size; l++) {
                double product = dot(v, k * width, p, l * width, width) / 2;
                products[k * size + l] += product;
                products[l * size + k] += product;
            }
        }
        return products;
    }

    private static double dot(double[] x, int fromX, double[] y, int fromY, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += x[fromX + i] * y[fromY + i];
        }
        return sum;
    }

    /** Orthonormalizes by Gram-Schmidt, twice; a row that depends on earlier ones is drawn anew. */
    private static void orthonormalize(double[] rows, int size, int width, Random random) {
        for (int k = 0; k < size; k++) {
            double before = Math.sqrt(dot(rows, k * width, rows, k * width, width));
            for (int pass = 0; pass < 2; pass++) {
                for (int l = 0; l < k; l++) {
                    double part = dot(rows, k * width, rows, l * width, width);
                    for (int i = 0; i < width; i++) {
                        rows[k * width + i] -= part * rows[l * width + i];
                    }
                }
            }
            double norm = Math.sqrt(dot(rows, k * width, rows, k * width, width));
            if (norm <= 1e-13 * before || norm == 0) {
                for (int i = 0; i < width; i++) {
                    rows[k * width + i] = random.nextDouble() - 0.5;
                }
                k--;
                continue;
            }
            for (int i = 0; i < width; i++) {
                rows[k * width + i] /= norm;
            }
        }
    }

    private static LeadingVectors result(double[] v, int rank, int out, INDArray w, Backend backend) {
        double[] b = new double[rank * out];
        for (int k = 0; k < rank; k++) {
            int largest = k * out;
            for (int i = k * out; i < (k + 1) * out; i++) {
                largest = Math.abs(v[i]) > Math.abs(v[largest]) ? i : largest;
            }
            double sign = Math.signum(v[largest]);
            for (int i = k * out; i < (k + 1) * out; i++) {
                b[i] = sign * v[i];
            }
        }
        double[] a = new double[(int) w.size(0) * rank];
        try (INDArray rows = zeros(rank, out);
                INDArray image = zeros(w.size(0), rank)) {
            backend.write(b, rows);
            backend.gemm(w, false, rows, true, 1, 0, image);
            backend.read(image, a);
        }
        return new LeadingVectors(a, b);
    }
}

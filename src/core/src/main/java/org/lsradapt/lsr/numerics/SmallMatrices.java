package org.lsradapt.lsr.numerics;

import java.util.Arrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Linear algebra on small matrices of doubles, stored as rows, for which calls of LAPACK do not pay. */
final class SmallMatrices {

    private SmallMatrices() {}

    /** An array's elements [n, ...] as n rows, new. */
    static double[][] rows(INDArray array) {
        double[] numbers = new double[(int) array.length()];
        Backends.standard().read(array, numbers);
        double[][] rows = new double[(int) array.size(0)][];
        int length = numbers.length / rows.length;
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(numbers, i * length, (i + 1) * length);
        }
        return rows;
    }

    /** Rows as an array [n, rows, columns], new. */
    static INDArray stack(double[][] numbers, DataType type, long rows, long columns) {
        double[] all = Arrays.stream(numbers).flatMapToDouble(Arrays::stream).toArray();
        return Nd4j.createFromArray(all).castTo(type).reshape('c', numbers.length, rows, columns);
    }

    /** Overwrites an array [n, ...] with n rows, rounded to its type. */
    static void write(double[][] rows, INDArray array) {
        Backends.standard()
                .write(Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), array);
    }

    /** λ of a sum, or ones if it has none; new. */
    static double[] weights(KroneckerSum sum) {
        if (sum.termWeights() != null) {
            return sum.termWeights().toDoubleVector();
        }
        double[] ones = new double[sum.separationRank()];
        Arrays.fill(ones, 1);
        return ones;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    /** y ← y + factor·x. */
    static void add(double factor, double[] x, double[] y) {
        for (int i = 0; i < y.length; i++) {
            y[i] += factor * x[i];
        }
    }

    /** X·Y, new. */
    static double[][] product(double[][] x, double[][] y) {
        double[][] product = new double[x.length][y[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y.length; j++) {
                add(x[i][j], y[j], product[i]);
            }
        }
        return product;
    }

    /** X·Yᵀ, new. */
    static double[][] productTransposed(double[][] x, double[][] y) {
        double[][] product = new double[x.length][y.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y.length; j++) {
                product[i][j] = dot(x[i], y[j]);
            }
        }
        return product;
    }

    /** Xᵀ, new. */
    static double[][] transposed(double[][] x) {
        double[][] transposed = new double[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
                transposed[j][i] = x[i][j];
            }
        }
        return transposed;
    }

    /** Solves S·X = B by Cholesky, for S symmetric and positive definite; overwrites S, and B with X. */
    static void solve(double[][] s, double[][] b) {
        int n = s.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = s[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= s[i][k] * s[j][k];
                }
                s[i][j] = i == j ? Math.sqrt(sum) : sum / s[j][j];
            }
        }
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                add(-s[i][k], b[k], b[i]);
            }
            scale(1 / s[i][i], b[i]);
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                add(-s[k][i], b[k], b[i]);
            }
            scale(1 / s[i][i], b[i]);
        }
    }

    static void scale(double factor, double[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }
}

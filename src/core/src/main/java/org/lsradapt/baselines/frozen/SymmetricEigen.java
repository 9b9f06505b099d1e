package org.lsradapt.baselines.frozen;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations (Golub and Van Loan, Matrix Computations,
 * 8.5).
 *
 * @param values the eigenvalues, largest first
 * @param vectors their eigenvectors, one after the other
 */
@SuppressWarnings("ArrayRecordComponent")
record SymmetricEigen(double[] values, double[] vectors) {
    private static final int MOST_SWEEPS = 60;
    private static final double NOTHING = 1e-16;

    /** Decomposes a matrix [n, n], which is given row by row and overwritten. */
    static SymmetricEigen of(double[] matrix, int n) {
        double[] turned = new double[n * n];
        for (int i = 0; i < n; i++) {
            turned[i * n + i] = 1;
        }
        boolean rotated = true;
        for (int sweep = 0; rotated && sweep < MOST_SWEEPS; sweep++) {
            rotated = false;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotated |= rotate(matrix, turned, n, p, q);
                }
            }
        }
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -matrix[i * n + i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] values = new double[n];
        double[] vectors = new double[n * n];
        for (int k = 0; k < n; k++) {
            values[k] = matrix[order[k] * n + order[k]];
            System.arraycopy(turned, order[k] * n, vectors, k * n, n);
        }
        return new SymmetricEigen(values, vectors);
    }

    /** Zeroes an element by a rotation; false if it is negligible already. */
    private static boolean rotate(double[] matrix, double[] turned, int n, int p, int q) {
        double off = matrix[p * n + q];
        double first = matrix[p * n + p];
        double second = matrix[q * n + q];
        if (Math.abs(off) <= NOTHING * Math.sqrt(Math.abs(first * second)) || off == 0) {
            return false;
        }
        double theta = (second - first) / (2 * off);
        double tangent = 1 / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
        tangent = theta < 0 ? -tangent : tangent;
        double cosine = 1 / Math.sqrt(1 + tangent * tangent);
        double sine = tangent * cosine;
        for (int i = 0; i < n; i++) {
            double left = matrix[i * n + p];
            double right = matrix[i * n + q];
            matrix[i * n + p] = cosine * left - sine * right;
            matrix[i * n + q] = sine * left + cosine * right;
        }
        rotateRows(matrix, n, p, q, cosine, sine);
        rotateRows(turned, n, p, q, cosine, sine);
        return true;
    }

    private static void rotateRows(double[] matrix, int n, int p, int q, double cosine, double sine) {
        for (int i = 0; i < n; i++) {
            double upper = matrix[p * n + i];
            double lower = matrix[q * n + i];
            matrix[p * n + i] = cosine * upper - sine * lower;
            matrix[q * n + i] = sine * upper + cosine * lower;
        }
    }

    /** Combines n vectors of a width, one after the other, with the eigenvectors as coefficients; new. */
    double[] combine(double[] rows, int width) {
        int n = values.length;
        double[] combined = new double[n * width];
        for (int k = 0; k < n; k++) {
            for (int l = 0; l < n; l++) {
                double weight = vectors[k * n + l];
                for (int i = 0; i < width; i++) {
                    combined[k * width + i] += weight * rows[l * width + i];
                }
            }
        }
        return combined;
    }
}

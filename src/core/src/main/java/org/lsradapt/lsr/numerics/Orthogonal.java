package org.lsradapt.lsr.numerics;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * M = Q·R with orthonormal columns in Q. Columns that depend on earlier ones to working precision get a zero row in R
 * and a zero column in Q. Each column is orthogonalized twice, which leaves Q orthonormal to working precision
 * (Giraud, Langou, Rozložník and van den Eshof 2005).
 *
 * @param q Q [m, k], k = min(m, n); the identity if M has more columns than rows
 */
record Orthogonal(INDArray q, INDArray r) {
    private static final double DEPENDENT = 1e-14;

    static Orthogonal of(INDArray matrix) {
        int m = (int) matrix.size(0);
        int n = (int) matrix.size(1);
        if (m <= n) {
            return new Orthogonal(Nd4j.eye(m).castTo(DataType.DOUBLE), matrix);
        }
        double[][] columns = new double[n][];
        for (int j = 0; j < n; j++) {
            columns[j] = matrix.getColumn(j).toDoubleVector();
        }
        double[][] r = orthogonalize(columns);
        return new Orthogonal(Nd4j.createFromArray(columns).transpose(), Nd4j.createFromArray(r));
    }

    /** Overwrites M's columns, stored here as rows, with Q; returns R. */
    static double[][] orthogonalize(double[][] columns) {
        int n = columns.length;
        double[][] r = new double[n][n];
        for (int j = 0; j < n; j++) {
            double[] column = columns[j];
            double before = SmallMatrices.norm(column);
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < j; i++) {
                    double overlap = SmallMatrices.dot(columns[i], column);
                    r[i][j] += overlap;
                    SmallMatrices.add(-overlap, columns[i], column);
                }
            }
            double length = SmallMatrices.norm(column);
            boolean dependent = !(length > DEPENDENT * before);
            r[j][j] = dependent ? 0 : length;
            for (int k = 0; k < column.length; k++) {
                column[k] = dependent ? 0 : column[k] / length;
            }
        }
        return r;
    }
}

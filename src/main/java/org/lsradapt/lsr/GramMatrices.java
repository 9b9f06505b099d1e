package org.lsradapt.lsr;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Inner products of Kronecker sums from the Gram matrices of their factors, in double precision. */
final class GramMatrices {

    private GramMatrices() {}

    static double innerProduct(KroneckerSum left, KroneckerSum right) {
        Require.argument(
                left.factors().size() == right.factors().size(),
                "inner product: %s and %s have different numbers of factors",
                left.describe(),
                right.describe());
        int s = left.separationRank();
        int t = right.separationRank();
        double[] gram = new double[s * t];
        Arrays.fill(gram, 1);
        for (int i = 0; i < left.factors().size(); i++) {
            INDArray f = left.factors().get(i);
            INDArray g = right.factors().get(i);
            Require.argument(
                    f.size(1) == g.size(1) && f.size(2) == g.size(2),
                    "inner product: %s and %s differ in factor %d",
                    left.describe(),
                    right.describe(),
                    i + 1);
            multiplyByGram(gram, s, t, read(f), read(g), (int) (f.size(1) * f.size(2)));
        }
        double[] lambda = weights(left);
        double[] mu = weights(right);
        double sum = 0;
        for (int k = 0; k < s; k++) {
            for (int l = 0; l < t; l++) {
                sum += lambda[k] * mu[l] * gram[k * t + l];
            }
        }
        return sum;
    }

    static double[] termNorms(KroneckerSum sum) {
        double[] norms = weights(sum);
        for (int k = 0; k < norms.length; k++) {
            norms[k] = Math.abs(norms[k]);
        }
        for (INDArray factor : sum.factors()) {
            double[] values = read(factor);
            int length = values.length / norms.length;
            for (int k = 0; k < norms.length; k++) {
                double square = 0;
                for (int j = k * length; j < (k + 1) * length; j++) {
                    square += values[j] * values[j];
                }
                norms[k] *= Math.sqrt(square);
            }
        }
        return norms;
    }

    private static void multiplyByGram(double[] gram, int s, int t, double[] f, double[] g, int length) {
        for (int k = 0; k < s; k++) {
            for (int l = 0; l < t; l++) {
                double sum = 0;
                for (int j = 0; j < length; j++) {
                    sum += f[k * length + j] * g[l * length + j];
                }
                gram[k * t + l] *= sum;
            }
        }
    }

    private static double[] read(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    private static double[] weights(KroneckerSum sum) {
        if (sum.termWeights() != null) {
            return read(sum.termWeights());
        }
        double[] ones = new double[sum.separationRank()];
        Arrays.fill(ones, 1);
        return ones;
    }
}

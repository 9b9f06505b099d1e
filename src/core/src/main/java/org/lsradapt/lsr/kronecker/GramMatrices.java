package org.lsradapt.lsr.kronecker;

import java.util.Arrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Inner products of Kronecker sums from the Gram matrices of their factors, in double precision. */
final class GramMatrices {

    private GramMatrices() {}

    static double innerProduct(KroneckerSum left, KroneckerSum right) {
        double sum = 0;
        for (double product : ofTerms(left, right)) {
            sum += product;
        }
        return sum;
    }

    /** The inner products of each term of one sum with each of another, [s·t]. */
    static double[] ofTerms(KroneckerSum left, KroneckerSum right) {
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
            double[] numbers = read(f);
            multiplyByGram(gram, s, t, numbers, f == g ? numbers : read(g), (int) (f.size(1) * f.size(2)));
        }
        double[] lambda = weights(left);
        double[] mu = weights(right);
        for (int k = 0; k < s; k++) {
            for (int l = 0; l < t; l++) {
                gram[k * t + l] *= lambda[k] * mu[l];
            }
        }
        return gram;
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
        boolean symmetric = f == g;
        for (int k = 0; k < s; k++) {
            for (int l = symmetric ? k : 0; l < t; l++) {
                double sum = 0;
                for (int j = 0; j < length; j++) {
                    sum += f[k * length + j] * g[l * length + j];
                }
                gram[k * t + l] *= sum;
                if (symmetric && l > k) {
                    gram[l * t + k] *= sum;
                }
            }
        }
    }

    private static double[] read(INDArray array) {
        double[] numbers = new double[(int) array.length()];
        Backends.standard().read(array, numbers);
        return numbers;
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

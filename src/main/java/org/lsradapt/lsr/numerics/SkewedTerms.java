package org.lsradapt.lsr.numerics;

import java.util.Arrays;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The same matrix with terms that cancel, in place: what the condition monitor is for, made on purpose, for experiments. For
 * each pair of terms, F_k ⊗ G_k + F_l ⊗ G_l = F_k ⊗ (G_k + R·G_l) + (F_l − R·F_k) ⊗ G_l.
 */
public final class SkewedTerms {

    private SkewedTerms() {}

    /**
     * Rewrites a sum; γ becomes about R where terms were of one size. Its numbers are rounded to its type, so the matrix changes
     * by that.
     *
     * @param sum M with two factors per term and no λ, at least two terms; its factors are overwritten
     * @param size R
     */
    public static void rewrite(KroneckerSum sum, double size) {
        Require.argument(
                sum.factors().size() == 2 && sum.separationRank() >= 2 && sum.termWeights() == null,
                "skewed terms: %s, expected two factors per term, at least two terms, no λ",
                sum.describe());
        double[][] first = read(sum.factors().get(0));
        double[][] second = read(sum.factors().get(1));
        int half = first.length / 2;
        for (int k = 0; k < half; k++) {
            addScaled(second[k], size, second[k + half]);
            addScaled(first[k + half], -size, first[k]);
        }
        write(first, sum.factors().get(0));
        write(second, sum.factors().get(1));
    }

    private static void addScaled(double[] to, double scale, double[] x) {
        for (int j = 0; j < to.length; j++) {
            to[j] += scale * x[j];
        }
    }

    private static double[][] read(INDArray stack) {
        double[] numbers = new double[(int) stack.length()];
        Backends.standard().read(stack, numbers);
        double[][] rows = new double[(int) stack.size(0)][];
        int length = numbers.length / rows.length;
        for (int k = 0; k < rows.length; k++) {
            rows[k] = Arrays.copyOfRange(numbers, k * length, (k + 1) * length);
        }
        return rows;
    }

    private static void write(double[][] rows, INDArray stack) {
        Backends.standard().write(Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), stack);
    }
}

package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;

/**
 * The same matrix with terms that cancel, in place: what the condition monitor is for, made on purpose, for
 * experiments. For each pair of terms, F_k ⊗ G_k + F_l ⊗ G_l = F_k ⊗ (G_k + R·G_l) + (F_l − R·F_k) ⊗ G_l.
 */
public final class SkewedTerms {

    private SkewedTerms() {}

    /**
     * Rewrites a sum; γ becomes about R where terms were of one size. Its numbers are rounded to its type, so the
     * matrix changes by that.
     *
     * @param sum M with two factors per term and no λ, at least two terms; its factors are overwritten
     * @param size R
     */
    public static void rewrite(KroneckerSum sum, double size) {
        Require.argument(
                sum.factors().size() == 2 && sum.separationRank() >= 2 && sum.termWeights() == null,
                "skewed terms: %s, expected two factors per term, at least two terms, no λ",
                sum.describe());
        double[][] first = SmallMatrices.rows(sum.factors().get(0));
        double[][] second = SmallMatrices.rows(sum.factors().get(1));
        int half = first.length / 2;
        for (int k = 0; k < half; k++) {
            SmallMatrices.add(size, second[k + half], second[k]);
            SmallMatrices.add(-size, first[k], first[k + half]);
        }
        SmallMatrices.write(first, sum.factors().get(0));
        SmallMatrices.write(second, sum.factors().get(1));
    }
}

package org.lsradapt.lsr.numerics;

import java.util.Random;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rewrites a sum in place as the same matrix with orthogonal terms: a sum whose terms have grown and cancel becomes one
 * with γ = 1 that can be trained further.
 *
 * <p>Terms are σ_k·u_k ⊗ v_k of the {@link NearestSum} with as many terms. The first factor of each gets the norm
 * max(σ_k^½, least), the second the rest of σ_k. A term that the matrix does not need gets a first factor of the least
 * norm, orthogonal to the others if possible, and a second factor of zero, so that its second factor has a gradient (as
 * with {@link org.lsradapt.lsr.Initialization#ZERO_UPDATE}).
 */
final class OrthogonalTerms {
    private static final double NEGLIGIBLE = 1e-14;

    private OrthogonalTerms() {}

    /** Rewrites a sum with two factors per term; first factors get at least the norm {@code least}, λ becomes 1. */
    static void rewrite(KroneckerSum sum, double least) {
        Require.argument(
                sum.factors().size() == 2,
                "orthogonal terms: %s has %d factors per term, expected 2",
                sum.describe(),
                sum.factors().size());
        SingularValues values = SingularValues.ofSum(sum);
        INDArray first = sum.factors().get(0);
        INDArray second = sum.factors().get(1);
        int s = sum.separationRank();
        double[][] u = new double[s][(int) (first.length() / s)];
        double[][] v = new double[s][(int) (second.length() / s)];
        Random random = SplitMix64.random(s);
        for (int k = 0; k < s; k++) {
            double sigma = k < values.sigma().length ? values.sigma()[k] : 0;
            boolean needed = sigma > NEGLIGIBLE * values.sigma()[0];
            double norm = Math.max(needed ? Math.sqrt(sigma) : 0, least);
            if (needed) {
                SmallMatrices.add(norm, values.u().getColumn(k).toDoubleVector(), u[k]);
                SmallMatrices.add(sigma / norm, values.v().getColumn(k).toDoubleVector(), v[k]);
            } else {
                fillNew(u, k, random, norm);
            }
        }
        SmallMatrices.write(u, first);
        SmallMatrices.write(v, second);
        if (sum.termWeights() != null) {
            sum.termWeights().assign(1);
        }
    }

    /** Fills in a random direction, orthogonal to the first k if possible. */
    private static void fillNew(double[][] u, int k, Random random, double norm) {
        double[] column = u[k];
        for (int j = 0; j < column.length; j++) {
            column[j] = random.nextGaussian();
        }
        if (k < column.length) {
            for (int i = 0; i < k; i++) {
                double square = SmallMatrices.dot(u[i], u[i]);
                SmallMatrices.add(square > 0 ? -SmallMatrices.dot(u[i], column) / square : 0, u[i], column);
            }
        }
        SmallMatrices.scale(norm / SmallMatrices.norm(column), column);
    }
}

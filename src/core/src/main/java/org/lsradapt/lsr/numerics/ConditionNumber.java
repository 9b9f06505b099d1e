package org.lsradapt.lsr.numerics;

import java.util.Arrays;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The condition number of a Kronecker sum, γ = (Σ_k λ_k²)^½ / ‖M‖_F, with λ_k the Frobenius norms of its terms (as in
 * the representation with factors of unit norm), and the error bounds that follow from it for a precision.
 *
 * <p>There are two bounds. Rounding each element of a factor to a format of unit round-off μ moves the factor by at
 * most μ times its norm (for integer formats, by μ times its crest factor times its norm), so term k by at most
 * ((1+μ)^d − 1)·λ_k, and M by at most the sum of those: {@link #worstCaseError}. It is attained, up to higher powers of
 * μ, if all errors point one way. If they are uncorrelated, their squares add instead. The LSR-Adapt paper (arXiv
 * 2502.13568, after Beylkin and Mohlenbach 2005) asks for this bound, γ·μ·‖M‖_F ≤ ε: {@link #smallestError}. The worst
 * case is larger by at most d·√s.
 *
 * <p>γ is at least 1/√s; orthogonal terms have γ = 1; it grows as terms cancel. ‖M‖_F comes from Gram matrices in
 * double precision. If it falls below a thousandth of the terms' norms, half its digits would be lost. For two factors
 * it then comes from their orthogonal decompositions, whose error is about 2⁻⁵³·Σλ_k: γ is then right to γ·10⁻¹⁵, which
 * is tested up to 10¹². For other numbers of factors a γ above some 10⁷ means "at least 10⁷".
 *
 * @param value γ; 1 if all terms are zero, ∞ if terms cancel to a zero M, NaN if a factor is not finite
 * @param normF ‖M‖_F
 * @param weightNorm (Σ_k λ_k²)^½ of the normalized representation, which is γ·‖M‖_F
 * @param weightSum Σ_k λ_k
 * @param factorCount d
 * @param crestFactor the largest, over all factor matrices, of √n·max|x|/‖x‖_F with n elements: 1 if all have the same
 *     magnitude, √n if only one is not zero. The round-off of integer formats is relative to the largest element, so
 *     that a whole factor's round-off is at most this times μ
 */
public record ConditionNumber(
        double value, double normF, double weightNorm, double weightSum, int factorCount, double crestFactor) {

    /** Below this ratio of ‖M‖_F to the terms' norms, Gram matrices lose too much. */
    private static final double CANCELLED = 1e-3;

    /**
     * Computes the condition number of a Kronecker sum as it is now.
     *
     * @param sum M
     * @return γ with the quantities that it is computed from
     */
    public static ConditionNumber of(KroneckerSum sum) {
        int s = sum.separationRank();
        double[] products = sum.termProducts();
        double squares = 0;
        double weightSum = 0;
        double all = 0;
        for (int k = 0; k < products.length; k++) {
            all += products[k];
            if (k % (s + 1) == 0) {
                squares += products[k];
                weightSum += Math.sqrt(products[k]);
            }
        }
        double weightNorm = Math.sqrt(squares);
        double normF = Math.sqrt(Math.max(0, all));
        int factors = sum.factors().size();
        if (factors == 2 && normF < CANCELLED * weightNorm && Double.isFinite(weightNorm)) {
            normF = SingularValues.ofSum(sum).tail(0);
        }
        double value = weightNorm == 0 ? 1 : weightNorm / normF;
        return new ConditionNumber(value, normF, weightNorm, weightSum, factors, crestFactor(sum));
    }

    private static double crestFactor(KroneckerSum sum) {
        double crest = 1;
        for (INDArray factor : sum.factors()) {
            for (double[] matrix : SmallMatrices.rows(factor)) {
                double largest = Arrays.stream(matrix).map(Math::abs).max().orElse(0);
                double norm = SmallMatrices.norm(matrix);
                crest = norm > 0 ? Math.max(crest, largest * Math.sqrt(matrix.length) / norm) : crest;
            }
        }
        return crest;
    }

    /**
     * The smallest ε that the paper's bound allows: γ·μ·‖M‖_F. Holds up to √d for uncorrelated round-off; reports use
     * it.
     *
     * @param precision the format that holds the factors
     * @return an absolute error in M, in the Frobenius norm
     */
    public double smallestError(Precision precision) {
        return weightNorm * factorRoundOff(precision);
    }

    /**
     * An error in M that rounding the factors cannot exceed: ((1+μ)^d − 1)·Σλ_k.
     *
     * @param precision the format that holds the factors; λ is not rounded
     * @return an absolute error in M, in the Frobenius norm
     */
    public double worstCaseError(Precision precision) {
        return Math.expm1(factorCount * Math.log1p(factorRoundOff(precision))) * weightSum;
    }

    /** The largest relative error of a factor matrix, in the Frobenius norm. */
    private double factorRoundOff(Precision precision) {
        return precision.unitRoundOff() * (precision.isScaled() ? crestFactor : 1);
    }
}

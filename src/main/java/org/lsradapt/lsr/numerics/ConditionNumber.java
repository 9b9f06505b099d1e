package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.KroneckerSum;

/**
 * The condition number of a Kronecker sum, γ = (Σ_k λ_k²)^½ / ‖M‖_F, with λ_k the Frobenius norms of its terms (that is,
 * of the representation with factors of unit norm), and the bound that the LSR-Adapt paper (arXiv 2502.13568, after
 * Beylkin and Mohlenbach 2005) asks of it: γ·μ·‖M‖_F ≤ ε for unit round-off μ and wanted absolute error ε in M.
 *
 * <p>γ is at least 1/√s; orthogonal terms have γ = 1; it grows as terms cancel. ‖M‖_F comes from Gram matrices in double
 * precision, so a γ above some 10⁷ means "at least 10⁷": the norm is then lost to cancellation.
 *
 * @param value γ; 1 where all terms are zero, ∞ where terms cancel to a zero M, NaN where a factor is not finite
 * @param normF ‖M‖_F
 * @param weightNorm (Σ_k λ_k²)^½ of the normalized representation, which is γ·‖M‖_F
 */
public record ConditionNumber(double value, double normF, double weightNorm) {

    /**
     * The condition number of a Kronecker sum as it is now.
     *
     * @param sum M
     * @return γ with what it is made of
     */
    public static ConditionNumber of(KroneckerSum sum) {
        double squares = 0;
        for (double norm : sum.termNorms()) {
            squares += norm * norm;
        }
        double weightNorm = Math.sqrt(squares);
        double normF = sum.normF();
        double value = weightNorm == 0 ? 1 : weightNorm / normF;
        return new ConditionNumber(value, normF, weightNorm);
    }

    /**
     * The smallest ε that the bound allows: γ·μ·‖M‖_F.
     *
     * @param precision the format that holds the factors
     * @return an absolute error in M, in the Frobenius norm
     */
    public double smallestError(Precision precision) {
        return weightNorm * precision.unitRoundOff();
    }

    /**
     * Whether γ·μ·‖M‖_F ≤ ε.
     *
     * @param precision the format that holds the factors
     * @param epsilon the wanted absolute error in M, in the Frobenius norm
     * @return whether the bound holds; false where a factor is not finite
     */
    public boolean satisfies(Precision precision, double epsilon) {
        return smallestError(precision) <= epsilon;
    }
}

package org.lsradapt.lsr;

/**
 * What the two ways to multiply n rows by a Kronecker sum cost, from shapes alone: through the dense matrix, which is built
 * first, or through the factors, which never is.
 *
 * <p>With M = Σ_k λ_k F_k ⊗ T_k, F_k [p₁, q₁] the first factor and T_k [p₂, q₂] the product of the others,
 *
 * <pre>
 *   dense:   s·p₁p₂·q₁q₂  to build M        + n·p₁p₂·q₁q₂             to multiply by it
 *   factors: n·p₁p₂·s·q₂  for x·[T_1 … T_s] + n·q₁·q₂·(p₁·s)          for the sum over k and the first factor
 * </pre>
 *
 * multiply-adds. They do not all take the same time: the unit here is a multiply-add of one large matrix product, and the
 * weights say how much longer the others take. They were fitted once, on two cores of an x86-64 server processor; a choice
 * between ways that differ by a factor of two or more does not hang on them. docs/performance.md has the check.
 */
final class ContractionCost {
    /** Per multiply-add in building M: the products are small. */
    private static final double BUILD = 2;
    /** Per number of M: it is put in its place, written to memory, and read again. */
    private static final double PLACE = 30;
    /** Per multiply-add in the second step through the factors: one product per row of x. */
    private static final double PER_ROW_PRODUCT = 2;
    /** Per row of x through the factors: a BLAS call. */
    private static final double CALL = 2e4;
    /** Per number of the factors, which are rearranged. */
    private static final double REARRANGE = 100;
    /** Rearranging takes some ND4J operations, whatever their size. */
    private static final double OPERATIONS = 1e7;

    private ContractionCost() {}

    /**
     * The cost of x·M through the dense matrix.
     *
     * @param sum M
     * @param n rows of x
     * @return in units of a multiply-add of a large product
     */
    static double throughDense(KroneckerSum sum, long n) {
        double area = (double) sum.rows() * sum.columns();
        return area * (BUILD * sum.separationRank() + PLACE + n);
    }

    /**
     * The cost of x·M, or x·Mᵀ, through the factors.
     *
     * @param sum M
     * @param n rows of x
     * @param transpose whether by Mᵀ
     * @return in units of a multiply-add of a large product
     */
    static double throughFactors(KroneckerSum sum, long n, boolean transpose) {
        double s = sum.separationRank();
        double p = transpose ? sum.columns() : sum.rows();
        double q = transpose ? sum.rows() : sum.columns();
        double p1 = sum.factors().get(0).size(transpose ? 2 : 1);
        double q1 = sum.factors().get(0).size(transpose ? 1 : 2);
        double q2 = q / q1;
        double rearranged = s * (p1 * q1 + p / p1 * q2);
        return OPERATIONS + REARRANGE * rearranged + n * (CALL + p * s * q2 + PER_ROW_PRODUCT * q * p1 * s);
    }

    /** Whether {@link #throughFactors} is the cheaper. */
    static boolean factorsAreCheaper(KroneckerSum sum, long n, boolean transpose) {
        return throughFactors(sum, n, transpose) < throughDense(sum, n);
    }
}

package org.lsradapt.lsr.kronecker;

/**
 * The cost of the two ways to multiply n rows by a Kronecker sum, from shapes alone: through the dense matrix, which is
 * built first, or through the factors, without building it.
 *
 * <p>With M = Σ_k λ_k F_k ⊗ T_k, F_k [p₁, q₁] the first factor and T_k [p₂, q₂] the product of the others,
 *
 * <pre>
 *   dense:   s·p₁p₂·q₁q₂  to build M        + n·p₁p₂·q₁q₂             to multiply by it
 *   factors: n·p₁p₂·s·q₂  for x·[T_1 … T_s] + n·q₁·q₂·(p₁·s)          for the sum over k and the first factor
 * </pre>
 *
 * multiply-adds. Their speeds differ: the unit here is a multiply-add of one large matrix product, and the weights say
 * how much longer the others take. They were fitted once, on two cores of an x86-64 server processor; a choice between
 * ways that differ by a factor of two or more does not depend on them. docs/background/performance.md has the check.
 */
public final class ContractionCost {
    /** Per multiply-add that builds M: the products are small. */
    private static final double BUILD = 2;
    /** Per element of M in reused memory: it is moved to its place, written, and read again. */
    private static final double PLACE = 30;
    /** Per element of M in new memory, whose pages fault and which ND4J clears. */
    private static final double PLACE_IN_NEW_MEMORY = 1000;
    /** Per multiply-add in the first step through the factors: the inner dimension is short. */
    private static final double STACKED_PRODUCT = 3;
    /** Per multiply-add in the second step: one product per row of x. */
    private static final double PER_ROW_PRODUCT = 2;
    /** Per row of x through the factors: a BLAS call. */
    private static final double CALL = 4e4;
    /** Per element of the factors, which are rearranged. */
    private static final double REARRANGE = 100;
    /** The cost of the ND4J operations that rearrange, whatever their size. */
    private static final double OPERATIONS = 7e6;

    private ContractionCost() {}

    /** The cheaper way to x·M, or x·Mᵀ, with n rows, if M would be built in new memory. */
    static KroneckerSum.Way cheaper(KroneckerSum sum, long n, boolean transpose) {
        return throughFactors(sum, n, transpose) < throughDense(sum, n, PLACE_IN_NEW_MEMORY)
                ? KroneckerSum.Way.THROUGH_FACTORS
                : KroneckerSum.Way.THROUGH_DENSE;
    }

    /** The cheaper way to x·M with n rows, if memory for M is available. */
    public static KroneckerSum.Way cheaperWithMemory(KroneckerSum sum, long n) {
        return throughFactors(sum, n, false) < throughDense(sum, n, PLACE)
                ? KroneckerSum.Way.THROUGH_FACTORS
                : KroneckerSum.Way.THROUGH_DENSE;
    }

    private static double throughDense(KroneckerSum sum, long n, double place) {
        double area = (double) sum.rows() * sum.columns();
        return area * (BUILD * sum.separationRank() + place + n);
    }

    private static double throughFactors(KroneckerSum sum, long n, boolean transpose) {
        double s = sum.separationRank();
        double p = transpose ? sum.columns() : sum.rows();
        double q = transpose ? sum.rows() : sum.columns();
        double p1 = sum.factors().get(0).size(transpose ? 2 : 1);
        double q1 = sum.factors().get(0).size(transpose ? 1 : 2);
        double q2 = q / q1;
        double rearranged = s * (p1 * q1 + p / p1 * q2);
        double perRow = CALL + STACKED_PRODUCT * p * s * q2 + PER_ROW_PRODUCT * q * p1 * s;
        return OPERATIONS + REARRANGE * rearranged + n * perRow;
    }
}

package org.lsradapt.lsr.numerics;

import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The sum of s Kronecker products of two factors that is nearest, in the Frobenius norm, to a given matrix or to a
 * given longer sum, with its exact error.
 *
 * <p>A matrix M [p₁p₂, q₁q₂] is rearranged so that each p₂×q₂ block becomes a row, R(M) [p₁q₁, p₂q₂]. This turns A ⊗ B
 * into vec(A)·vec(B)ᵀ and preserves the Frobenius norm (Van Loan and Pitsianis, "Approximation with Kronecker
 * products", 1993). By Eckart and Young, the nearest sum of s products is therefore the truncated singular value
 * decomposition of R(M), and its error is the root of the sum of squares of the omitted singular values. Its terms are
 * orthogonal: γ = 1.
 *
 * <p>For a sum Σ_k λ_k A_k ⊗ B_k, R(M) = [λ_k vec A_k]·[vec B_k]ᵀ is known in factored form, and its decomposition
 * comes from the QR factors of both sides and an s×s core; M is never formed.
 *
 * @param sum the nearest sum, of the input's type; factors without λ, both factors of a term of equal norm
 * @param error ‖M − sum‖_F before rounding to the type of {@code sum}
 * @param singularValues all singular values of R(M), largest first
 */
@SuppressWarnings("ArrayRecordComponent")
public record NearestSum(KroneckerSum sum, double error, double[] singularValues) {

    /**
     * Finds the sum nearest to a matrix.
     *
     * @param matrix M [rows₁·rows₂, cols₁·cols₂], FLOAT or DOUBLE
     * @param rows1 rows of the first factor; divides M's
     * @param cols1 columns of the first factor; divides M's
     * @param terms s, at least 1; capped at min(rows₁·cols₁, rows₂·cols₂), which always suffice
     * @throws IllegalArgumentException if sizes do not divide, an element is not finite, or s is below 1
     */
    public static NearestSum ofMatrix(INDArray matrix, int rows1, int cols1, int terms) {
        Require.shape("nearest Kronecker sum", "M", matrix, "a matrix", -1, -1);
        Require.realType("nearest Kronecker sum", "M", matrix);
        requireTerms(terms);
        requireDivides(matrix, rows1, cols1);
        Require.finite("nearest Kronecker sum", "M", matrix);
        return truncated(SingularValues.of(rearranged(matrix, rows1, cols1)), terms, matrix.dataType(), new long[] {
            rows1, cols1, matrix.size(0) / rows1, matrix.size(1) / cols1
        });
    }

    /** R(M) [rows₁·cols₁, rows₂·cols₂], DOUBLE, new. */
    static INDArray rearranged(INDArray matrix, int rows1, int cols1) {
        long rows2 = matrix.size(0) / rows1;
        long cols2 = matrix.size(1) / cols1;
        INDArray rearranged =
                Nd4j.createUninitialized(DataType.DOUBLE, new long[] {(long) rows1 * cols1, rows2 * cols2}, 'c');
        try (INDArray copy = matrix.dup('c')) {
            rearranged
                    .reshape('c', rows1, cols1, rows2, cols2)
                    .assign(copy.reshape('c', rows1, rows2, cols1, cols2).permute(0, 2, 1, 3));
        }
        return rearranged;
    }

    /**
     * Finds the nearest sum of fewer terms, or of as many: then it is the same matrix with orthogonal terms.
     *
     * @param sum M with two factors per term
     * @param terms s', at least 1; capped at the number of singular values
     * @throws IllegalArgumentException if M does not have two factors, an element is not finite, or s' is below 1
     */
    public static NearestSum ofSum(KroneckerSum sum, int terms) {
        requireTerms(terms);
        return truncated(decompose(sum), terms, sum.dataType(), shapes(sum));
    }

    /**
     * Finds the shortest sum within a relative error.
     *
     * @param sum M with two factors per term
     * @param relativeError largest ‖M − sum‖_F / ‖M‖_F, at least 0
     * @return the sum with the fewest terms whose error is within it, at least one term
     * @throws IllegalArgumentException if M does not have two factors, one of its elements or the error is not finite,
     *     or the error is negative
     */
    public static NearestSum withinError(KroneckerSum sum, double relativeError) {
        Require.argument(
                relativeError >= 0 && Double.isFinite(relativeError),
                "reduction: relative error %s, expected a number of at least 0",
                relativeError);
        SingularValues values = decompose(sum);
        int terms = 1;
        while (terms < values.sigma().length && values.tail(terms) > relativeError * values.tail(0)) {
            terms++;
        }
        return truncated(values, terms, sum.dataType(), shapes(sum));
    }

    static void requireDivides(INDArray matrix, int rows1, int cols1) {
        Require.argument(
                rows1 >= 1 && cols1 >= 1 && matrix.size(0) % rows1 == 0 && matrix.size(1) % cols1 == 0,
                "nearest Kronecker sum: a first factor [%d, %d] does not divide M [%d, %d]",
                rows1,
                cols1,
                matrix.size(0),
                matrix.size(1));
    }

    /** Checks the elements of a sum: a decomposition would lose or fail on those that are not finite. */
    static void requireFinite(String operation, KroneckerSum sum) {
        for (int i = 0; i < sum.factors().size(); i++) {
            Require.finite(
                    operation,
                    "factor " + (i + 1) + " of " + sum.describe(),
                    sum.factors().get(i));
        }
        if (sum.termWeights() != null) {
            Require.finite(operation, "λ of " + sum.describe(), sum.termWeights());
        }
    }

    static void requireTerms(int terms) {
        Require.argument(terms >= 1, "nearest Kronecker sum: %d terms, expected at least 1", terms);
    }

    private static long[] shapes(KroneckerSum sum) {
        INDArray first = sum.factors().get(0);
        INDArray second = sum.factors().get(1);
        return new long[] {first.size(1), first.size(2), second.size(1), second.size(2)};
    }

    private static SingularValues decompose(KroneckerSum sum) {
        Require.argument(
                sum.factors().size() == 2,
                "nearest Kronecker sum: %s has %d factors per term, expected 2",
                sum.describe(),
                sum.factors().size());
        requireFinite("nearest Kronecker sum", sum);
        return SingularValues.ofSum(sum);
    }

    private static NearestSum truncated(SingularValues values, int terms, DataType type, long[] shapes) {
        int kept = Math.min(terms, values.sigma().length);
        double[] roots = new double[kept];
        for (int k = 0; k < kept; k++) {
            roots[k] = Math.sqrt(values.sigma()[k]);
        }
        KroneckerSum sum = KroneckerSum.of(
                stack(values.u(), roots, type, shapes[0], shapes[1]),
                stack(values.v(), roots, type, shapes[2], shapes[3]));
        return new NearestSum(sum, values.tail(kept), values.sigma());
    }

    /** Columns times the roots as factors [s, rows, cols]. */
    private static INDArray stack(INDArray columns, double[] roots, DataType type, long rows, long cols) {
        double[][] scaled = new double[roots.length][];
        for (int k = 0; k < roots.length; k++) {
            scaled[k] = columns.getColumn(k).toDoubleVector();
            SmallMatrices.scale(roots[k], scaled[k]);
        }
        return SmallMatrices.stack(scaled, type, rows, cols);
    }

    @Override
    public String toString() {
        return "NearestSum[sum=" + sum + ", error=" + error + ", singularValues=" + ArrayText.of(singularValues) + "]";
    }
}

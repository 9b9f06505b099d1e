package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All ways to write a matrix as a sum of Kronecker products of two factors, compared by error for a given number of
 * parameters. The error of a split with s terms is exact and comes from the singular values of the rearranged matrix
 * alone, see {@link NearestSum}; no factor is computed.
 *
 * <p>Singular values are computed on first use of a split and kept. A split whose shorter side is k = min(rows₁·cols₁,
 * rows₂·cols₂) costs O(m·n·k). Splits with not even one term within the budget are skipped before that.
 */
public final class FactorSplits {
    private final INDArray matrix;
    private final Map<List<Integer>, double[]> singularValues = new HashMap<>();

    private FactorSplits(INDArray matrix) {
        this.matrix = matrix;
    }

    /**
     * Makes the splits of a matrix.
     *
     * @param matrix M [m, n], FLOAT or DOUBLE; kept, and must not be changed while the splits are used
     * @throws IllegalArgumentException if it is not a matrix or has another type
     */
    public static FactorSplits of(INDArray matrix) {
        Require.shape("factor splits", "M", matrix, "a matrix", -1, -1);
        Require.realType("factor splits", "M", matrix);
        return new FactorSplits(matrix);
    }

    /**
     * Every split with the largest s that fits a budget.
     *
     * @param budget the number of elements that the factors may hold together, at least 1
     * @return the splits of at least one term, smallest error first; for equal errors fewest parameters first
     * @throws IllegalArgumentException if the budget is below 1
     */
    public List<Split> within(long budget) {
        Require.argument(budget >= 1, "factor splits: a budget of %d numbers, expected at least 1", budget);
        List<Split> splits = new ArrayList<>();
        for (int rows1 : divisors((int) matrix.size(0))) {
            for (int cols1 : divisors((int) matrix.size(1))) {
                long terms = budget / numbersPerTerm(rows1, cols1);
                if (terms >= 1) {
                    splits.add(split(rows1, cols1, (int) Math.min(terms, Integer.MAX_VALUE)));
                }
            }
        }
        splits.sort(Comparator.comparingDouble(Split::relativeError).thenComparingLong(Split::parameterCount));
        return splits;
    }

    /**
     * One split with a number of terms.
     *
     * @param rows1 rows of the first factor; divides M's
     * @param cols1 columns of the first factor; divides M's
     * @param terms s, at least 1; capped at min(rows₁·cols₁, rows₂·cols₂)
     * @return the split with its parameter count and error
     * @throws IllegalArgumentException if sizes do not divide, or s is below 1
     */
    public Split split(int rows1, int cols1, int terms) {
        NearestSum.requireDivides(matrix, rows1, cols1);
        NearestSum.requireTerms(terms);
        double[] sigma = singularValues.computeIfAbsent(List.of(rows1, cols1), key -> singularValues(rows1, cols1));
        int kept = Math.min(terms, sigma.length);
        double norm = SingularValues.tail(sigma, 0);
        return new Split(
                rows1,
                cols1,
                (int) matrix.size(0) / rows1,
                (int) matrix.size(1) / cols1,
                kept,
                kept * numbersPerTerm(rows1, cols1),
                norm == 0 ? 0 : SingularValues.tail(sigma, kept) / norm);
    }

    private double[] singularValues(int rows1, int cols1) {
        try (INDArray rearranged = NearestSum.rearranged(matrix, rows1, cols1)) {
            return SingularValues.sigma(rearranged);
        }
    }

    private long numbersPerTerm(int rows1, int cols1) {
        return (long) rows1 * cols1 + matrix.size(0) / rows1 * (matrix.size(1) / cols1);
    }

    /** The divisors of a number, smallest first. */
    static List<Integer> divisors(int size) {
        List<Integer> divisors = new ArrayList<>();
        for (int divisor = 1; divisor <= size; divisor++) {
            if (size % divisor == 0) {
                divisors.add(divisor);
            }
        }
        return divisors;
    }

    /**
     * A split into terms [rows₁, cols₁] ⊗ [rows₂, cols₂] of a matrix.
     *
     * @param rows1 rows of the first factor
     * @param cols1 columns of the first factor
     * @param rows2 rows of the second factor
     * @param cols2 columns of the second factor
     * @param terms s
     * @param parameterCount s·(rows₁·cols₁ + rows₂·cols₂)
     * @param relativeError ‖M − N‖_F / ‖M‖_F of the nearest N; 0 if M is 0
     */
    public record Split(
            int rows1, int cols1, int rows2, int cols2, int terms, long parameterCount, double relativeError) {

        /** Describes the factors, such as {@code [32, 2] ⊗ [24, 2]}. */
        public String describeFactors() {
            return "[" + rows1 + ", " + cols1 + "] ⊗ [" + rows2 + ", " + cols2 + "]";
        }
    }
}

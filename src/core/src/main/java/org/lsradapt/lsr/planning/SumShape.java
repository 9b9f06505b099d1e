package org.lsradapt.lsr.planning;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;

/**
 * The shape of a Kronecker sum of s terms of d factors, the i-th with rows_i × columns_i = P_i elements, and the counts
 * that follow from it for M = Σ_k M_k^(1) ⊗ … ⊗ M_k^(d), a matrix of N = Π P_i elements.
 *
 * @param terms s, at least 1
 * @param columns columns of the factors, one per factor
 */
public record SumShape(int terms, List<Integer> rows, List<Integer> columns) {

    /** Checks that the sizes fit together. */
    public SumShape {
        Require.argument(terms >= 1, "sum shape: %d terms, expected >= 1", terms);
        rows = List.copyOf(rows);
        columns = List.copyOf(columns);
        Require.argument(
                !rows.isEmpty() && rows.size() == columns.size(),
                "sum shape: rows %s and columns %s, expected as many of both, at least one",
                rows,
                columns);
        Require.argument(
                rows.stream().allMatch(size -> size >= 1) && columns.stream().allMatch(size -> size >= 1),
                "sum shape: rows %s and columns %s, expected all >= 1",
                rows,
                columns);
    }

    /** The number of factors, d. */
    public int factorCount() {
        return rows.size();
    }

    private long factor(int i) {
        return (long) rows.get(i) * columns.get(i);
    }

    /** The number of elements of the dense M, N. */
    public long denseCount() {
        return Math.multiplyExact(product(rows), product(columns));
    }

    /** The parameters of the representation, s·Σ P_i. */
    public long parameters() {
        long perTerm = 0;
        for (int i = 0; i < factorCount(); i++) {
            perTerm += factor(i);
        }
        return terms * perTerm;
    }

    /**
     * The number of free parameters: the dimension of the set of matrices that such sums can represent.
     *
     * <p>Two factors: rearranged, M is any P₁×P₂ matrix of rank s, and those matrices have s·(P₁ + P₂ − s) free
     * parameters; the other s² mix terms and do not change M. One factor: N. More: s·(Σ P_i − d + 1), since a term's
     * factors can be scaled against each other in d − 1 ways, but at most N and at most the bound of any split into two
     * groups of factors; an upper bound, which few shapes miss.
     */
    public long freeNumbers() {
        long dense = denseCount();
        int d = factorCount();
        if (d == 1) {
            return dense;
        }
        long free = Math.min(dense, parameters() - (long) terms * (d - 1));
        for (int i = 0; i < d; i++) {
            long others = dense / factor(i);
            long rank = Math.min(terms, Math.min(factor(i), others));
            free = Math.min(free, rank * (factor(i) + others - rank));
        }
        return free;
    }

    /** The largest rank of M: min(rows, columns, s·Π min(rows_i, columns_i)); random factors reach it. */
    public int reachableRank() {
        long rank = terms;
        for (int size : narrowest()) {
            rank = Math.min(Integer.MAX_VALUE, rank * size);
        }
        return (int) Math.min(rank, Math.min(product(rows), product(columns)));
    }

    /** The rank of each factor, min(rows_i, columns_i). */
    List<Integer> narrowest() {
        List<Integer> narrowest = new ArrayList<>();
        for (int i = 0; i < factorCount(); i++) {
            narrowest.add(Math.min(rows.get(i), columns.get(i)));
        }
        return narrowest;
    }

    private static long product(List<Integer> sizes) {
        return sizes.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Multiply-adds to build M, s·N for two factors, none for one. */
    public long materializationCost() {
        long cost = 0;
        long built = factor(factorCount() - 1);
        for (int i = factorCount() - 2; i >= 0; i--) {
            built *= factor(i);
            cost += terms * built;
        }
        return cost;
    }

    /**
     * The paper's bound γ·μ on the change of M, relative to ‖M‖_F, when the factors are rounded; see
     * {@link org.lsradapt.lsr.numerics.ConditionNumber}.
     *
     * @param precision the floating-point format that holds the factors
     * @param gamma γ: 1 for orthogonal terms, near 1 at a random initialization
     * @return ε relative to ‖M‖_F
     */
    public double roundingError(Precision precision, double gamma) {
        return gamma * precision.unitRoundOff();
    }

    /**
     * An upper bound of that change: ((1+μ)^d − 1)·√s·γ, since Σλ_k ≤ √s·(Σλ_k²)^½.
     *
     * @param precision the floating-point format that holds the factors
     * @param gamma γ
     * @return ε relative to ‖M‖_F
     */
    public double worstRoundingError(Precision precision, double gamma) {
        return Math.expm1(factorCount() * Math.log1p(precision.unitRoundOff())) * Math.sqrt(terms) * gamma;
    }
}

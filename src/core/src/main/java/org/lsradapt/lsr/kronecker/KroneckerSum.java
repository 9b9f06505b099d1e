package org.lsradapt.lsr.kronecker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A matrix in separated representation, M = Σ_k λ_k M_k^(1) ⊗ … ⊗ M_k^(d), k = 1 … s (LSR-Adapt, arXiv 2502.13568;
 * Beylkin and Mohlenbach, SIAM J. Sci. Comput. 26, 2005).
 *
 * <p>Factors are stored stacked, the i-th as [s, rows_i, cols_i]; M is [Π rows_i, Π cols_i]. The arrays are kept, not
 * copied: a change of their elements changes M, and their owner closes them. A sum never writes them, so threads may
 * share it while nothing else does.
 */
public final class KroneckerSum {
    private final List<INDArray> factors;
    private final @Nullable INDArray termWeights;
    private final Backend backend;

    private KroneckerSum(List<INDArray> factors, INDArray termWeights, Backend backend) {
        this.factors = factors;
        this.termWeights = termWeights;
        this.backend = backend;
    }

    /**
     * The sum of the terms M_k^(1) ⊗ … ⊗ M_k^(d), with all λ equal to one.
     *
     * @param factors d ≥ 1 arrays [s, rows_i, cols_i] of one s and one type, FLOAT or DOUBLE; 'c' ordered and
     *     contiguous; kept
     * @throws IllegalArgumentException if they do not fit together
     */
    public static KroneckerSum of(INDArray... factors) {
        return of(Arrays.asList(factors), null);
    }

    /**
     * The sum of the terms λ_k M_k^(1) ⊗ … ⊗ M_k^(d).
     *
     * @param termWeights λ [s], of the factors' type; null for all ones; kept
     * @throws IllegalArgumentException if they do not fit together
     */
    public static KroneckerSum of(List<INDArray> factors, @Nullable INDArray termWeights) {
        return of(factors, termWeights, Backends.standard());
    }

    /**
     * The sum of the terms λ_k M_k^(1) ⊗ … ⊗ M_k^(d), computed by a backend of the caller's choice.
     *
     * @param termWeights λ [s], of the factors' type; null for all ones; kept
     * @param backend computes the products
     * @throws IllegalArgumentException if they do not fit together
     */
    public static KroneckerSum of(List<INDArray> factors, @Nullable INDArray termWeights, Backend backend) {
        Require.argument(!factors.isEmpty(), "Kronecker sum: no factors, expected at least one");
        INDArray first = factors.get(0);
        Require.realType("Kronecker sum", "factor 1", first);
        Require.shape("Kronecker sum", "factor 1", first, "[s, rows, cols]", -1, -1, -1);
        for (int i = 0; i < factors.size(); i++) {
            INDArray factor = factors.get(i);
            String name = "factor " + (i + 1);
            Require.shape("Kronecker sum", name, factor, "s as factor 1", first.size(0), -1, -1);
            Require.type("Kronecker sum", name, factor, first.dataType(), "factor 1");
            Require.argument(
                    Views.isContiguous(factor),
                    "Kronecker sum: %s is a strided or 'f' ordered array, expected contiguous 'c' order (dup('c'))",
                    name);
        }
        if (termWeights != null) {
            Require.shape("Kronecker sum", "λ", termWeights, "one per term", first.size(0));
            Require.type("Kronecker sum", "λ", termWeights, first.dataType(), "factor 1");
        }
        return new KroneckerSum(List.copyOf(factors), termWeights, backend);
    }

    /** The stacked factors, [s, rows_i, cols_i]; the kept arrays, not copies. */
    public List<INDArray> factors() {
        return factors;
    }

    /** λ [s], or null if all are one; the kept array, not a copy. */
    public @Nullable INDArray termWeights() {
        return termWeights;
    }

    /** s, the number of terms ({@code num_terms} elsewhere). */
    public int separationRank() {
        return (int) factors.get(0).size(0);
    }

    /** Rows of M, Π rows_i. */
    public long rows() {
        return factors.stream().mapToLong(f -> f.size(1)).reduce(1, Math::multiplyExact);
    }

    /** Columns of M, Π cols_i. */
    public long columns() {
        return factors.stream().mapToLong(f -> f.size(2)).reduce(1, Math::multiplyExact);
    }

    /** FLOAT or DOUBLE. */
    public DataType dataType() {
        return factors.get(0).dataType();
    }

    /** The number of elements in the representation: s·Σ_i rows_i·cols_i, plus s with λ. */
    public long parameterCount() {
        long count = termWeights == null ? 0 : separationRank();
        for (INDArray factor : factors) {
            count += factor.length();
        }
        return count;
    }

    /** Builds the dense matrix M, a new 'c' ordered array [rows, columns]. */
    public INDArray materialize() {
        INDArray dense = Nd4j.createUninitialized(dataType(), new long[] {1, rows(), columns()}, 'c');
        backend.materialize(single(factors), singleWeights(termWeights), dense);
        return dense.reshape('c', rows(), columns());
    }

    /** The dense matrix M [rows, columns], computed in double whatever the factors' type, in 'c' order. */
    public double[] materializeDouble() {
        List<INDArray> wide = new ArrayList<>();
        for (INDArray factor : factors) {
            wide.add(factor.dup('c').castTo(DataType.DOUBLE));
        }
        INDArray weights = termWeights == null ? null : termWeights.dup().castTo(DataType.DOUBLE);
        INDArray dense = new KroneckerSum(wide, weights, backend).materialize();
        double[] numbers = dense.data().asDouble();
        dense.close();
        return numbers;
    }

    /** The two ways to multiply by M. */
    public enum Way {
        /** Build the dense matrix, then multiply by it. */
        THROUGH_DENSE,
        /** Contract with the factors; the dense matrix is never built. */
        THROUGH_FACTORS
    }

    /** The way that {@link #apply} takes for n rows of x, chosen from shapes alone; see docs/background/performance.md. */
    public Way cheaperWay(long n) {
        return ContractionCost.cheaper(this, n, false);
    }

    /**
     * x·M for a batch of rows, by the {@linkplain #cheaperWay cheaper way}.
     *
     * @param x [n, rows], of the factors' type
     * @return a new array [n, columns]
     * @throws IllegalArgumentException if x has another shape or type
     */
    public INDArray apply(INDArray x) {
        return apply(x, cheaperWay(x.size(0)));
    }

    /**
     * x·M for a batch of rows, by a given way; the results of the two ways differ by round-off.
     *
     * @param x [n, rows], of the factors' type
     * @param way the way to compute the product
     * @return a new array [n, columns]
     * @throws IllegalArgumentException if x has another shape or type
     */
    public INDArray apply(INDArray x, Way way) {
        Require.shape("apply", "x", x, "rows of the Kronecker sum " + describe(), -1, rows());
        Require.type("apply", "x", x, dataType(), "the factors");
        return KroneckerProducts.apply(this, x, false, way, backend);
    }

    /**
     * y·Mᵀ for a batch of rows, see {@link #apply(INDArray)}.
     *
     * @param y [n, columns], of the factors' type
     * @return a new array [n, rows]
     * @throws IllegalArgumentException if y has another shape or type
     */
    public INDArray applyTranspose(INDArray y) {
        Require.shape("applyTranspose", "y", y, "columns of the Kronecker sum " + describe(), -1, columns());
        Require.type("applyTranspose", "y", y, dataType(), "the factors");
        return KroneckerProducts.apply(this, y, true, ContractionCost.cheaper(this, y.size(0), true), backend);
    }

    /**
     * The gradient of a function of M with respect to factors and λ.
     *
     * @param gradient ∂L/∂M, [rows, columns], of the factors' type
     * @return new arrays, shaped as the factors and λ (null without λ)
     * @throws IllegalArgumentException if the gradient has another shape or type
     */
    public Gradient gradient(INDArray gradient) {
        Require.shape("gradient", "∂L/∂M", gradient, "the Kronecker sum " + describe(), rows(), columns());
        Require.type("gradient", "∂L/∂M", gradient, dataType(), "the factors");
        List<INDArray> gradFactors = new ArrayList<>();
        for (INDArray factor : factors) {
            gradFactors.add(Nd4j.createUninitialized(dataType(), factor.shape(), 'c'));
        }
        INDArray gradWeights = termWeights == null ? null : Nd4j.create(dataType(), separationRank());
        INDArray dense = gradient.dup('c').reshape('c', 1, rows(), columns());
        backend.materializeGradient(
                single(factors), singleWeights(termWeights), dense, single(gradFactors), singleWeights(gradWeights));
        return new Gradient(gradFactors, gradWeights);
    }

    /**
     * The Frobenius inner product ⟨M, N⟩ = Σ_k Σ_l λ_k μ_l Π_i ⟨M_k^(i), N_l^(i)⟩, from the factors alone and in double
     * precision.
     *
     * @param other N, with factors of the same shapes (its separation rank may differ)
     * @return ⟨M, N⟩; the error is that of double round-off relative to the sum of the terms' norms, so a value far
     *     below Σ|λ_k|·Σ|μ_l| of normalized factors has lost digits to cancellation
     * @throws IllegalArgumentException if factor shapes differ
     */
    public double innerProduct(KroneckerSum other) {
        return GramMatrices.innerProduct(this, other);
    }

    /** The Frobenius norm ‖M‖_F = ⟨M, M⟩^½, from the factors alone; see {@link #innerProduct} for its error. */
    public double normF() {
        return Math.sqrt(Math.max(0, innerProduct(this)));
    }

    /**
     * The inner products of the terms, ⟨T_k, T_l⟩ with T_k = λ_k M_k^(1) ⊗ … ⊗ M_k^(d), from the factors alone and in
     * double precision. Their sum is ‖M‖²_F; the root of the k-th diagonal entry is the norm of the k-th term.
     *
     * @return s·s values, row by row
     */
    public double[] termProducts() {
        return GramMatrices.ofTerms(this, this);
    }

    /** The terms' Frobenius norms |λ_k|·Π_i ‖M_k^(i)‖_F, length s: the λ_k of the normalized representation. */
    public double[] termNorms() {
        return GramMatrices.termNorms(this);
    }

    /** Describes the shapes, such as {@code 16 × [32, 2] ⊗ [24, 2]}. */
    public String describe() {
        StringBuilder text = new StringBuilder().append(separationRank()).append(" × ");
        for (int i = 0; i < factors.size(); i++) {
            text.append(i == 0 ? "" : " ⊗ ")
                    .append('[')
                    .append(factors.get(i).size(1))
                    .append(", ")
                    .append(factors.get(i).size(2))
                    .append(']');
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "KroneckerSum " + describe() + " " + dataType();
    }

    /** Views of [s, rows, cols] arrays as stacks of one sum, [1, s, rows, cols]. */
    static List<INDArray> single(List<INDArray> factors) {
        List<INDArray> stacked = new ArrayList<>();
        for (INDArray factor : factors) {
            stacked.add(factor.reshape('c', 1, factor.size(0), factor.size(1), factor.size(2)));
        }
        return stacked;
    }

    static INDArray singleWeights(INDArray termWeights) {
        return termWeights == null ? null : termWeights.reshape('c', 1, termWeights.length());
    }

    /**
     * The gradient of a function of a Kronecker sum. The caller closes the arrays; threads may share it while nothing
     * writes them.
     *
     * @param factors ∂L/∂M^(i), [s, rows_i, cols_i] each
     * @param termWeights ∂L/∂λ [s], or null if the sum has no λ
     */
    public record Gradient(List<INDArray> factors, @Nullable INDArray termWeights) {}
}

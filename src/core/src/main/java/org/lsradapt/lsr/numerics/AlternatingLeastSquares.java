package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Approximates a matrix or a longer sum M by a Kronecker sum N of s terms and any number d ≥ 2 of factors, by
 * alternating least squares (Beylkin and Mohlenbach, SIAM J. Sci. Comput. 26, 2005): with all factors except the i-th
 * fixed, the best i-th factors solve a linear system of s equations; i cycles through all factors.
 *
 * <p>The objective is F = ‖M − N‖²_F + δ·Σ_k λ_k², with λ_k the norms of N's terms. For d ≥ 3 the nearest sum of s
 * terms need not exist, since terms can grow without bound and cancel; δ prevents this. With factors of unit norm the
 * system is (G + δ·I)·X = C, where G is the product of the other factors' Gram matrices. Each solution is exact, so F
 * never grows.
 *
 * <p>Bounds. After any sweep ⟨M, N⟩ = ‖N‖² + δ·Σλ², hence with Cauchy and Schwarz γ² = Σλ²/‖N‖² ≤ (‖M‖/‖N‖ − 1)/δ, and
 * with ε = ‖M − N‖/‖M‖ below 1: γ ≤ (ε/((1−ε)·δ))^½. A fit that could be exact is drawn towards 0 by about δ·γ of its
 * norm.
 *
 * <p>The result is a local minimum: the best of several starts. For two factors use {@link NearestSum}, which is exact
 * and has no δ.
 *
 * @param sum N, of M's type; factors without λ, all factors of a term of equal norm
 * @param error ‖M − N‖_F; for a sum M, from inner products, so that below 10⁻⁸ of its terms' norms it is round-off
 * @param relativeError error / ‖M‖_F; 0 if M is 0
 * @param conditionNumber γ of N; 1 if N is 0
 * @param sweeps the state after each sweep over all factors, from the best start
 */
public record AlternatingLeastSquares(
        KroneckerSum sum, double error, double relativeError, double conditionNumber, List<Sweep> sweeps) {

    /**
     * The state after a sweep.
     *
     * @param objective F
     * @param error ‖M − N‖_F
     * @param conditionNumber γ of N
     */
    public record Sweep(double objective, double error, double conditionNumber) {}

    /**
     * The settings of a fit.
     *
     * @param regularization δ, above 0
     * @param maxSweeps the largest number of sweeps per start, at least 1
     * @param tolerance the fit stops when a sweep lowers F by less than this fraction of F; at least 0
     * @param starts the number of starts, at least 1: for a sum M its s largest terms, then random ones
     */
    public record Settings(double regularization, int maxSweeps, double tolerance, int starts, long seed) {
        /** δ = 10⁻⁸, 500 sweeps, tolerance 10⁻⁷, 3 starts. */
        public static final Settings DEFAULTS = new Settings(1e-8, 500, 1e-7, 3, 42);

        /** Checks the ranges. */
        public Settings {
            Require.argument(
                    regularization > 0 && Double.isFinite(regularization),
                    "alternating least squares: regularization is %s, expected a positive number",
                    regularization);
            Require.argument(maxSweeps >= 1, "alternating least squares: %d sweeps, expected at least 1", maxSweeps);
            Require.argument(
                    tolerance >= 0, "alternating least squares: tolerance is %s, expected at least 0", tolerance);
            Require.argument(starts >= 1, "alternating least squares: %d starts, expected at least 1", starts);
        }
    }

    /**
     * Fits a matrix.
     *
     * @param matrix M [Π rows_i, Π cols_i], FLOAT or DOUBLE
     * @param rows rows of each factor, d ≥ 2
     * @param terms s, at least 1
     * @return the sum with its error
     * @throws IllegalArgumentException if sizes do not multiply up to M's, an element is not finite, or s is below 1
     */
    public static AlternatingLeastSquares ofMatrix(
            INDArray matrix, List<Integer> rows, List<Integer> columns, int terms, Settings settings) {
        Require.shape("alternating least squares", "M", matrix, "a matrix", -1, -1);
        Require.realType("alternating least squares", "M", matrix);
        Require.argument(
                rows.size() >= 2
                        && rows.size() == columns.size()
                        && product(rows) == matrix.size(0)
                        && product(columns) == matrix.size(1),
                "alternating least squares: factors with rows %s and columns %s, expected two or more of each that"
                        + " multiply up to M's [%d, %d]",
                rows,
                columns,
                matrix.size(0),
                matrix.size(1));
        Require.finite("alternating least squares", "M", matrix);
        requireTerms(terms);
        int d = rows.size();
        long[] split = new long[2 * d];
        int[] order = new int[2 * d];
        long[][] shapes = new long[d][];
        for (int i = 0; i < d; i++) {
            split[i] = rows.get(i);
            split[d + i] = columns.get(i);
            order[2 * i] = i;
            order[2 * i + 1] = d + i;
            shapes[i] = new long[] {rows.get(i), columns.get(i)};
        }
        double[] numbers = matrix.castTo(DataType.DOUBLE)
                .dup('c')
                .reshape('c', split)
                .permute(order)
                .dup('c')
                .data()
                .asDouble();
        return new Fit(new FitTarget.Dense(numbers), shapes, terms, settings).best(null, matrix.dataType());
    }

    /**
     * Fits a sum of more terms, or of as many, from inner products of factors; M is never formed.
     *
     * @param sum M with d ≥ 2 factors per term
     * @param terms s, at least 1
     * @throws IllegalArgumentException if M has one factor per term, an element is not finite, or s is below 1
     */
    public static AlternatingLeastSquares ofSum(KroneckerSum sum, int terms, Settings settings) {
        Require.argument(
                sum.factors().size() >= 2,
                "alternating least squares: %s has one factor per term, expected at least 2",
                sum.describe());
        NearestSum.requireFinite("alternating least squares", sum);
        requireTerms(terms);
        int d = sum.factors().size();
        double[][][] of = new double[d][][];
        long[][] shapes = new long[d][];
        for (int i = 0; i < d; i++) {
            INDArray factor = sum.factors().get(i);
            shapes[i] = new long[] {factor.size(1), factor.size(2)};
            of[i] = SmallMatrices.rows(factor);
        }
        double[] lambda = SmallMatrices.weights(sum);
        for (int k = 0; k < lambda.length; k++) {
            SmallMatrices.scale(lambda[k], of[0][k]);
        }
        double[] norms = sum.termNorms();
        int[] largest = IntStream.range(0, norms.length)
                .boxed()
                .sorted(Comparator.comparingDouble(k -> -norms[k]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[][][] start = new double[d][Math.min(terms, norms.length)][];
        for (int i = 0; i < d; i++) {
            for (int k = 0; k < start[i].length; k++) {
                start[i][k] = of[i][largest[k]].clone();
            }
        }
        return new Fit(new FitTarget.Sum(of), shapes, terms, settings).best(start, sum.dataType());
    }

    private static void requireTerms(int terms) {
        Require.argument(terms >= 1, "alternating least squares: %d terms, expected at least 1", terms);
    }

    private static long product(List<Integer> sizes) {
        return sizes.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Fit(FitTarget target, long[][] shapes, int terms, Settings settings) {

        AlternatingLeastSquares best(double[][][] given, DataType type) {
            Random random = SplitMix64.random(settings.seed());
            Run best = null;
            for (int start = 0; start < settings.starts(); start++) {
                Run run = new Run(target, filled(start == 0 ? given : null, random), settings);
                if (best == null || run.last().objective() < best.last().objective()) {
                    best = run;
                }
            }
            double norm = Math.sqrt(target.squaredNorm());
            Sweep last = best.last();
            return new AlternatingLeastSquares(
                    best.sum(shapes, type),
                    last.error(),
                    norm == 0 ? 0 : last.error() / norm,
                    last.conditionNumber(),
                    List.copyOf(best.sweeps));
        }

        /** Extends a start to s terms with random ones, and scales factors to unit norm. */
        private double[][][] filled(double[][][] given, Random random) {
            double[][][] start = new double[shapes.length][terms][];
            for (int i = 0; i < shapes.length; i++) {
                int length = (int) (shapes[i][0] * shapes[i][1]);
                double[][] drawn = new double[terms][];
                for (int k = 0; k < terms; k++) {
                    drawn[k] = random.doubles(length, -1, 1).toArray();
                    start[i][k] = given != null && k < given[i].length ? given[i][k] : drawn[k].clone();
                }
                FitTarget.normalize(drawn, drawn);
                FitTarget.normalize(start[i], drawn);
            }
            return start;
        }
    }

    /** One start, improved until it converges. */
    private static final class Run {
        private final FitTarget target;
        private final double delta;
        private final double[][][] factors;
        private final double[] weights;
        private final List<Sweep> sweeps = new ArrayList<>();

        Run(FitTarget target, double[][][] start, Settings settings) {
            this.target = target;
            factors = start;
            delta = settings.regularization();
            weights = new double[start[0].length];
            double before = Double.POSITIVE_INFINITY;
            for (int sweep = 0; sweep < settings.maxSweeps(); sweep++) {
                sweeps.add(sweep());
                double now = last().objective();
                if (before - now <= settings.tolerance() * now) {
                    break;
                }
                before = now;
            }
        }

        Sweep last() {
            return sweeps.get(sweeps.size() - 1);
        }

        private Sweep sweep() {
            for (int i = 0; i < factors.length; i++) {
                double[][] gram = FitTarget.gram(factors, factors, i);
                for (int k = 0; k < gram.length; k++) {
                    gram[k][k] += delta;
                }
                double[][] next = target.contract(factors, i);
                SmallMatrices.solve(gram, next);
                System.arraycopy(FitTarget.normalize(next, factors[i]), 0, weights, 0, weights.length);
                factors[i] = next;
            }
            double squares = SmallMatrices.dot(weights, weights);
            double distance = target.squaredDistance(factors, weights);
            double norm = FitTarget.bilinear(weights, FitTarget.gram(factors, factors, -1), weights);
            return new Sweep(
                    distance + delta * squares,
                    Math.sqrt(distance),
                    squares == 0 ? 1 : Math.sqrt(squares / Math.max(0, norm)));
        }

        /** The sum, with each term's weight divided evenly among its factors. */
        KroneckerSum sum(long[][] shapes, DataType type) {
            INDArray[] stacks = new INDArray[factors.length];
            for (int i = 0; i < stacks.length; i++) {
                double[][] scaled =
                        Arrays.stream(factors[i]).map(double[]::clone).toArray(double[][]::new);
                for (int k = 0; k < scaled.length; k++) {
                    SmallMatrices.scale(Math.pow(weights[k], 1.0 / factors.length), scaled[k]);
                }
                stacks[i] = SmallMatrices.stack(scaled, type, shapes[i][0], shapes[i][1]);
            }
            return KroneckerSum.of(stacks);
        }
    }
}

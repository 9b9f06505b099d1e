package org.lsradapt.lsr.numerics;

import static org.lsradapt.lsr.numerics.SmallMatrices.product;
import static org.lsradapt.lsr.numerics.SmallMatrices.transposed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Fits products of Kronecker sums to ΔW = L·Rᵀ, L = A and R = Bᵀ; see {@link LoraConversion}. */
final class ProductFit {
    /** The size of the numbers that fill unused columns, relative to the root mean square of the other elements. */
    private static final double FILLING = 1e-3;

    private final LoraConversion.Settings settings;
    private final DataType type;
    private final double[][] left;
    private final double[][] right;
    private final SingularValues spectrum;
    private final double norm;

    ProductFit(INDArray a, INDArray b, LoraConversion.Settings settings) {
        Require.shape("conversion", "A", a, "[in, r]", -1, -1);
        Require.realType("conversion", "A", a);
        Require.shape("conversion", "B", b, "A's columns", a.size(1), -1);
        Require.type("conversion", "B", b, a.dataType(), "A");
        Require.finite("conversion", "A", a);
        Require.finite("conversion", "B", b);
        this.settings = settings;
        type = a.dataType();
        left = SmallMatrices.rows(a);
        right = transposed(SmallMatrices.rows(b));
        spectrum = SingularValues.ofProduct(Nd4j.createFromArray(left), Nd4j.createFromArray(right));
        norm = spectrum.tail(0);
    }

    /** U·Σ^½ and V·Σ^½ of ΔW = U·Σ·Vᵀ with r' columns, the last zero if there are fewer directions. */
    INDArray[] balanced(int rank) {
        double[][][] sides = balancedRows(rank);
        return new INDArray[] {Nd4j.createFromArray(sides[0]), Nd4j.createFromArray(sides[1])};
    }

    private double[][][] balancedRows(int rank) {
        double[][] u = SmallMatrices.rows(spectrum.u());
        double[][] v = SmallMatrices.rows(spectrum.v());
        double[][] roots = new double[spectrum.sigma().length][rank];
        for (int i = 0; i < Math.min(rank, roots.length); i++) {
            roots[i][i] = Math.sqrt(spectrum.sigma()[i]);
        }
        return new double[][][] {product(u, roots), product(v, roots)};
    }

    /** The number of terms with which both sides are exact. */
    int mostTerms(LsrConfig config) {
        Shape shape = new Shape(config);
        return Math.max(most(shape.in, shape.rank), most(shape.out, shape.rank));
    }

    private static int most(int[] n, int[] r) {
        return Math.min(n[0] * r[0], n[1] * r[1]);
    }

    LoraConversion convert(LsrConfig config) {
        Shape shape = new Shape(config);
        double scaling = config.scaling();
        int rank = config.bottleneckRank();
        Random random = SplitMix64.random(settings.seed());
        Run best = null;
        for (double[][][] start : starts(rank)) {
            Run run = new Run(shape, start, random);
            run.improve(settings.trialSweeps());
            if (best == null || run.last() < best.last()) {
                best = run;
            }
        }
        best.improve(settings.maxSweeps());
        double plain = Double.NaN;
        if (left[0].length <= rank) {
            Run given = new Run(shape, new double[][][] {widened(left, rank), widened(right, rank)}, random);
            plain = given.last();
            if (plain < best.last()) {
                best = given;
            }
        }
        double ratio = best.normRatio();
        double balance = Math.sqrt(ratio / Math.abs(scaling));
        return new LoraConversion(
                config.withPlainTerms(config.separationRank()),
                best.l.sum(1 / (Math.abs(scaling) * balance), false, type),
                best.r.sum(Math.signum(scaling) * balance, true, type),
                best.last(),
                plain,
                best.errors,
                shape.parameters(),
                (long) left[0].length * (left.length + right.length));
    }

    /**
     * Pairs of L and R with r' columns and the product ΔW, or its r' largest directions; A and B themselves first.
     * Unused columns are filled with small random numbers: zeros on both sides are a saddle point, which a sweep leaves
     * only through round-off, if at all.
     */
    List<double[][][]> starts(int rank) {
        List<double[][][]> starts = new ArrayList<>();
        Random random = SplitMix64.random(settings.seed());
        if (left[0].length <= rank) {
            starts.add(new double[][][] {filled(left, rank, random), filled(right, rank, random)});
        }
        int directions = Math.min(Math.min(rank, left[0].length), spectrum.sigma().length);
        double[][][] form = balancedRows(directions);
        double[][][] balanced = {filled(form[0], rank, random), filled(form[1], rank, random)};
        starts.add(balanced);
        for (int i = 0; i < settings.rotations(); i++) {
            double[][] rotation = new double[rank][];
            for (int j = 0; j < rank; j++) {
                rotation[j] = random.doubles(rank, -1, 1).toArray();
            }
            Orthogonal.orthogonalize(rotation);
            starts.add(new double[][][] {product(balanced[0], rotation), product(balanced[1], rotation)});
        }
        return starts;
    }

    /** A matrix extended by columns of zeros; new. */
    private static double[][] widened(double[][] matrix, int columns) {
        return Stream.of(matrix).map(row -> Arrays.copyOf(row, columns)).toArray(double[][]::new);
    }

    /** A matrix extended by columns of small random numbers; new. */
    private static double[][] filled(double[][] matrix, int columns, Random random) {
        int given = matrix[0].length;
        double square = Stream.of(matrix)
                .mapToDouble(row -> SmallMatrices.dot(row, row))
                .sum();
        double size = FILLING * Math.sqrt(square / ((double) matrix.length * given));
        double[][] wide = widened(matrix, columns);
        for (double[] row : wide) {
            for (int j = given; j < columns; j++) {
                row[j] = size * (2 * random.nextDouble() - 1);
            }
        }
        return wide;
    }

    private final class Shape {
        final int[] in;
        final int[] out;
        final int[] rank;
        final int terms;

        Shape(LsrConfig config) {
            Require.argument(
                    config.factorCount() == 2,
                    "conversion: the configuration has %d factors per term, expected 2",
                    config.factorCount());
            Require.argument(
                    config.scaling() != 0, "conversion: the configuration's scaling is 0, expected a non-zero value");
            in = sizes(config.inFactors(left.length));
            out = sizes(config.outFactors(right.length));
            rank = sizes(config.resolvedRankFactors());
            terms = config.separationRank();
        }

        private static int[] sizes(List<Integer> sizes) {
            return sizes.stream().mapToInt(Integer::intValue).toArray();
        }

        long parameters() {
            return (long) terms * ((long) (in[0] + out[0]) * rank[0] + (long) (in[1] + out[1]) * rank[1]);
        }
    }

    private final class Run {
        TallSum l;
        TallSum r;
        final List<Double> errors = new ArrayList<>();
        private final Random random;
        private double[][] denseL;
        private double[][] denseR;

        Run(Shape shape, double[][][] start, Random random) {
            l = TallSum.nearest(start[0], shape.in, shape.rank, shape.terms);
            r = TallSum.nearest(start[1], shape.out, shape.rank, shape.terms);
            this.random = random;
            denseL = l.dense();
            denseR = r.dense();
            errors.add(error());
        }

        double last() {
            return errors.get(errors.size() - 1);
        }

        /** Sweeps until a sweep gains little; a sweep that does not lower the error, because of round-off, is undone. */
        void improve(int sweeps) {
            for (int sweep = 0; sweep < sweeps; sweep++) {
                TallSum formerL = l.copy();
                TallSum formerR = r.copy();
                double[][] formerDenseL = denseL;
                double[][] formerDenseR = denseR;
                denseL = improved(l, left, right, denseR);
                denseR = improved(r, right, left, denseL);
                double before = last();
                double now = error();
                if (!(now < before)) {
                    l = formerL;
                    r = formerR;
                    denseL = formerDenseL;
                    denseR = formerDenseR;
                    break;
                }
                errors.add(now);
                if (before - now <= settings.tolerance() * now) {
                    break;
                }
            }
        }

        /** Improves one side, given the other's new values: H = Y'ᵀ·Y', K = X·(Yᵀ·Y'). */
        private double[][] improved(TallSum side, double[][] x, double[][] y, double[][] newY) {
            double[][] transposed = transposed(newY);
            double[][] h = product(transposed, newY);
            side.improve(h, product(x, product(transposed(y), newY)), random);
            return side.dense();
        }

        /** ⟨X, Y⟩. */
        private static double trace(double[][] x, double[][] y) {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += SmallMatrices.dot(x[i], y[i]);
            }
            return sum;
        }

        /**
         * The relative error, from orthogonal decompositions of [L', L] and [R', -R]. Inner products are cheaper, but
         * lose half the digits, and more if L' and R' are larger than ΔW requires.
         */
        private double error() {
            double[][] upperL = Orthogonal.orthogonalize(columns(denseL, left, 1));
            double[][] upperR = Orthogonal.orthogonalize(columns(denseR, right, -1));
            double[][] difference = SmallMatrices.productTransposed(upperL, upperR);
            return norm == 0 ? 0 : Math.sqrt(trace(difference, difference)) / norm;
        }

        /** The columns of [X, factor·Y] as rows, new. */
        private static double[][] columns(double[][] x, double[][] y, double factor) {
            double[][] columns =
                    Stream.of(transposed(x), transposed(y)).flatMap(Stream::of).toArray(double[][]::new);
            for (int j = x[0].length; j < columns.length; j++) {
                SmallMatrices.scale(factor, columns[j]);
            }
            return columns;
        }

        /** ‖L'‖ / ‖R'‖, or 1 if either is 0. */
        double normRatio() {
            double ratio = Math.sqrt(trace(denseL, denseL) / trace(denseR, denseR));
            return ratio > 0 && Double.isFinite(ratio) ? ratio : 1;
        }
    }
}

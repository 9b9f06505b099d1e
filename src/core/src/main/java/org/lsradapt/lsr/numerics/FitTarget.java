package org.lsradapt.lsr.numerics;

import static org.lsradapt.lsr.numerics.SmallMatrices.add;
import static org.lsradapt.lsr.numerics.SmallMatrices.dot;
import static org.lsradapt.lsr.numerics.SmallMatrices.productTransposed;
import static org.lsradapt.lsr.numerics.SmallMatrices.scale;

import java.util.Arrays;

/**
 * The target of {@link AlternatingLeastSquares}: M rearranged so that each Kronecker factor is an index, and a term is
 * the outer product of its factors as vectors. Factors are indexed [factor][term][element].
 */
interface FitTarget {

    /** ‖M‖²_F. */
    double squaredNorm();

    /** For each term, M contracted with all of the term's factors except {@code but}, [term][element]. */
    double[][] contract(double[][][] factors, int but);

    /** ‖M − Σ_k λ_k term_k‖²_F. */
    double squaredDistance(double[][][] factors, double[] weights);

    /** The products of the terms' inner products over all factors but {@code but}, or all for -1, [x][y]. */
    static double[][] gram(double[][][] x, double[][][] y, int but) {
        double[][] gram = new double[x[0].length][y[0].length];
        for (double[] row : gram) {
            Arrays.fill(row, 1);
        }
        for (int i = 0; i < x.length; i++) {
            if (i != but) {
                double[][] factor = productTransposed(x[i], y[i]);
                for (int k = 0; k < gram.length; k++) {
                    for (int l = 0; l < gram[k].length; l++) {
                        gram[k][l] *= factor[k][l];
                    }
                }
            }
        }
        return gram;
    }

    /** xᵀ·S·y. */
    static double bilinear(double[] x, double[][] s, double[] y) {
        double sum = 0;
        for (int k = 0; k < x.length; k++) {
            sum += x[k] * dot(s[k], y);
        }
        return sum;
    }

    /** A Kronecker sum, known only by inner products: distances below 10⁻⁸ of its terms' norms are round-off. */
    @SuppressWarnings("ArrayRecordComponent")
    record Sum(double[][][] terms) implements FitTarget {

        @Override
        public double squaredNorm() {
            double[] ones = ones();
            return Math.max(0, bilinear(ones, gram(terms, terms, -1), ones));
        }

        @Override
        public double[][] contract(double[][][] factors, int but) {
            return SmallMatrices.product(gram(factors, terms, but), terms[but]);
        }

        @Override
        public double squaredDistance(double[][][] factors, double[] weights) {
            double mixed = bilinear(weights, gram(factors, terms, -1), ones());
            return Math.max(0, squaredNorm() - 2 * mixed + bilinear(weights, gram(factors, factors, -1), weights));
        }

        private double[] ones() {
            double[] ones = new double[terms[0].length];
            Arrays.fill(ones, 1);
            return ones;
        }
    }

    /** A dense matrix, rearranged; elements in the order of the factors' indices, the last index running fastest. */
    @SuppressWarnings("ArrayRecordComponent")
    record Dense(double[] numbers) implements FitTarget {

        @Override
        public double squaredNorm() {
            return dot(numbers, numbers);
        }

        @Override
        public double[][] contract(double[][][] factors, int but) {
            double[][] contracted = new double[factors[but].length][];
            for (int k = 0; k < contracted.length; k++) {
                double[] rest = numbers;
                for (int i = factors.length - 1; i > but; i--) {
                    rest = withLast(rest, factors[i][k]);
                }
                for (int i = 0; i < but; i++) {
                    rest = withFirst(rest, factors[i][k]);
                }
                contracted[k] = rest;
            }
            return contracted;
        }

        private static double[] withLast(double[] rest, double[] factor) {
            double[] shorter = new double[rest.length / factor.length];
            for (int i = 0; i < shorter.length; i++) {
                for (int j = 0; j < factor.length; j++) {
                    shorter[i] += rest[i * factor.length + j] * factor[j];
                }
            }
            return shorter;
        }

        private static double[] withFirst(double[] rest, double[] factor) {
            double[] shorter = new double[rest.length / factor.length];
            for (int i = 0; i < factor.length; i++) {
                for (int j = 0; j < shorter.length; j++) {
                    shorter[j] += factor[i] * rest[i * shorter.length + j];
                }
            }
            return shorter;
        }

        @Override
        public double squaredDistance(double[][][] factors, double[] weights) {
            double[] rest = numbers.clone();
            for (int k = 0; k < weights.length; k++) {
                double[] term = {weights[k]};
                for (double[][] factor : factors) {
                    term = outer(term, factor[k]);
                }
                add(-1, term, rest);
            }
            return dot(rest, rest);
        }

        private static double[] outer(double[] x, double[] y) {
            double[] product = new double[x.length * y.length];
            for (int i = 0; i < x.length; i++) {
                System.arraycopy(y, 0, product, i * y.length, y.length);
                for (int j = i * y.length; j < (i + 1) * y.length; j++) {
                    product[j] *= x[i];
                }
            }
            return product;
        }
    }

    /** Scales each term's factor to unit norm; a zero factor keeps its former value, with weight 0. */
    static double[] normalize(double[][] factor, double[][] former) {
        double[] norms = new double[factor.length];
        for (int k = 0; k < factor.length; k++) {
            norms[k] = SmallMatrices.norm(factor[k]);
            if (norms[k] > 0) {
                scale(1 / norms[k], factor[k]);
            } else {
                factor[k] = former[k];
            }
        }
        return norms;
    }
}

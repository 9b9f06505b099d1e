package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.cuda.internal.kernels.KroneckerKernels;

/** Checks Kronecker sums and their gradients on random shapes, against the definition. */
final class KroneckerCheck {
    private static final int MOST_FACTORS = 5;

    /** The terms of sums of 1 to 5 factors: the compiled kernel takes four terms at a time, and then the rest. */
    private static final int[] TERMS = {9, 1, 5, 2, 5};

    private static final double TOLERANCE = 1e-5;

    private static final int[] SIZES = {1, 2, 3, 5, 7};

    private final Bench bench;
    private final KroneckerKernels kernels;

    KroneckerCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new KroneckerKernels(bench.device, module);
    }

    void run() {
        for (int i = 0; i < 2 * MOST_FACTORS; i++) {
            bench.clear();
            Case one = new Case(1 + i / 2, i % 2 == 0);
            bench.describe(one.toString());
            bench.add(one.sums());
            one.gradients();
        }
    }

    private final class Case {
        private final KroneckerKernels.Shape shape;
        private final List<double[]> factors = new ArrayList<>();
        private final double[] lambda;
        private final int rows;
        private final int columns;

        Case(int d, boolean weighted) {
            List<int[]> sizes = new ArrayList<>();
            for (int i = 0; i < d; i++) {
                int[] some = d > 2 ? new int[] {1, 2, 2, 3} : SIZES;
                sizes.add(new int[] {bench.odd(some), bench.odd(some)});
            }
            shape = new KroneckerKernels.Shape(bench.odd(1, 2), TERMS[d - 1], sizes);
            for (int i = 0; i < d; i++) {
                factors.add(bench.normal(ElementType.F32, shape.length(i)));
            }
            lambda = weighted ? bench.normal(ElementType.F32, (long) shape.n() * shape.s()) : null;
            rows = (int) shape.rows();
            columns = (int) shape.columns();
        }

        @Override
        public String toString() {
            return shape.n() + " sums of " + shape.s() + " terms of " + factors.size() + " factors, [" + rows + ", "
                    + columns + "]";
        }

        Finding sums() {
            double[] expected = new double[(int) shape.length()];
            for (int term = 0; term < shape.n() * shape.s(); term++) {
                for (int i = 0; i < rows * columns; i++) {
                    expected[term / shape.s() * rows * columns + i] += weight(term) * product(term, i, -1);
                }
            }
            double[][] results = new double[2][];
            for (int run = 0; run < 2; run++) {
                long out = bench.poisoned(ElementType.F32, shape.length());
                kernels.materialize(shape, addresses(), lambda(), out, bench.arena);
                results[run] = bench.down(ElementType.F32, out, shape.length());
            }
            return Finding.of("kronecker_materialize_f32", TOLERANCE, expected, results[0], results[1]);
        }

        void gradients() {
            double[] gradOut = bench.normal(ElementType.F32, shape.length());
            double[][][] results = new double[2][][];
            for (int run = 0; run < 2; run++) {
                long[] out = new long[factors.size()];
                for (int i = 0; i < out.length; i++) {
                    out[i] = bench.poisoned(ElementType.F32, shape.length(i));
                }
                long weights = lambda == null ? 0 : bench.poisoned(ElementType.F32, lambda.length);
                kernels.gradient(
                        shape, addresses(), lambda(), bench.up(ElementType.F32, gradOut), out, weights, bench.arena);
                results[run] = new double[out.length + 1][];
                for (int i = 0; i < out.length; i++) {
                    results[run][i] = bench.down(ElementType.F32, out[i], shape.length(i));
                }
                results[run][out.length] =
                        lambda == null ? new double[0] : bench.down(ElementType.F32, weights, lambda.length);
            }
            for (int i = 0; i <= factors.size(); i++) {
                double[] expected = i < factors.size() ? gradient(gradOut, i) : weightGradient(gradOut);
                bench.add(Finding.of("kronecker_gradient_f32", TOLERANCE, expected, results[0][i], results[1][i]));
            }
        }

        private double[] gradient(double[] gradOut, int which) {
            double[] expected = new double[(int) shape.length(which)];
            int[] size = shape.factors().get(which);
            for (int term = 0; term < shape.n() * shape.s(); term++) {
                for (int i = 0; i < rows * columns; i++) {
                    expected[term * size[0] * size[1] + digit(i, which)] +=
                            weight(term) * gradOut[term / shape.s() * rows * columns + i] * product(term, i, which);
                }
            }
            return expected;
        }

        private double[] weightGradient(double[] gradOut) {
            double[] expected = new double[lambda == null ? 0 : lambda.length];
            for (int term = 0; term < expected.length; term++) {
                for (int i = 0; i < rows * columns; i++) {
                    expected[term] += gradOut[term / shape.s() * rows * columns + i] * product(term, i, -1);
                }
            }
            return expected;
        }

        private double weight(int term) {
            return lambda == null ? 1 : lambda[term];
        }

        private double product(int term, int element, int without) {
            double product = 1;
            for (int i = 0; i < factors.size(); i++) {
                int[] size = shape.factors().get(i);
                product *= i == without ? 1 : factors.get(i)[term * size[0] * size[1] + digit(element, i)];
            }
            return product;
        }

        /** The index of the factor's number in an element of the sum. */
        private int digit(int element, int factor) {
            int row = element / columns;
            int column = element % columns;
            for (int i = shape.factors().size() - 1; i > factor; i--) {
                row /= shape.factors().get(i)[0];
                column /= shape.factors().get(i)[1];
            }
            int[] size = shape.factors().get(factor);
            return row % size[0] * size[1] + column % size[1];
        }

        private long[] addresses() {
            return factors.stream()
                    .mapToLong(factor -> bench.up(ElementType.F32, factor))
                    .toArray();
        }

        private long lambda() {
            return lambda == null ? 0 : bench.up(ElementType.F32, lambda);
        }
    }
}

package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.cuda.internal.kernels.RowKernels;

/** Checks gathering, scattering and norms against their definitions. */
final class RowCheck {
    /**
     * There is no width of 2: its gradient of a layer norm is only rounding error. From 512 numbers on, a thread takes four
     * at a time, and then the rest.
     */
    private static final int[] WIDTHS = {5, 31, 129, 257, 512, 1100};

    private static final double EPSILON = 1e-5;

    private static final double TOLERANCE = 1e-5;

    private final Bench bench;
    private final RowKernels kernels;
    private int rows;
    private int width;

    RowCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new RowKernels(bench.device, module);
    }

    void run() {
        for (int some : WIDTHS) {
            width = some;
            rows = bench.odd(1, 3, 5);
            bench.clear();
            bench.describe(rows + " x " + width);
            bench.add(gather());
            bench.add(scatter());
            for (int form = 0; form < 8; form++) {
                Norm norm = new Norm((form & 1) != 0, (form & 2) != 0, (form & 4) != 0);
                bench.add(norm.forward());
                bench.add(norm.backward());
            }
        }
    }

    /** Distinct numbers below a limit. */
    private double[] ids(int limit) {
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < limit; i++) {
            left.add(i);
        }
        double[] ids = new double[rows];
        for (int i = 0; i < rows; i++) {
            ids[i] = left.remove(bench.random.nextInt(left.size()));
        }
        return ids;
    }

    private int row(double[] ids, int number) {
        return width * (int) ids[number / width];
    }

    private Finding gather() {
        int size = rows + 2;
        double[] table = bench.normal(ElementType.F32, (long) size * width);
        double[] ids = ids(size);
        double[] expected = new double[rows * width];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = table[row(ids, i) + i % width];
        }
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = bench.poisoned(ElementType.F32, expected.length);
            kernels.gather(bench.up(ElementType.F32, table), bench.up(ElementType.I32, ids), out, rows, width);
            results[run] = bench.down(ElementType.F32, out, expected.length);
        }
        return Finding.of("gather_f32", 0, expected, results[0], results[1]);
    }

    private Finding scatter() {
        int size = rows + 2;
        double[] in = bench.normal(ElementType.F32, (long) rows * width);
        double[] ids = ids(size);
        double[] before = bench.normal(ElementType.F32, (long) size * width);
        double[] expected = before.clone();
        for (int i = 0; i < in.length; i++) {
            expected[row(ids, i) + i % width] = in[i];
        }
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = bench.up(ElementType.F32, before);
            kernels.scatter(bench.up(ElementType.F32, in), bench.up(ElementType.I32, ids), out, rows, width);
            results[run] = bench.down(ElementType.F32, out, expected.length);
        }
        return Finding.of("scatter_f32", 0, expected, results[0], results[1]);
    }

    private final class Norm {
        private final boolean rms;
        private final boolean more;
        private final boolean rounds;
        private final double[] x = bench.normal(ElementType.F32, (long) rows * width);
        private final double[] residual = bench.normal(ElementType.F32, (long) rows * width);
        private final double[] gamma = bench.normal(ElementType.F32, width);
        private final double[] beta = bench.normal(ElementType.F32, width);
        private final double[] sum = new double[rows * width];
        private final double[] means = new double[rows];
        private final double[] scales = new double[rows];

        Norm(boolean rms, boolean more, boolean rounds) {
            this.rms = rms;
            this.more = more;
            this.rounds = rounds;
            for (int row = 0; row < rows; row++) {
                double mean = 0;
                double squares = 0;
                for (int i = row * width; i < (row + 1) * width; i++) {
                    sum[i] = more ? Bench.exact(ElementType.F32, (float) (x[i] + residual[i])) : x[i];
                    mean += sum[i] / width;
                }
                means[row] = rms ? 0 : mean;
                for (int i = row * width; i < (row + 1) * width; i++) {
                    squares += (sum[i] - means[row]) * (sum[i] - means[row]) / width;
                }
                scales[row] = 1 / Math.sqrt(squares + EPSILON);
            }
        }

        /** Two rows next to each other, then a gap that stays NaN. */
        private RowKernels.Layout layout() {
            return new RowKernels.Layout(rows, width, 2, 2 * width + 3);
        }

        private int size() {
            return (rows + 1) / 2 * layout().stride();
        }

        private int place(int number) {
            int row = number / width;
            return row / 2 * layout().stride() + row % 2 * width + number % width;
        }

        private long up(double[] numbers) {
            double[] spread = new double[size()];
            Arrays.fill(spread, Double.NaN);
            for (int i = 0; i < numbers.length; i++) {
                spread[place(i)] = numbers[i];
            }
            return bench.up(ElementType.F32, spread);
        }

        private long poisoned() {
            return bench.poisoned(ElementType.F32, size());
        }

        private double[] down(long address) {
            double[] spread = bench.down(ElementType.F32, address, size());
            double[] numbers = new double[rows * width];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = spread[place(i)];
            }
            return numbers;
        }

        private RowKernels.Norm weights() {
            return new RowKernels.Norm(
                    bench.up(ElementType.F32, gamma), rms ? 0 : bench.up(ElementType.F32, beta), (float) EPSILON, rms);
        }

        /** Where a norm writes its result, also rounded if it rounds. */
        private RowKernels.Output output(long out) {
            return rounds
                    ? new RowKernels.Output(out, bench.poisoned(ElementType.BF16, (long) rows * width))
                    : RowKernels.Output.of(out);
        }

        private double[] downRounded(RowKernels.Output out) {
            return rounds ? bench.down(ElementType.BF16, out.rounded(), (long) rows * width) : new double[0];
        }

        private double[] rounded(double[] numbers) {
            return Arrays.stream(numbers)
                    .limit(rounds ? numbers.length : 0)
                    .map(number -> Bench.exact(ElementType.BF16, number))
                    .toArray();
        }

        Finding forward() {
            double[] expected = new double[rows * width];
            for (int i = 0; i < expected.length; i++) {
                double value = (sum[i] - means[i / width]) * scales[i / width] * gamma[i % width];
                expected[i] = rms ? value : value + beta[i % width];
            }
            double[][] sums = new double[2][];
            double[][] results = new double[2][];
            double[][] inBrain = new double[2][];
            double[][] foundMeans = new double[2][];
            double[][] foundScales = new double[2][];
            for (int run = 0; run < 2; run++) {
                long total = more ? poisoned() : up(sum);
                long out = poisoned();
                RowKernels.Moments moments = new RowKernels.Moments(
                        bench.poisoned(ElementType.F32, rows), bench.poisoned(ElementType.F32, rows));
                long other = more ? up(residual) : 0;
                RowKernels.Output both = output(out);
                kernels.addNorm(up(x), other, weights(), total, both, moments, layout());
                inBrain[run] = downRounded(both);
                sums[run] = down(total);
                results[run] = down(out);
                foundMeans[run] = bench.down(ElementType.F32, moments.means(), rows);
                foundScales[run] = bench.down(ElementType.F32, moments.scales(), rows);
            }
            String what = "add_norm_f32";
            // Means are small compared to the numbers, whose rounding errors they have.
            double[] shifted = Arrays.stream(means).map(mean -> mean + 1).toArray();
            for (double[] found : foundMeans) {
                Arrays.setAll(found, row -> found[row] + 1);
            }
            return Finding.of(what, TOLERANCE, expected, results[0], results[1])
                    .and(Finding.of(what, 0, rounded(results[0]), inBrain[0], inBrain[1]))
                    .and(Finding.of(what, TOLERANCE, sum, sums[0], sums[1]))
                    .and(Finding.of(what, TOLERANCE, shifted, foundMeans[0], foundMeans[1]))
                    .and(Finding.of(what, TOLERANCE, scales, foundScales[0], foundScales[1]));
        }

        Finding backward() {
            double[] dy = bench.normal(ElementType.F32, (long) rows * width);
            double[] expected = new double[rows * width];
            for (int row = 0; row < rows; row++) {
                double plain = 0;
                double weighted = 0;
                for (int i = row * width; i < (row + 1) * width; i++) {
                    plain += rms ? 0 : dy[i] * gamma[i % width] / width;
                    weighted += dy[i] * gamma[i % width] * (sum[i] - means[row]) * scales[row] / width;
                }
                for (int i = row * width; i < (row + 1) * width; i++) {
                    double normal = (sum[i] - means[row]) * scales[row];
                    expected[i] = scales[row] * (dy[i] * gamma[i % width] - plain - normal * weighted)
                            + (more ? residual[i] : 0);
                }
            }
            double[][] results = new double[2][];
            double[][] inBrain = new double[2][];
            for (int run = 0; run < 2; run++) {
                long out = poisoned();
                RowKernels.Moments moments =
                        new RowKernels.Moments(bench.up(ElementType.F32, means), bench.up(ElementType.F32, scales));
                long add = more ? up(residual) : 0;
                RowKernels.Output both = output(out);
                kernels.normGradient(up(dy), up(sum), weights(), moments, add, both, layout());
                inBrain[run] = downRounded(both);
                results[run] = down(out);
            }
            String what = "norm_gradient_f32";
            return Finding.of(what, TOLERANCE, expected, results[0], results[1])
                    .and(Finding.of(what, 0, rounded(results[0]), inBrain[0], inBrain[1]));
        }
    }
}

package org.lsradapt.cuda.internal;

import java.util.Arrays;
import org.lsradapt.cuda.internal.kernels.ElementKernels;
import org.lsradapt.cuda.internal.kernels.ElementKernels.Function;

/** Checks conversions, sums, dropout, activations and their gradients against their definitions. */
final class ElementCheck {
    /** Rows and columns. */
    private static final int[][] SHAPES = {{1, 1}, {1, 31}, {3, 43}, {5, 67}};

    private static final double TOLERANCE = 1e-5;

    private final Bench bench;
    private final ElementKernels kernels;
    private int rows;
    private int width;
    private int n;

    ElementCheck(Bench bench, DeviceModule module) {
        this.bench = bench;
        kernels = new ElementKernels(bench.device, module);
    }

    void run() {
        for (int[] shape : SHAPES) {
            rows = shape[0];
            width = shape[1];
            n = rows * width;
            bench.clear();
            bench.describe(rows + " x " + width);
            bench.add(cast());
            bench.add(sum());
            bench.add(fillRows());
            bench.add(scaleColumns());
            bench.add(drop(false, ElementType.F32));
            bench.add(drop(true, ElementType.F32));
            bench.add(drop(false, ElementType.BF16));
            for (Function f : Function.values()) {
                for (ElementType type : new ElementType[] {ElementType.F32, ElementType.BF16}) {
                    bench.add(activate(f, type));
                    bench.add(activationGradient(f, type));
                    bench.add(gated(f, type));
                    bench.add(gatedGradient(f, type));
                }
            }
        }
    }

    private long up(double[] numbers) {
        return bench.up(ElementType.F32, numbers);
    }

    /** Conversion to BF16, which has to round correctly to the bit. */
    private Finding cast() {
        int stride = width + 2;
        double[] x = bench.normal(ElementType.F32, (long) (rows - 1) * stride + width);
        // Numbers halfway between two BF16 numbers round to the even one, which is below or above.
        x[0] = Float.intBitsToFloat(0x3F808000);
        x[x.length - 1] = Float.intBitsToFloat(0x3F818000);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = Bench.exact(ElementType.BF16, x[i / width * stride + i % width]);
        }
        return bench.twice(
                "cast_to_bf16",
                0,
                ElementType.BF16,
                expected,
                out -> kernels.castToBrain(bench.up(ElementType.F32, x), out, rows, width, stride));
    }

    private Finding sum() {
        double[] a = bench.normal(ElementType.F32, n);
        double[] b = bench.normal(ElementType.F32, n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = a[i] + b[i];
        }
        return bench.twice(
                "add_f32", TOLERANCE, ElementType.F32, expected, out -> kernels.add(up(a), up(b), out, rows, width));
    }

    /** Fills rows; memory between the rows must not change. */
    private Finding fillRows() {
        int stride = width + 3;
        double[] bias = bench.normal(ElementType.F32, width);
        double[] before = bench.normal(ElementType.F32, (long) rows * stride);
        double[] expected = before.clone();
        for (int i = 0; i < n; i++) {
            expected[i / width * stride + i % width] = bias[i % width];
        }
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = up(before);
            kernels.fillRows(bench.up(ElementType.F32, bias), out, rows, width, stride);
            results[run] = bench.down(ElementType.F32, out, before.length);
        }
        return Finding.of("fill_rows_f32", TOLERANCE, expected, results[0], results[1]);
    }

    private Finding scaleColumns() {
        double[] x = bench.normal(ElementType.F32, n);
        double[] factors = bench.normal(ElementType.F32, width);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = x[i] * factors[i % width];
        }
        return bench.twice(
                "scale_columns_f32",
                TOLERANCE,
                ElementType.F32,
                expected,
                out -> kernels.scaleColumns(up(x), bench.up(ElementType.F32, factors), out, rows, width));
    }

    private Finding drop(boolean adds, ElementType type) {
        long key = bench.random.nextLong();
        double[] x = bench.normal(ElementType.F32, n);
        double[] before = bench.normal(ElementType.F32, n);
        double[] places = new double[2 * rows];
        Arrays.setAll(places, i -> bench.random.nextInt(1000));
        double[] uniform = new double[n];
        for (int i = 0; i < n; i++) {
            int row = i / width;
            long ofRow = hash(hash(key, (long) places[2 * row]), (long) places[2 * row + 1]);
            uniform[i] = (hash(ofRow, i % width) >>> 11) * 0x1p-53;
        }
        // A number is dropped below the rate, and kept at it.
        double rate = uniform[n / 2] < 0.9 ? uniform[n / 2] : 0.3;
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = (adds ? before[i] : 0) + (uniform[i] < rate ? 0 : x[i] / (1 - rate));
        }
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = adds ? up(before) : bench.poisoned(type, n);
            ElementKernels.Mask mask = new ElementKernels.Mask(bench.up(ElementType.I32, places), key, rate);
            kernels.drop(up(x), mask, adds, new ElementKernels.Output(out, type), rows, width);
            results[run] = bench.down(type, out, n);
        }
        double rounding = type == ElementType.BF16 ? 0x1p-8 : 0;
        return Finding.of(name("drop", type), TOLERANCE, rounding, expected, results[0], results[1]);
    }

    private static long hash(long key, long index) {
        long z = key + 0x9E3779B97F4A7C15L * (index + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static String name(String kernel, ElementType type) {
        return kernel + (type == ElementType.BF16 ? "_bf16" : "_f32");
    }

    private Finding activate(Function f, ElementType type) {
        double[] x = wide(n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = FunctionOracle.value(f, x[i]);
        }
        return bench.twice(
                name("activate", type),
                TOLERANCE,
                type,
                expected,
                out -> kernels.activate(f, up(x), new ElementKernels.Output(out, type), rows, width));
    }

    private Finding activationGradient(Function f, ElementType type) {
        double[] x = wide(n);
        double[] dy = bench.normal(ElementType.F32, n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = dy[i] * FunctionOracle.slope(f, x[i]);
        }
        return bench.twice(
                name("activation_gradient", type),
                TOLERANCE,
                type,
                expected,
                out -> kernels.activationGradient(f, up(x), up(dy), new ElementKernels.Output(out, type), rows, width));
    }

    /** The index of a number's gate; up is {@code width} behind it. */
    private int gate(int number) {
        return number / width * 2 * width + number % width;
    }

    private Finding gated(Function f, ElementType type) {
        double[] x = wide(2 * n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = FunctionOracle.value(f, x[gate(i)]) * x[gate(i) + width];
        }
        return bench.twice(
                name("gated", type),
                TOLERANCE,
                type,
                expected,
                out -> kernels.gated(f, up(x), new ElementKernels.Output(out, type), rows, width));
    }

    private Finding gatedGradient(Function f, ElementType type) {
        double[] x = wide(2 * n);
        double[] dy = bench.normal(ElementType.F32, n);
        double[] expected = new double[2 * n];
        for (int i = 0; i < n; i++) {
            expected[gate(i)] = dy[i] * x[gate(i) + width] * FunctionOracle.slope(f, x[gate(i)]);
            expected[gate(i) + width] = dy[i] * FunctionOracle.value(f, x[gate(i)]);
        }
        return bench.twice(
                name("gated_gradient", type),
                TOLERANCE,
                type,
                expected,
                out -> kernels.gatedGradient(f, up(x), up(dy), new ElementKernels.Output(out, type), rows, width));
    }

    /** Random numbers that also cover the flat parts of activations. */
    private double[] wide(int count) {
        double[] numbers = bench.normal(ElementType.F32, count);
        for (int i = 3; i < count; i += 7) {
            numbers[i] = Bench.exact(ElementType.F32, 20 * numbers[i]);
        }
        // Below 0 there is little but rounding error, and a shape may have only one number.
        numbers[0] = Math.abs(numbers[0]);
        return numbers;
    }
}

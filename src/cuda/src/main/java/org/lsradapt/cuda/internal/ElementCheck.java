package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/** Conversions, activations and their gradients against their definitions. */
final class ElementCheck {
    private static final int[] LENGTHS = {1, 31, 129, 1021};

    private final Bench bench;
    private final ElementType type;
    private final ElementKernels kernels;
    private final String suffix;
    private final double tolerance;
    private int n;

    ElementCheck(Bench bench, DeviceModule module, ElementType type) {
        this.bench = bench;
        this.type = type;
        kernels = new ElementKernels(bench.device, module, type == ElementType.BF16);
        suffix = type == ElementType.BF16 ? "_bf16" : "_f32";
        tolerance = type == ElementType.BF16 ? 1e-2 : 1e-5;
    }

    List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        for (int length : LENGTHS) {
            n = length;
            bench.clear();
            List<Finding> here = new ArrayList<>();
            here.add(cast());
            here.add(gelu());
            here.add(geluGradient());
            here.add(swiglu());
            here.add(swigluGradient());
            for (int i = 0; i < here.size(); i++) {
                if (findings.size() == i) {
                    findings.add(here.get(i));
                } else {
                    findings.set(i, findings.get(i).and(here.get(i)));
                }
            }
        }
        return findings;
    }

    /** What writes n numbers to an address. */
    @FunctionalInterface
    private interface Launch {
        void to(long address);
    }

    private Finding twice(String what, double most, ElementType to, double[] expected, Launch launch) {
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = bench.poisoned(to, expected.length);
            launch.to(out);
            results[run] = bench.down(to, out, expected.length);
        }
        return Finding.of(what, most, expected, results[0], results[1]);
    }

    /** To this type from the other one: rounded as it should be, to the bit. */
    private Finding cast() {
        if (type == ElementType.F32) {
            double[] x = bench.normal(ElementType.BF16, n);
            return twice("cast_to_f32", 0, type, x, out -> kernels.castToSingle(bench.up(ElementType.BF16, x), out, n));
        }
        double[] x = bench.normal(ElementType.F32, n);
        // Halfway between two numbers: to the even one, which is below or above.
        x[0] = Float.intBitsToFloat(0x3F808000);
        x[n - 1] = Float.intBitsToFloat(0x3F818000);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = Bench.exact(type, x[i]);
        }
        return twice(
                "cast_to_bf16", 0, type, expected, out -> kernels.castToBrain(bench.up(ElementType.F32, x), out, n));
    }

    private Finding gelu() {
        double[] x = wide();
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = x[i] * distribution(x[i]);
        }
        return twice("gelu" + suffix, tolerance, type, expected, out -> kernels.gelu(bench.up(type, x), out, n));
    }

    private Finding geluGradient() {
        double[] x = wide();
        double[] dy = bench.normal(type, n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            double density = Math.exp(-x[i] * x[i] / 2) / Math.sqrt(2 * Math.PI);
            expected[i] = dy[i] * (distribution(x[i]) + x[i] * density);
        }
        return twice(
                "gelu_gradient" + suffix,
                tolerance,
                type,
                expected,
                out -> kernels.geluGradient(bench.up(type, x), bench.up(type, dy), out, n));
    }

    private Finding swiglu() {
        double[] gate = wide();
        double[] up = bench.normal(type, n);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = gate[i] * sigmoid(gate[i]) * up[i];
        }
        return twice(
                "swiglu" + suffix,
                tolerance,
                type,
                expected,
                out -> kernels.swiglu(bench.up(type, gate), bench.up(type, up), out, n));
    }

    private Finding swigluGradient() {
        double[] gate = wide();
        double[] up = bench.normal(type, n);
        double[] dy = bench.normal(type, n);
        double[] dGate = new double[n];
        double[] dUp = new double[n];
        for (int i = 0; i < n; i++) {
            double s = sigmoid(gate[i]);
            dGate[i] = dy[i] * up[i] * (s + gate[i] * s * (1 - s));
            dUp[i] = dy[i] * gate[i] * s;
        }
        Finding first = twice(
                "swiglu_gradient" + suffix,
                tolerance,
                type,
                dGate,
                out -> kernels.swigluGradient(
                        bench.up(type, gate), bench.up(type, up), bench.up(type, dy), out, bench.poisoned(type, n), n));
        Finding second = twice(
                "swiglu_gradient" + suffix,
                tolerance,
                type,
                dUp,
                out -> kernels.swigluGradient(
                        bench.up(type, gate), bench.up(type, up), bench.up(type, dy), bench.poisoned(type, n), out, n));
        return first.and(second);
    }

    /** Also where activations are flat. */
    private double[] wide() {
        double[] numbers = bench.normal(type, n);
        for (int i = 0; i < n; i += 7) {
            numbers[i] = Bench.exact(type, 20 * numbers[i]);
        }
        // Below 0 there is little but rounding, and a shape may have one number only.
        numbers[0] = Math.abs(numbers[0]);
        return numbers;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Of a standard normal number, by the series of the error function, which converges fast enough up to 6. */
    private static double distribution(double x) {
        double z = x / Math.sqrt(2);
        if (Math.abs(z) > 6) {
            return z > 0 ? 1 : 0;
        }
        double term = z;
        double sum = z;
        for (int i = 1; i < 200; i++) {
            term *= 2 * z * z / (2 * i + 1);
            sum += term;
        }
        return 0.5 + Math.exp(-z * z) * sum / Math.sqrt(Math.PI);
    }
}

package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.TileKernels;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** Numbers that are not finite, in sequences whose rows share a block. */
class TileKernelsTest {
    private static final int SIZE = 4;
    private static final int LENGTH = 11;

    private static final Map<Precision, TileKernels> KERNELS = new EnumMap<>(Precision.class);
    private static Device device;

    @BeforeAll
    static void load() {
        device = new InterpretedDriver().open(0);
        for (Precision precision : Precision.values()) {
            DeviceModule module = KernelSources.load(device, TileKernels.module(precision));
            KERNELS.put(precision, new TileKernels(device, module, precision));
        }
    }

    @AfterAll
    static void close() {
        device.close();
    }

    /** The last number of the second sequence's last row is broken, which its first row sees, or is seen by. */
    @ParameterizedTest
    @CsvSource({
        "q, NaN, false false true true",
        "k, NaN, true true false false",
        "v, NaN, true true false false",
        "dOut, NaN, false false true true",
        "v, Infinity, true true false false",
        "dOut, -Infinity, false false true true"
    })
    void attention_brokenNumber_breaksWhatSeesItAlone(String operand, double broken, String expected) {
        KERNELS.values().forEach(kernels -> check(kernels, operand, broken, expected));
    }

    private static void check(TileKernels kernels, String operand, double broken, String expected) {
        try (Bench bench = new Bench(device, new Findings())) {
            int[][] sequences = {{LENGTH, LENGTH}, {LENGTH, LENGTH}, {LENGTH, LENGTH}};
            AttentionOracle o = new AttentionOracle(bench, ElementType.BF16, sequences, 1, 1, SIZE).caused(false, 0);
            o.compute();
            AttentionComparison comparison = new AttentionComparison(bench, 0, kernels, List.of());
            List<double[]> clean = results(comparison, o);
            double[] numbers = switch (operand) {
                case "q" -> o.q;
                case "k" -> o.k;
                case "v" -> o.v;
                default -> o.dOut;
            };
            numbers[2 * LENGTH * SIZE - 1] = broken;
            List<double[]> found = results(comparison, o);
            String[] breaks = expected.split(" ");
            for (int i = 0; i < clean.size(); i++) {
                assertArrayEquals(sequence(clean.get(i), 0), sequence(found.get(i), 0));
                assertArrayEquals(sequence(clean.get(i), 2), sequence(found.get(i), 2));
                double[] first = Arrays.copyOf(sequence(found.get(i), 1), SIZE);
                boolean isBroken = Arrays.stream(first).noneMatch(Double::isFinite);
                assertEquals(Boolean.parseBoolean(breaks[i]), isBroken, operand + ", result " + i);
            }
            assertFalse(Arrays.stream(clean.get(0)).anyMatch(Double::isNaN));
        }
    }

    /** out, dq, dk, dv. */
    private static List<double[]> results(AttentionComparison comparison, AttentionOracle o) {
        AttentionComparison.Results results = comparison.run(o);
        return List.of(results.out(), results.dq(), results.dk(), results.dv());
    }

    private static double[] sequence(double[] numbers, int index) {
        return Arrays.copyOfRange(numbers, index * LENGTH * SIZE, (index + 1) * LENGTH * SIZE);
    }
}

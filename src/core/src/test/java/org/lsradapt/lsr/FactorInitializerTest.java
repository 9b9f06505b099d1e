package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FactorInitializerTest {

    private static double[] drawn(Initialization initialization) {
        INDArray factor = Nd4j.zeros(DataType.DOUBLE, 8, 64, 16);
        KroneckerSum a = KroneckerSum.of(factor);
        KroneckerSum b = KroneckerSum.of(Nd4j.zeros(DataType.DOUBLE, 8, 16, 64));
        FactorInitializer.fill(a, b, initialization, 5);
        return factor.data().asDouble();
    }

    private static double deviation(double[] numbers) {
        return Math.sqrt(Arrays.stream(numbers).map(x -> x * x).average().orElseThrow());
    }

    private static double largest(double[] numbers) {
        return Arrays.stream(numbers).map(Math::abs).max().orElseThrow();
    }

    /** Of 8192 numbers a normal one is beyond √3 deviations, and a uniform one is not. */
    @Test
    void fill_distributions_areAsDocumented() {
        double normal = Math.pow(8 * 64, -0.5);
        double uniform = Math.pow(3 * 8 * 64, -0.5);
        double[] zeroUpdate = drawn(Initialization.ZERO_UPDATE);
        double[] kaiming = drawn(Initialization.KAIMING_UNIFORM);
        assertEquals(normal, deviation(zeroUpdate), 0.02 * normal);
        assertEquals(uniform, deviation(kaiming), 0.02 * uniform);
        assertTrue(largest(zeroUpdate) > 3 * normal);
        assertTrue(largest(kaiming) <= Math.sqrt(3) * uniform);
        assertTrue(largest(kaiming) > 1.7 * uniform);
    }

    /** The mean of n standard normal numbers has a deviation of 1/√n, and so has their correlation. */
    @Test
    void fill_neighbouringSeeds_beginsWithIndependentNumbers() {
        int seeds = 1_000;
        double[] first = new double[seeds];
        INDArray factor = Nd4j.zeros(DataType.DOUBLE, 1, 1, 1);
        KroneckerSum a = KroneckerSum.of(factor);
        KroneckerSum b = KroneckerSum.of(Nd4j.zeros(DataType.DOUBLE, 1, 1, 1));
        for (int seed = 0; seed < seeds; seed++) {
            FactorInitializer.fill(a, b, Initialization.ZERO_UPDATE, seed);
            first[seed] = factor.getDouble(0);
        }
        double products = 0;
        for (int i = 1; i < seeds; i++) {
            products += first[i - 1] * first[i];
        }
        assertEquals(0, Arrays.stream(first).average().orElseThrow(), 4 / Math.sqrt(seeds));
        assertEquals(1, deviation(first), 4 / Math.sqrt(2.0 * seeds));
        assertEquals(0, products / seeds, 4 / Math.sqrt(seeds));
    }
}

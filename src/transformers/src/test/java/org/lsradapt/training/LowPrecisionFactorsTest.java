package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.training.settings.LowPrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class LowPrecisionFactorsTest {
    private final AdapterSet adapters = adapters();

    private static AdapterSet adapters() {
        Random random = new Random(1);
        return AdapterSet.create(
                List.of(
                        FrozenLinear.of("one", RandomArrays.normal(random, DataType.FLOAT, 12, 9)),
                        FrozenLinear.of("two", RandomArrays.normal(random, DataType.FLOAT, 12, 9))),
                LsrConfig.builder().separationRank(3).build(),
                Backends.standard());
    }

    @AfterEach
    void close() {
        adapters.close();
    }

    private LowPrecisionFactors factors(Precision precision, boolean master) {
        LowPrecisionFactors factors = new LowPrecisionFactors(adapters, new LowPrecision(precision, master));
        factors.afterStep();
        return factors;
    }

    private void assertAll(INDArray array, DoublePredicate holds) {
        for (float value : array.dup('c').data().asFloat()) {
            assertTrue(holds.test(value), "value " + value);
        }
    }

    @Test
    void afterStep_noMaster_leavesNumbersOfTheFormatAndLosesSmallUpdates() {
        LowPrecisionFactors factors = factors(Precision.FP16, false);
        assertAll(adapters.values(), x -> Precision.FP16.store(x) == x);
        INDArray stored = adapters.values().dup();
        for (int step = 0; step < 10; step++) {
            factors.beforeStep();
            adapters.values().muli(1 + 0x1p-13);
            factors.afterStep();
        }
        assertEquals(0, adapters.values().sub(stored).normmaxNumber().doubleValue(), "a quarter of a step each");
    }

    @Test
    void afterStep_master_addsSmallUpdatesUp() {
        LowPrecisionFactors factors = factors(Precision.FP16, true);
        INDArray stored = adapters.values().dup();
        for (int step = 0; step < 80; step++) {
            factors.beforeStep();
            adapters.values().muli(1 + 0x1p-13);
            factors.afterStep();
        }
        assertAll(adapters.values(), x -> Precision.FP16.store(x) == x);
        double grown = adapters.values().norm2Number().doubleValue()
                / stored.norm2Number().doubleValue();
        assertEquals(Math.exp(80 * 0x1p-13), grown, 1e-3);
    }

    @Test
    void storeGradients_roundsScaledAndSkipsOverflow() {
        LowPrecisionFactors factors = factors(Precision.FP16, false);
        adapters.gradients().assign(1e-9);
        assertTrue(factors.storeGradients());
        assertAll(adapters.gradients(), g -> Math.abs(g - 1e-9) < 1e-12);
        adapters.gradients().assign(100);
        int skipped = 0;
        while (!factors.storeGradients()) {
            skipped++;
        }
        assertEquals(7, skipped, "100 * 65536 / 2^7 is the first below 65520");
        adapters.gradients().putScalar(0, Float.NaN);
        assertThrows(DivergedException.class, () -> {
            for (int i = 0; i < 100; i++) {
                assertFalse(factors.storeGradients());
            }
        });
    }

    @Test
    void keepInFp32_oneAdapter_roundsTheOthersOnly() {
        LowPrecisionFactors factors = factors(Precision.BF16, false);
        LsrAdapter exact = adapters.lsrAdapter("two");
        factors.keepInFp32(exact);
        factors.beforeStep();
        adapters.values().muli(1 + 0x1p-10);
        factors.afterStep();
        exact.parameters().forEach(p -> assertAll(p.value(), x -> x == 0 || Precision.BF16.store(x) != x));
        adapters.lsrAdapter("one").parameters().forEach(p -> assertAll(p.value(), x -> Precision.BF16.store(x) == x));
    }

    @Test
    void settings_integers_areRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> new LowPrecision(Precision.INT8, false))
                .getMessage();
        assertEquals("training precision is int8, expected a floating-point format", message);
    }
}

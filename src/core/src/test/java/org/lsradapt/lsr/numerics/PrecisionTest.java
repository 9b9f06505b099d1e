package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class PrecisionTest {

    @Test
    void store_sixteenBitFormats_areWhatNd4jStores() {
        Random random = new Random(1);
        float[] numbers = new float[20_000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) Math.scalb(random.nextGaussian(), random.nextInt(50) - 30);
        }
        assertStored(Precision.FP16, DataType.FLOAT16, numbers);
        assertStored(Precision.BF16, DataType.BFLOAT16, numbers);
    }

    private static void assertStored(Precision precision, DataType type, float[] numbers) {
        float[] expected = Nd4j.createFromArray(numbers)
                .castTo(type)
                .castTo(DataType.FLOAT)
                .toFloatVector();
        for (int i = 0; i < numbers.length; i++) {
            assertEquals(expected[i], precision.store(numbers[i]), 0, precision + " of " + numbers[i]);
        }
    }

    @Test
    void store_limits_areTheFormats() {
        assertEquals(65504, Precision.FP16.store(65519.9));
        assertEquals(Double.NEGATIVE_INFINITY, Precision.FP16.store(-65520));
        assertEquals(0x1p-24, Precision.FP16.store(0x1.1p-24));
        assertEquals(0, Precision.FP16.store(0x1p-25), "a tie goes to even");
        assertEquals(448, Precision.FP8_E4M3.store(463));
        assertTrue(Double.isNaN(Precision.FP8_E4M3.store(465)));
        assertEquals(0x1p-9, Precision.FP8_E4M3.store(0x1.1p-9));
        assertEquals(57344, Precision.FP8_E5M2.store(60000));
        assertEquals(Double.POSITIVE_INFINITY, Precision.FP8_E5M2.store(62000));
        assertEquals(0x1p-16, Precision.FP8_E5M2.store(0x1p-16));
        assertEquals((double) Float.MIN_VALUE, Precision.FP32.store(Float.MIN_VALUE));
        assertEquals(0.1f, Precision.FP32.store(0.1));
    }

    @ParameterizedTest
    @EnumSource
    void labels_allFormats_findThem(Precision precision) {
        assertEquals(precision, Precision.named(precision.label()));
    }

    @Test
    void named_unknown_listsTheFormats() {
        String message = assertThrows(IllegalArgumentException.class, () -> Precision.named("fp12"))
                .getMessage();
        assertTrue(message.contains("fp12") && message.contains("fp8-e4m3") && message.contains("int4"), message);
    }

    @Test
    void integers_scaled_areNearest() {
        float scale = Precision.INT4.scale(1.4);
        assertEquals(7, Precision.INT4.integer(1.4, scale));
        assertEquals(-3, Precision.INT4.integer(-0.61, scale));
        assertEquals(0, Precision.INT4.integer(0.5, Precision.INT4.scale(0)));
        assertThrows(IllegalStateException.class, () -> Precision.INT8.store(1));
    }
}

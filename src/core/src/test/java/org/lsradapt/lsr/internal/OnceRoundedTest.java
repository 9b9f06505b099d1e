package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against a table of all 16-bit numbers and exact decimal arithmetic. */
public class OnceRoundedTest {

    /** All finite, non-negative numbers of a 16-bit format with their bits. */
    private static final NavigableMap<Double, Integer> HALVES = table(10, 15);

    private static final NavigableMap<Double, Integer> BRAINS = table(7, 127);

    private static NavigableMap<Double, Integer> table(int fractionBits, int bias) {
        NavigableMap<Double, Integer> table = new TreeMap<>();
        int ones = (1 << fractionBits) - 1;
        for (int bits = 0; bits >> fractionBits < 2 * bias + 1; bits++) {
            int exponent = bits >> fractionBits;
            int fraction = bits & ones;
            double value = exponent == 0
                    ? Math.scalb((double) fraction, 1 - bias - fractionBits)
                    : Math.scalb((double) (fraction + ones + 1), exponent - bias - fractionBits);
            table.put(value, bits);
        }
        return table;
    }

    /** The nearest number of a type, ties to even, by exact arithmetic. */
    public static double nearest(BigDecimal exact, DataType type) {
        if (type == DataType.FLOAT) {
            return Float.parseFloat(exact.toString());
        }
        if (type == DataType.DOUBLE) {
            return Double.parseDouble(exact.toString());
        }
        NavigableMap<Double, Integer> table = type == DataType.FLOAT16 ? HALVES : BRAINS;
        BigDecimal magnitude = exact.abs();
        double low = table.floorKey(magnitude.doubleValue());
        while (new BigDecimal(low).compareTo(magnitude) > 0) {
            low = table.lowerKey(low);
        }
        Double high = table.higherKey(low);
        double result = low;
        if (high != null) {
            int side = magnitude.subtract(new BigDecimal(low)).compareTo(new BigDecimal(high).subtract(magnitude));
            result = side > 0 || (side == 0 && table.get(low) % 2 == 1) ? high : low;
        }
        return exact.signum() < 0 ? -result : result;
    }

    private static INDArray cast(DataType type, double... values) {
        return OnceRounded.cast(Nd4j.createFromArray(values), type);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "BFLOAT16", "FLOAT", "DOUBLE"})
    void cast_anyNumber_isTheNearest(DataType type) {
        Random random = new Random(Long.getLong("seed", 21));
        NavigableMap<Double, Integer> table = type == DataType.FLOAT16 ? HALVES : BRAINS;
        Double[] numbers = table.keySet().toArray(new Double[0]);
        double[] values = new double[9000];
        for (int i = 0; i < values.length; i += 3) {
            int k = random.nextInt(numbers.length - 1);
            double middle = (numbers[k] + numbers[k + 1]) / 2;
            values[i] = middle;
            values[i + 1] = random.nextBoolean() ? Math.nextUp(middle) : -Math.nextDown(middle);
            values[i + 2] = numbers[k] + random.nextGaussian() * (numbers[k + 1] - numbers[k]);
        }
        double largest = table.lastKey();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(-largest, Math.min(largest, values[i]));
        }
        INDArray rounded = cast(type, values);
        assertEquals(type, rounded.dataType());
        double[] wide = rounded.castTo(DataType.DOUBLE).toDoubleVector();
        for (int i = 0; i < values.length; i++) {
            assertEquals(nearest(new BigDecimal(values[i]), type), wide[i], "of " + values[i]);
        }
    }

    @Test
    void cast_justAboveAMiddle_isNotRoundedTwice() {
        double above = 1 + 0x1p-11 + 0x1p-40;
        assertEquals(1 + 0x1p-10, cast(DataType.FLOAT16, above).getDouble(0));
        assertEquals(1.0, Nd4j.createFromArray(above).castTo(DataType.FLOAT16).getDouble(0), "castTo rounds twice");
        assertEquals(1 + 0x1p-7, cast(DataType.BFLOAT16, 1 + 0x1p-8 + 0x1p-40).getDouble(0));
    }

    @Test
    void cast_specialNumbers_stayWhatTheyAre() {
        for (DataType type : new DataType[] {DataType.FLOAT16, DataType.BFLOAT16, DataType.FLOAT, DataType.DOUBLE}) {
            INDArray cast = cast(
                            type, 0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, -1e-300)
                    .castTo(DataType.DOUBLE);
            assertEquals(0.0, cast.getDouble(0));
            assertEquals(-0.0, cast.getDouble(1));
            assertEquals(Double.POSITIVE_INFINITY, cast.getDouble(2));
            assertEquals(Double.NEGATIVE_INFINITY, cast.getDouble(3));
            assertTrue(Double.isNaN(cast.getDouble(4)));
            assertEquals(type == DataType.DOUBLE ? -1e-300 : -0.0, cast.getDouble(5));
        }
    }

    @Test
    void cast_numberBeyondTheRange_isRefused() {
        assertEquals(65504, cast(DataType.FLOAT16, 65519.99).getDouble(0));
        assertRefused("rounding: 65520.0 is beyond the range of F16", DataType.FLOAT16, 65520);
        assertRefused("rounding: -1.0E39 is beyond the range of F32", DataType.FLOAT, -1e39);
        assertRefused("rounding: 3.4E38 is beyond the range of BF16", DataType.BFLOAT16, 3.4e38);
        assertRefused("rounding: the type is INT, expected DOUBLE, FLOAT, FLOAT16 or BFLOAT16", DataType.INT32, 1);
    }

    private static void assertRefused(String message, DataType type, double value) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> cast(type, 1, value))
                        .getMessage());
    }

    @Test
    void cast_anyShapeAndView_keepsOrder() {
        INDArray base = Nd4j.arange(24).castTo(DataType.FLOAT).reshape(4, 6);
        INDArray transposed = OnceRounded.cast(base.transpose(), DataType.BFLOAT16);
        assertArrayEquals(new long[] {6, 4}, transposed.shape());
        assertEquals(base.transpose().dup('c'), transposed.castTo(DataType.FLOAT));
        INDArray columns = OnceRounded.cast(Views.columns(base, 2, 3), DataType.FLOAT16);
        assertEquals(Views.columns(base, 2, 3).dup('c'), columns.castTo(DataType.FLOAT));
        assertEquals(7, OnceRounded.cast(Nd4j.scalar(7f), DataType.FLOAT16).getInt(0));
        assertArrayEquals(
                new long[] {0, 3},
                OnceRounded.cast(Nd4j.create(DataType.FLOAT, 0, 3), DataType.FLOAT16)
                        .shape());
        assertFalse(base.wasClosed());
    }

    /** Halves and quarters that each type holds; D is a view whose rows are apart. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"DOUBLE", "FLOAT", "HALF", "BFLOAT16"})
    void addProduct_numbersThatTheTypeHolds_isExact(DataType type) {
        INDArray whole = Nd4j.createFromArray(9f, 1f, 2f, 3f, 9f, 4f, 5f, 6f).reshape(2, 4);
        INDArray d = Views.columns(whole, 1, 4);
        double[] a = {2, -1, 0.5, 3};
        double[] b = {1, 2, 3, 4, -6, 8};
        INDArray sum = OnceRounded.addProduct(d, a, b, -0.5, type);
        assertEquals(type, sum.dataType());
        assertArrayEquals(new long[] {2, 3}, sum.shape());
        assertArrayEquals(
                new double[] {1 + 1, 2 - 5, 3 + 1, 4 - 6.25, 5 + 8.5, 6 - 12.75},
                sum.castTo(DataType.DOUBLE).dup('c').data().asDouble());
        assertArrayEquals(new float[] {9, 1, 2, 3, 9, 4, 5, 6}, whole.data().asFloat(), "D is not written");
    }
}

package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.lsr.storage.StoredMatrices;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

class RowKernelsTest {

    private static boolean hasModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    private static RowKernels kernels(WeightFormat format) {
        RowKernels kernels = RowKernels.installed();
        assumeTrue(kernels != null, () -> "vectors " + RowKernels.installedDescription());
        assertTrue(kernels.multiplies(format), () -> "no vectors for " + format);
        return kernels;
    }

    @Test
    void installed_withTheModuleAndAvx2_isThere() {
        assumeTrue(hasModule(), "this JVM was started without --add-modules jdk.incubator.vector");
        assumeTrue(OneDnn.isPresent(), "oneDNN, which tells whether the processor has AVX2, is not there");
        assertNotNull(RowKernels.installed(), RowKernels.installedDescription());
        assertTrue(RowKernels.installedDescription().endsWith(" bits"), RowKernels.installedDescription());
    }

    @Test
    void installed_withoutTheModule_saysHowToHaveIt() {
        assumeTrue(!hasModule(), "this JVM was started with --add-modules jdk.incubator.vector");
        assertEquals("not used, start Java with --add-modules jdk.incubator.vector", RowKernels.installedDescription());
    }

    /** More rows than are copied at a time, an odd number; short ones, and long ones. */
    @ParameterizedTest
    @CsvSource({"BF16,1021", "Q8_0,224", "Q8_0,2080", "Q4_0,224", "Q4_0,2080", "Q4_1,224", "Q4_1,2080"})
    void multiply_someRows_areTheirProductsInDouble(WeightFormat format, int columns) {
        RowKernels kernels = kernels(format);
        Random random = new Random(340);
        StoredMatrix stored = StoredMatrices.random(random, format, 23, columns);
        float[] row = new float[columns];
        for (int i = 0; i < columns; i++) {
            row[i] = (float) random.nextGaussian();
        }
        float[] arranged = new float[kernels.arrangedLength(format, columns)];
        kernels.arrange(format, row, columns, arranged);
        float[] products = new float[20];
        kernels.multiply(stored, 2, 21, arranged, products);
        float[] numbers = new float[columns];
        for (int i = 0; i < 19; i++) {
            stored.widen(2 + i, 0, columns, numbers, 0);
            double sum = 0;
            double size = 0;
            for (int j = 0; j < columns; j++) {
                sum += (double) numbers[j] * row[j];
                size += Math.abs((double) numbers[j] * row[j]);
            }
            // The sum of each lane rounds once a block, and there are 65 blocks or 64 vectors at most.
            assertEquals(sum, products[i], size * 68 * 0x1p-24, format + " row " + i);
        }
        assertEquals(0, products[19], "wrote behind the last row");
    }

    /** A scale, or a minimum, of each of the 65,536 halves, infinite ones and NaN too, in a block of ones. */
    @Test
    void multiply_anyScaleOrMinimumOfQ4WithMinimum_isItsExactNumber() {
        RowKernels kernels = kernels(WeightFormat.Q4_1);
        int count = 1 << Short.SIZE;
        int blockBytes = WeightFormat.Q4_1.blockBytes();
        float[] ones = new float[32];
        Arrays.fill(ones, 1);
        float[] arranged = new float[kernels.arrangedLength(WeightFormat.Q4_1, 32)];
        Arrays.fill(arranged, Float.NaN);
        kernels.arrange(WeightFormat.Q4_1, ones, 32, arranged);
        for (int place : new int[] {0, Short.BYTES}) {
            ByteBuffer memory = ByteBuffer.allocateDirect(count * blockBytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int half = 0; half < count; half++) {
                memory.putShort(half * blockBytes + place, (short) half);
                for (int i = 4; i < blockBytes; i++) {
                    memory.put(half * blockBytes + i, (byte) 0x11);
                }
            }
            float[] products = new float[count];
            kernels.multiply(new StoredMatrix(WeightFormat.Q4_1, count, 32, memory), 0, count, arranged, products);
            for (int half = 0; half < count; half++) {
                float expected = 32 * HalfFloat.fromHalf((short) half);
                assertEquals(expected + 0f, products[half] + 0f, "byte " + place + ", half " + half);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1"})
    void widen_columnsOfTwoRows_areThoseOfTheCodec(WeightFormat format) {
        RowKernels kernels = kernels(format);
        assertTrue(kernels.widens(format), () -> "no vectors widen " + format);
        int unit = format.blockLength();
        StoredMatrix stored = StoredMatrices.random(new Random(341), format, 4, 5 * unit);
        float[] expected = new float[6 * unit];
        stored.widen(1, unit, 3 * unit, expected, 0);
        stored.widen(2, unit, 3 * unit, expected, 3 * unit);
        FloatPointer numbers = new FloatPointer(new float[6 * unit + 1]);
        kernels.widen(stored, 1, 2, unit, 3 * unit, numbers.asByteBuffer());
        ShortPointer rounded = new ShortPointer(new short[6 * unit + 1]);
        kernels.widenToBfloat16(stored, 1, 2, unit, 3 * unit, rounded.asByteBuffer());
        for (int i = 0; i < expected.length; i++) {
            // A level of 0 times a negative scale is -0, to which the codec adds a minimum of 0.
            assertEquals(expected[i], numbers.get(i) + 0f, "number " + i);
            float brain = HalfFloat.fromBfloat16(HalfFloat.toBfloat16(expected[i]));
            assertEquals(brain, HalfFloat.fromBfloat16(rounded.get(i)) + 0f, "number " + i + " in BF16");
        }
        assertEquals(0, numbers.get(expected.length), "wrote behind the last row");
        assertEquals(0, rounded.get(expected.length), "wrote behind the last row");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 100, 384})
    void round_rowsAtADistance_isThatOfEachRow(int columns) {
        RowKernels kernels = kernels(WeightFormat.Q8_0);
        Random random = new Random(columns);
        float[][] rows = new float[6][columns];
        for (float[] row : rows) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (random.nextGaussian() * Math.exp(10 * random.nextGaussian()));
            }
        }
        Arrays.fill(rows[1], 0);
        rows[2][columns - 1] = -1e30f;
        for (int i = 0; i < columns; i++) {
            // Halves of levels, which are ties.
            rows[3][i] = (i % 128) / 254f;
        }
        rows[3][0] = 1;
        int stride = columns + 3;
        ByteBuffer from = direct(6 * stride * Float.BYTES);
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < columns; i++) {
                from.putFloat((r * stride + i) * Float.BYTES, rows[r][i]);
            }
        }
        ByteBuffer to = direct(6 * columns);
        float[] scales = new float[6];
        kernels.round(from, stride, columns, to, scales);
        byte[] expected = new byte[columns];
        byte[] actual = new byte[columns];
        for (int r = 0; r < rows.length; r++) {
            assertEquals(ByteLevels.round(rows[r], expected), scales[r], "row " + r);
            to.get(r * columns, actual);
            assertArrayEquals(expected, actual, "row " + r);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void round_aRowThatIsNotFinite_hasNoScale_andOthersHaveTheirs(float bad) {
        RowKernels kernels = kernels(WeightFormat.Q8_0);
        for (int at : new int[] {0, 15, 18}) {
            ByteBuffer from = direct(3 * 19 * Float.BYTES);
            for (int i = 0; i < 3 * 19; i++) {
                from.putFloat(i * Float.BYTES, 127);
            }
            from.putFloat((19 + at) * Float.BYTES, bad);
            float[] scales = new float[3];
            kernels.round(from, 19, 19, direct(3 * 19), scales);
            assertArrayEquals(new float[] {1, Float.NaN, 1}, scales, bad + " at " + at);
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}

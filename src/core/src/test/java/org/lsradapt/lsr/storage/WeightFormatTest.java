package org.lsradapt.lsr.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightFormatTest {

    /** Values of ggml's own package; formats.py beside them makes them. */
    private static JsonNode golden(WeightFormat format) throws IOException {
        try (InputStream in = WeightFormatTest.class.getResourceAsStream("/golden/formats.json")) {
            return new ObjectMapper().readTree(in).get(format.name());
        }
    }

    private static float[] floats(JsonNode numbers) {
        float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers.get(i).asDouble();
        }
        return values;
    }

    private static byte[] stored(JsonNode golden) {
        return HexFormat.of().parseHex(golden.get("stored").asText());
    }

    @ParameterizedTest
    @EnumSource
    void widen_goldenBlocks_givesGgmlsNumbers(WeightFormat format) throws IOException {
        JsonNode golden = golden(format);
        float[] expected = floats(golden.get("numbers"));
        byte[] stored = stored(golden);
        assertEquals(format.bytes(expected.length), stored.length);
        byte[] shifted = new byte[stored.length + 3];
        System.arraycopy(stored, 0, shifted, 3, stored.length);
        float[] actual = new float[expected.length + 2];
        format.widen(shifted, 3, expected.length, actual, 1);
        assertEquals(0, actual[0]);
        assertEquals(0, actual[expected.length + 1]);
        // Within one rounding: Q4_1 and the K formats may be computed as d·q + m or fused.
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i + 1], 1.2e-7f * Math.abs(expected[i]) + 1e-9f, "number " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q5_0", "Q5_K", "IQ4_NL"})
    void widen_goldenBlocksOfFormatsThatAreOnlyRead_givesGgmlsBits(WeightFormat format) throws IOException {
        JsonNode golden = golden(format);
        float[] expected = floats(golden.get("numbers"));
        float[] actual = new float[expected.length];
        format.widen(stored(golden), 0, expected.length, actual, 0);
        assertArrayEquals(expected, actual);
    }

    @ParameterizedTest
    @EnumSource
    void store_goldenNumbers_givesGgmlsBytes(WeightFormat format) throws IOException {
        JsonNode golden = golden(format);
        assumeTrue(format.canStore(), "the format is read and not written");
        float[] numbers = floats(golden.get("from"));
        byte[] actual = new byte[(int) format.bytes(numbers.length)];
        format.store(numbers, 0, numbers.length, actual, 0);
        assertArrayEquals(stored(golden), actual);
    }

    @ParameterizedTest
    @EnumSource
    void store_randomNumbers_isAsNearAsTheFormatSays(WeightFormat format) {
        assumeTrue(format.canStore(), "the format is read and not written");
        Random random = new Random(5);
        float[] numbers = new float[512];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        byte[] bytes = new byte[(int) format.bytes(numbers.length)];
        format.store(numbers, 0, numbers.length, bytes, 0);
        float[] back = new float[numbers.length];
        format.widen(bytes, 0, numbers.length, back, 0);
        for (int from = 0; from < numbers.length; from += 32) {
            float[] block = Arrays.copyOfRange(numbers, from, from + 32);
            double largest = 0;
            double range = 0;
            for (float x : block) {
                largest = Math.max(largest, Math.abs(x));
                range = Math.max(range, x);
            }
            for (float x : block) {
                range = Math.max(range, largest + Math.abs(x));
            }
            double step = switch (format) {
                case F32 -> 0;
                case F16 -> largest * 0x1p-10;
                case BF16 -> largest * 0x1p-7;
                case Q8_0 -> largest / 127 * 1.07;
                // The largest keeps its sign and becomes -8; its opposite has 7 levels.
                case Q4_0 -> largest / 4 * 1.01;
                default -> range / 15 * 1.03;
            };
            for (int i = 0; i < 32; i++) {
                assertTrue(Math.abs(back[from + i] - block[i]) <= step / 2 + 1e-12, format + " number " + i);
            }
        }
    }

    @Test
    void store_readOnlyFormat_isRefused() {
        UnsupportedOperationException e = assertThrows(
                UnsupportedOperationException.class,
                () -> WeightFormat.Q4_K.store(new float[256], 0, 256, new byte[144], 0));
        assertEquals("store: format Q4_K is read and not written", e.getMessage());
    }

    @Test
    void store_scaleBeyondF16_isRefused() {
        float[] numbers = new float[32];
        numbers[3] = 1e9f;
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> WeightFormat.Q8_0.store(numbers, 0, 32, new byte[34], 0));
        assertTrue(e.getMessage().contains("beyond the range of F16"), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void store_notFinite_isRefused(WeightFormat format) {
        assumeTrue(format.canStore(), "the format is read and not written");
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] numbers = new float[2 + 64];
            Arrays.fill(numbers, 0.3f);
            numbers[2 + 37] = wrong;
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> format.store(numbers, 2, 64, new byte[256], 0));
            assertEquals("store: number 37 of 64 is " + wrong + ", expected finite numbers", e.getMessage());
        }
    }

    @Test
    void store_ofTwoLargest_keepsTheFirstsSign() {
        float[] numbers = new float[32];
        numbers[3] = -3;
        numbers[20] = 3;
        byte[] block = new byte[18];
        WeightFormat.Q4_0.store(numbers, 0, 32, block, 0);
        WeightFormat.Q4_0.widen(block, 0, 32, numbers, 0);
        assertEquals(-3, numbers[3]);
        assertEquals(2.625f, numbers[20]);
    }

    /** Number i of a group is scale times level plus minimum, as {@code widen} has it. */
    @ParameterizedTest
    @EnumSource
    void split_goldenBlocks_givesWhatMakesTheNumbers(WeightFormat format) throws IOException {
        JsonNode golden = golden(format);
        byte[] stored = stored(golden);
        int numbers = golden.get("numbers").size();
        int length = format.groupLength();
        if (format.blockLength() == 1) {
            assertEquals(0, length);
            UnsupportedOperationException e = assertThrows(
                    UnsupportedOperationException.class,
                    () -> format.split(stored, 0, numbers, new byte[1], new float[1], new float[1], 0));
            assertEquals("split: format " + format + " has no scales", e.getMessage());
            return;
        }
        float[] wide = new float[numbers];
        format.widen(stored, 0, numbers, wide, 0);
        byte[] levels = new byte[numbers + length];
        float[] scales = new float[numbers / length + 1];
        float[] minima = new float[numbers / length + 1];
        format.split(stored, 0, numbers, levels, scales, minima, 1);
        for (int i = 0; i < numbers; i++) {
            int group = 1 + i / length;
            assertEquals(wide[i], scales[group] * levels[length + i] + minima[group], 0f, "number " + i);
        }
        assertEquals(format.hasMinimum(), !Arrays.equals(minima, new float[minima.length]));
    }

    @Test
    void formats_groups_areAsDocumented() {
        assertEquals(32, WeightFormat.Q8_0.groupLength());
        assertEquals(32, WeightFormat.Q4_K.groupLength());
        assertEquals(16, WeightFormat.Q6_K.groupLength());
        for (WeightFormat format : WeightFormat.values()) {
            assertEquals(format == WeightFormat.Q8_0, format.hasByteLevels(), format.name());
            assertEquals(
                    Set.of(WeightFormat.Q4_1, WeightFormat.Q4_K, WeightFormat.Q5_K)
                            .contains(format),
                    format.hasMinimum(),
                    format.name());
        }
    }

    @Test
    void toBfloat16_betweenTwoValues_goesToTheNearestAndTiesToEven() {
        assertEquals((short) 0x3f80, toBfloat16(0x3f807fff));
        assertEquals((short) 0x3f80, toBfloat16(0x3f808000));
        assertEquals((short) 0x3f81, toBfloat16(0x3f808001));
        assertEquals((short) 0x3f82, toBfloat16(0x3f818000));
        assertEquals((short) 0xbf82, toBfloat16(0xbf818000));
        assertEquals((short) 0x7f80, HalfFloat.toBfloat16(Float.MAX_VALUE));
    }

    private static short toBfloat16(int bits) {
        return HalfFloat.toBfloat16(Float.intBitsToFloat(bits));
    }

    @Test
    void halves_notANumber_staysOneOfItsSign() {
        for (int sign : new int[] {0, 0x8000}) {
            float x = Float.intBitsToFloat((sign << 16) | 0x7f800001);
            assertEquals((short) (sign | 0x7e00), HalfFloat.toHalf(x));
            assertEquals((short) (sign | 0x7fc0), HalfFloat.toBfloat16(x));
        }
    }

    /** Of a 7B model every byte here is counted seven billion times, and the heap that it fills stays with the process. */
    @ParameterizedTest
    @EnumSource
    void store_ofManyNumbers_leavesLessThanAByteOfGarbagePerNumber(WeightFormat format) {
        assumeTrue(format.canStore(), () -> format + " is read only");
        int numbers = 1 << 16;
        float[] from = new float[numbers];
        Random random = new Random(7);
        for (int i = 0; i < numbers; i++) {
            from[i] = (float) random.nextGaussian();
        }
        byte[] blocks = new byte[(int) format.bytes(numbers)];
        format.store(from, 0, numbers, blocks, 0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        format.store(from, 0, numbers, blocks, 0);
        long garbage = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(garbage < numbers, garbage + " bytes for " + numbers + " numbers");
    }

    @Test
    void toHalf_beyondTheRange_isInfinite() {
        assertEquals((short) 0x7bff, HalfFloat.toHalf(65519));
        assertEquals((short) 0x7c00, HalfFloat.toHalf(65520));
        assertEquals((short) 0xfc00, HalfFloat.toHalf(-1e30f));
    }

    @Test
    void halves_everyValue_survivesTheWayThroughFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float half = HalfFloat.fromHalf((short) bits);
            if (!Float.isNaN(half)) {
                assertEquals((short) bits, HalfFloat.toHalf(half));
            }
            float brain = HalfFloat.fromBfloat16((short) bits);
            if (!Float.isNaN(brain)) {
                assertEquals((short) bits, HalfFloat.toBfloat16(brain));
            }
        }
    }

    @Test
    void toHalf_betweenTwoValues_goesToTheNearestAndTiesToEven() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            float low = HalfFloat.fromHalf((short) bits);
            float high = HalfFloat.fromHalf((short) (bits + 1));
            float middle = (low + high) / 2;
            assertEquals((short) (bits % 2 == 0 ? bits : bits + 1), HalfFloat.toHalf(middle));
            assertEquals((short) bits, HalfFloat.toHalf(Math.nextDown(middle)));
            assertEquals((short) (bits + 1), HalfFloat.toHalf(Math.nextUp(middle)));
        }
    }
}

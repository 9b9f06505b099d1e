package org.lsradapt.lsr.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredMatrixTest {

    private static byte[] bytes(StoredMatrix matrix) {
        byte[] all = new byte[(int) matrix.bytes()];
        matrix.memory().get(all);
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void widen_partsOfRows_areThoseOfTheWhole(WeightFormat format) {
        int unit = format.blockLength();
        int columns = 3 * unit;
        StoredMatrix matrix = StoredMatrices.random(new Random(11), format, 5, columns);
        assertEquals(format, matrix.format());
        assertEquals(5, matrix.rows());
        assertEquals(columns, matrix.columns());
        assertEquals(3 * format.blockBytes(), matrix.rowBytes());
        assertEquals(15L * format.blockBytes(), matrix.bytes());
        float[] all = new float[5 * columns];
        format.widen(bytes(matrix), 0, all.length, all, 0);
        // From short to long and back: the buffer that the calls share grows once.
        for (int blocks : new int[] {1, 2, 1}) {
            float[] part = new float[1 + blocks * unit];
            matrix.widen(3, unit, blocks * unit, part, 1);
            int first = 3 * columns + unit;
            assertArrayEquals(
                    Arrays.copyOfRange(all, first, first + blocks * unit), Arrays.copyOfRange(part, 1, part.length));
        }
        StoredMatrix rows = matrix.rows(2, 4);
        assertEquals(2, rows.rows());
        float[] row = new float[columns];
        rows.widen(1, 0, columns, row, 0);
        assertArrayEquals(Arrays.copyOfRange(all, 3 * columns, 4 * columns), row);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K", "Q5_0", "Q5_K", "IQ4_NL"})
    void split_partOfARow_isThatOfItsBlocks(WeightFormat format) {
        int unit = format.blockLength();
        int groups = unit / format.groupLength();
        StoredMatrix matrix = StoredMatrices.random(new Random(12), format, 4, 3 * unit);
        byte[] expectedLevels = new byte[unit];
        float[] expectedScales = new float[groups];
        float[] expectedMinima = new float[groups];
        int block = 2 * 3 + 1;
        format.split(
                bytes(matrix), block * format.blockBytes(), unit, expectedLevels, expectedScales, expectedMinima, 0);
        byte[] levels = new byte[unit];
        float[] scales = new float[groups];
        float[] minima = new float[groups];
        matrix.split(2, unit, unit, levels, scales, minima, 0);
        assertArrayEquals(expectedLevels, levels);
        assertArrayEquals(expectedScales, scales);
        assertArrayEquals(expectedMinima, minima);
    }

    @Test
    void scales_partOfARow_areThoseOfItsBlocks() {
        StoredMatrix matrix = StoredMatrices.random(new Random(13), WeightFormat.Q8_0, 4, 128);
        byte[] all = bytes(matrix);
        float[] scales = new float[5];
        matrix.scales(2, 32, 96, scales, 1);
        float[] expected = new float[5];
        for (int i = 0; i < 3; i++) {
            expected[1 + i] = BlockCodec.half(all, (2 * 4 + 1 + i) * 34);
        }
        assertArrayEquals(expected, scales);
    }

    @Test
    void memory_ofAPartOfABuffer_isThatPartLittleEndian() {
        ByteBuffer whole = ByteBuffer.allocateDirect(40).position(4).limit(36);
        whole.order(ByteOrder.LITTLE_ENDIAN).putFloat(8, 2.5f);
        StoredMatrix matrix = new StoredMatrix(WeightFormat.F32, 2, 4, whole);
        assertEquals(2.5f, matrix.memory().getFloat(4));
        matrix.memory().position(7);
        assertEquals(0, matrix.memory().position());
    }

    @Test
    void constructor_wrongMemory_isRefused() {
        assertRefused(
                "stored matrix: rows have 33 numbers, Q8_0 needs a multiple of 32", 33, ByteBuffer.allocateDirect(68));
        assertRefused(
                "stored matrix: 68 bytes of heap memory, [2, 32] in Q8_0 is 68 of direct memory",
                32,
                ByteBuffer.allocate(68));
        assertRefused(
                "stored matrix: 67 bytes of direct memory, [2, 32] in Q8_0 is 68 of direct memory",
                32,
                ByteBuffer.allocateDirect(67));
    }

    private static void assertRefused(String message, int columns, ByteBuffer memory) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> new StoredMatrix(WeightFormat.Q8_0, 2, columns, memory));
        assertEquals(message, e.getMessage());
    }
}

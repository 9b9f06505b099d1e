package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class BufferTest {
    private final long before = Buffer.allocatedBytes();

    private long held() {
        return Buffer.allocatedBytes() - before;
    }

    @Test
    void rows_fewerThanBefore_areAViewOfTheSameMemory() {
        try (Buffer buffer = new Buffer(DataType.DOUBLE, 7)) {
            assertEquals(0, held());
            INDArray five = buffer.rows(5);
            assertArrayEquals(new long[] {5, 7}, five.shape());
            assertEquals(DataType.DOUBLE, five.dataType());
            assertEquals(5 * 7 * 8, held());
            INDArray block = buffer.block(3, 2, 6);
            assertArrayEquals(new long[] {3, 4}, block.shape());
            five.putScalar(2, 5, 1.5);
            assertEquals(1.5, block.getDouble(2, 3));
            INDArray vector = buffer.vector(20);
            assertArrayEquals(new long[] {20}, vector.shape());
            assertEquals(1.5, vector.getDouble(2 * 7 + 5));
            assertEquals(5 * 7 * 8, held());
        }
        assertEquals(0, held());
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "BFLOAT16"})
    void rows_ofAnyType_beginAtACacheLine(DataType type) {
        for (int width : new int[] {3, 64, 768, 3072}) {
            try (Buffer buffer = Memory.NATIVE.bufferWithRoom(type, width)) {
                for (int rows : new int[] {5, 17, 300}) {
                    INDArray array = buffer.rows(rows);
                    long first = array.data().address() + array.offset() * type.width();
                    assertEquals(0, first % 64, type + " [" + rows + ", " + width + "]");
                    assertTrue(buffer.hasRoom(array));
                    assertTrue(buffer.hasRoom(buffer.block(rows, 1, width)));
                }
            }
        }
    }

    @Test
    void rows_moreThanBefore_replaceTheMemory() {
        try (Buffer buffer = new Buffer(DataType.FLOAT, 3)) {
            INDArray two = buffer.rows(2);
            assertSame(two, buffer.rows(2));
            assertEquals(2 * 3 * 4, held());
            buffer.rows(4);
            assertEquals(4 * 3 * 4, held());
            assertNotSame(two, buffer.rows(2));
        }
        assertEquals(0, held());
    }

    @Test
    void vector_thatIsNoWholeRow_reservesTheRowItEndsIn() {
        try (Buffer buffer = new Buffer(DataType.FLOAT, 3)) {
            buffer.vector(6);
            assertEquals(2 * 3 * 4, held());
            buffer.vector(7);
            assertEquals(3 * 3 * 4, held());
        }
    }

    @Test
    void rows_manyShapes_keepTheLastUsed() {
        try (Buffer buffer = new Buffer(DataType.FLOAT, 1)) {
            INDArray first = buffer.rows(400);
            INDArray second = buffer.rows(399);
            for (long rows = 1; rows < 255; rows++) {
                buffer.rows(rows);
            }
            assertSame(first, buffer.rows(400));
            buffer.rows(300);
            assertSame(first, buffer.rows(400));
            assertNotSame(second, buffer.rows(399));
        }
    }
}

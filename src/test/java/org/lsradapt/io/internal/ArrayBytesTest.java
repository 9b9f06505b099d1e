package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.storage.HalfFloat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class ArrayBytesTest {

    @Test
    void write_inParts_writesTheSame() throws IOException {
        INDArray array = Nd4j.randn(DataType.FLOAT, 13, 5);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        ArrayBytes.write(array, Channels.newChannel(whole));
        ArrayBytes.write(array, Channels.newChannel(parts), 28);
        assertEquals(13 * 5 * 4, whole.size());
        assertArrayEquals(whole.toByteArray(), parts.toByteArray());
    }

    @Test
    void read_inParts_readsTheSame() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(30 * 8).order(ByteOrder.LITTLE_ENDIAN);
        new Random(1).ints(30).forEach(i -> bytes.putLong(i & 0x3fff3fff3fff3fffL));
        for (StoredType type : StoredType.values()) {
            if (type.isReadable()) {
                for (DataType as : EnumSet.of(type.readAs(), type.stored())) {
                    long[] shape = {6, 5};
                    INDArray whole = ArrayBytes.read(type, as, shape, ArrayBytes.sliced(bytes, 0), 1 << 20);
                    INDArray parts = ArrayBytes.read(type, as, shape, ArrayBytes.sliced(bytes, 0), 7 * as.width());
                    assertEquals(as, whole.dataType());
                    assertEquals(whole.toStringFull(), parts.toStringFull(), type.name());
                }
            }
        }
    }

    @Test
    void update_checksumOfAnyOrder_isThatOfTheBytesWritten() throws IOException {
        INDArray base = Nd4j.randn(DataType.DOUBLE, 6, 5);
        List<INDArray> arrays = List.of(
                base, base.transpose(), base.dup('f'), base.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3)),
                base.getRow(2), Nd4j.scalar(2f), Nd4j.create(DataType.FLOAT, 0, 2));
        for (INDArray array : arrays) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ArrayBytes.write(array, Channels.newChannel(bytes));
            CRC32 expected = new CRC32();
            expected.update(bytes.toByteArray());
            CRC32 actual = new CRC32();
            ArrayBytes.update(actual, array);
            assertEquals(expected.getValue(), actual.getValue());
        }
        assertFalse(base.wasClosed());
    }

    @Test
    void halfToFloat_everyHalf_isExact() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >> 10 & 31;
            int fraction = bits & 1023;
            float actual = HalfFloat.fromHalf((short) bits);
            assertEquals(bits >> 15, Float.floatToRawIntBits(actual) >>> 31, "sign");
            if (exponent == 31) {
                assertEquals(fraction != 0, Float.isNaN(actual));
                assertEquals(fraction == 0, Float.isInfinite(actual));
            } else {
                double magnitude = exponent == 0
                        ? Math.scalb((double) fraction, -24)
                        : Math.scalb(1 + fraction / 1024.0, exponent - 15);
                assertEquals(magnitude, Math.abs((double) actual));
            }
        }
    }
}

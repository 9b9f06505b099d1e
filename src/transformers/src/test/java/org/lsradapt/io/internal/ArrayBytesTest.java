package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class ArrayBytesTest {

    @TempDir
    private Path folder;

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
    void read_formatInParts_readsTheSameFromAnyPlaceInAFile() throws IOException {
        int numbers = 2 * 65536 + 64;
        float[] from = new float[numbers];
        Random random = new Random(2);
        for (int i = 0; i < numbers; i++) {
            from[i] = (float) random.nextGaussian();
        }
        byte[] bytes = new byte[7 + (int) WeightFormat.Q8_0.bytes(numbers)];
        WeightFormat.Q8_0.store(from, 0, numbers, bytes, 7);
        float[] expected = new float[numbers];
        WeightFormat.Q8_0.widen(bytes, 7, numbers, expected, 0);
        try (FileChannel channel = FileChannel.open(Files.write(folder.resolve("blocks"), bytes))) {
            ArrayBytes.Region region = ArrayBytes.of(channel, 7);
            long[] shape = {2, numbers / 2};
            for (int partBytes : new int[] {1 << 20, 65536 * 4, 2 * 65536 * 4}) {
                INDArray read = ArrayBytes.read(WeightFormat.Q8_0, shape, region, partBytes);
                assertArrayEquals(shape, read.shape());
                assertArrayEquals(expected, read.data().asFloat());
            }
            assertArrayEquals(
                    new long[] {0, 32},
                    ArrayBytes.read(WeightFormat.Q8_0, new long[] {0, 32}, region)
                            .shape());
        }
    }

    @Test
    void read_ofAFileInParts_readsTheSame() throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(3 + 5 * 4).order(ByteOrder.LITTLE_ENDIAN).position(3);
        bytes.putFloat(1.5f).putFloat(-2).putFloat(3).putFloat(4.25f).putFloat(-5);
        Path file = Files.write(folder.resolve("floats"), bytes.array());
        try (FileChannel channel = FileChannel.open(file)) {
            INDArray read =
                    ArrayBytes.read(StoredType.F32, DataType.FLOAT, new long[] {5}, ArrayBytes.of(channel, 3), 8);
            assertArrayEquals(new float[] {1.5f, -2, 3, 4.25f, -5}, read.data().asFloat());
        }
    }

    /** The bytes of an array's elements in their order, one at a time. */
    private static byte[] bytes(INDArray array) {
        boolean wide = array.dataType() == DataType.DOUBLE;
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * (wide ? 8 : 4)).order(ByteOrder.LITTLE_ENDIAN);
        long columns = array.rank() == 2 ? array.size(1) : 1;
        for (long i = 0; i < array.length(); i++) {
            double element = array.rank() == 2 ? array.getDouble(i / columns, i % columns) : array.getDouble(i);
            if (wide) {
                bytes.putDouble(element);
            } else {
                bytes.putFloat((float) element);
            }
        }
        return bytes.array();
    }

    @Test
    void writeAndUpdate_anyOrderAndView_areTheElementsInTheirOrder() throws IOException {
        INDArray base = Nd4j.randn(DataType.DOUBLE, 6, 5);
        List<INDArray> arrays = List.of(
                base,
                base.transpose(),
                base.dup('f'),
                base.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3)),
                base.getRow(2),
                Nd4j.scalar(2f),
                Nd4j.create(DataType.FLOAT, 0, 2));
        for (INDArray array : arrays) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ArrayBytes.write(array, Channels.newChannel(bytes));
            byte[] elements = bytes(array);
            assertArrayEquals(elements, bytes.toByteArray());
            CRC32 expected = new CRC32();
            expected.update(elements);
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

    /** As large as the word embeddings of the largest models; memory that nobody writes to costs nothing. */
    @Test
    void readWriteAndUpdate_moreThan2GiB_reachTheLastByte() throws IOException {
        long length = (1L << 31) + 8;
        List<Long> read = new ArrayList<>();
        ArrayBytes.Region region = (offset, into) -> {
            read.add(offset);
            into.put(into.position(), (byte) read.size()).put(into.limit() - 1, (byte) -read.size());
            into.position(into.limit());
        };
        try (INDArray array = ArrayBytes.readStored(StoredType.I8, new long[] {length}, region)) {
            assertEquals(List.of(0L, 1L << 30, 1L << 31), read);
            for (int part = 0; part < 3; part++) {
                assertEquals(part + 1, array.getDouble(part * (1L << 30)));
            }
            assertEquals(-3, array.getDouble(length - 1));

            List<Integer> written = new ArrayList<>();
            ArrayBytes.write(array, new WritableByteChannel() {
                @Override
                public int write(ByteBuffer from) {
                    written.addAll(List.of((int) from.get(from.position()), (int) from.get(from.limit() - 1)));
                    int bytes = from.remaining();
                    from.position(from.limit());
                    return bytes;
                }

                @Override
                public boolean isOpen() {
                    return true;
                }

                @Override
                public void close() {}
            });
            assertEquals(List.of(1, -1, 2, -2, 3, -3), written);

            long[] summed = new long[1];
            ArrayBytes.update(
                    new CRC32() {
                        @Override
                        public void update(ByteBuffer from) {
                            summed[0] += from.remaining();
                        }
                    },
                    array);
            assertEquals(length, summed[0]);
        }
    }
}

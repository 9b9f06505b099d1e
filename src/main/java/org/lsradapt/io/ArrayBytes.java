package org.lsradapt.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.zip.Checksum;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Moves tensors between little-endian bytes and ND4J arrays in bulk, a part at a time where they are large. */
public final class ArrayBytes {

    /** Most bytes that one part takes: a ByteBuffer ends at 2 GiB. */
    private static final int PART_BYTES = 1 << 30;

    /** Most elements of a part that is widened through a Java array: 16 MiB. */
    private static final int WIDENED_ELEMENTS = 1 << 22;

    /** Where the bytes of one tensor are. */
    @FunctionalInterface
    interface Region {
        /** A direct, little-endian buffer of {@code length} bytes from {@code offset} within the tensor. */
        ByteBuffer bytes(long offset, int length) throws IOException;
    }

    private ArrayBytes() {}

    /** A region of a file, mapped when asked for. */
    static Region mapped(FileChannel channel, long start) {
        return (offset, length) -> channel.map(FileChannel.MapMode.READ_ONLY, start + offset, length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A region of a direct buffer. */
    static Region sliced(ByteBuffer direct, int start) {
        return (offset, length) ->
                direct.slice(Math.toIntExact(start + offset), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads a tensor of a readable type into a new 'c' array that no workspace owns. */
    static INDArray read(StoredType type, long[] shape, Region region) throws IOException {
        return read(type, shape, region, type.isWidened() ? WIDENED_ELEMENTS : PART_BYTES / type.bytes());
    }

    @SuppressWarnings("try")
    static INDArray read(StoredType type, long[] shape, Region region, int partElements) throws IOException {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long elements = elements(shape);
            if (elements == 0) {
                return Nd4j.create(type.readAs(), shape);
            }
            if (elements <= partElements) {
                return part(type, shape, region, 0, (int) elements);
            }
            INDArray whole = Nd4j.createUninitialized(type.readAs(), shape, 'c');
            INDArray flat = whole.reshape('c', new long[] {elements});
            for (long from = 0; from < elements; from += partElements) {
                int count = (int) Math.min(partElements, elements - from);
                INDArray part = part(type, new long[] {count}, region, from, count);
                flat.get(NDArrayIndex.interval(from, from + count)).assign(part);
                part.close();
            }
            return whole;
        }
    }

    private static INDArray part(StoredType type, long[] shape, Region region, long from, int count)
            throws IOException {
        ByteBuffer bytes = region.bytes(from * type.bytes(), count * type.bytes());
        INDArray array = Nd4j.create(type.copy(bytes, count), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
        if (type != StoredType.BOOL) {
            return array;
        }
        INDArray bool = array.castTo(DataType.BOOL);
        array.close();
        return bool;
    }

    /**
     * Adds the elements of an array, as little-endian bytes in 'c' order, to a checksum. Costs no more than the
     * checksum itself where the array is a 'c'-ordered one of its own.
     *
     * @param sum updated
     * @param array any shape, order and type of fixed width, views too; not modified
     */
    @SuppressWarnings("try")
    public static void update(Checksum sum, INDArray array) {
        if (array.isEmpty()) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            boolean plain = !array.isView() && Arrays.equals(array.stride(), Nd4j.getStrides(array.shape(), 'c'));
            INDArray ordered = plain ? array : array.dup('c');
            Nd4j.getAffinityManager().ensureLocation(ordered, AffinityManager.Location.HOST);
            long length = ordered.length() * ordered.dataType().width();
            for (long from = 0; from < length; from += PART_BYTES) {
                sum.update(host(ordered, from, (int) Math.min(PART_BYTES, length - from)));
            }
            if (!plain) {
                ordered.close();
            }
        }
    }

    /**
     * Writes the elements of an array in 'c' order.
     *
     * @param array FLOAT or DOUBLE, any order, views too; not modified
     */
    static void write(INDArray array, WritableByteChannel out) throws IOException {
        write(array, out, PART_BYTES);
    }

    @SuppressWarnings("try")
    static void write(INDArray array, WritableByteChannel out, int partBytes) throws IOException {
        if (array.isEmpty()) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray copy = array.dup('c');
            Nd4j.getAffinityManager().ensureLocation(copy, AffinityManager.Location.HOST);
            long length = copy.length() * copy.dataType().width();
            for (long from = 0; from < length; from += partBytes) {
                ByteBuffer part = host(copy, from, (int) Math.min(partBytes, length - from));
                while (part.hasRemaining()) {
                    out.write(part);
                }
            }
            copy.close();
        }
    }

    private static ByteBuffer host(INDArray array, long from, int length) {
        Pointer start = array.data().addressPointer();
        return new BytePointer(start).position(from).capacity(from + length).asByteBuffer();
    }

    /** Product of the sizes; 1 for a scalar. */
    static long elements(long[] shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }
}

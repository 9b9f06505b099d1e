package org.lsradapt.io.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Checksum;
import org.bytedeco.javacpp.BytePointer;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Moves tensors between little-endian bytes and ND4J arrays in bulk, a part at a time where they are large. */
public final class ArrayBytes {

    /** The largest part in bytes: a ByteBuffer ends at 2 GiB. */
    private static final int PART_BYTES = 1 << 30;

    /** Number of values that are widened at a time, a multiple of every block length. */
    private static final int WIDENED = 1 << 16;

    /** The most dimensions that ND4J's operations take. */
    private static final int MAX_RANK = 32;

    private static final String SHORTER = "the file became shorter after it was opened";

    /** The bytes of one tensor. */
    @FunctionalInterface
    public interface Region {
        /** Fills the rest of a buffer with the tensor's bytes from {@code offset} on. */
        void copy(long offset, ByteBuffer into) throws IOException;
    }

    private ArrayBytes() {}

    /**
     * Returns a region of a file. The file is not mapped: if a mapped file were truncated during reading, the missing
     * numbers would come without an error, and the JVM's error would come later, from any other operation of the
     * thread.
     */
    public static Region of(FileChannel channel, long start) {
        return (offset, into) -> {
            long at = start + offset;
            while (into.hasRemaining()) {
                int read = channel.read(into, at);
                if (read < 0) {
                    throw new IOException(SHORTER);
                }
                at += read;
            }
        };
    }

    public static Region sliced(ByteBuffer bytes, int start) {
        return (offset, into) -> into.put(bytes.slice(Math.toIntExact(start + offset), into.remaining()));
    }

    /** Returns a region of a stream, whose bytes are asked for in order, each at most once. */
    public static Region of(InputStream stream) {
        ReadableByteChannel channel = Channels.newChannel(stream);
        AtomicLong position = new AtomicLong();
        return (offset, into) -> {
            stream.skipNBytes(offset - position.get());
            position.set(offset + into.remaining());
            while (into.hasRemaining()) {
                if (channel.read(into) < 0) {
                    throw new IOException(SHORTER);
                }
            }
        };
    }

    /** Maps bytes of a file, little-endian. */
    public static ByteBuffer mapped(FileChannel channel, long start, int length) throws IOException {
        if (start + length > channel.size()) {
            throw new IOException(SHORTER);
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, start, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns uninitialized bytes that no workspace owns; closing the array frees them at once. */
    @SuppressWarnings("try")
    public static INDArray allocate(int length) {
        InstalledNd4j.require();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.createUninitialized(DataType.INT8, Math.max(1, length));
        }
    }

    /** Reads a tensor of a readable type into a new 'c' array that no workspace owns; 16-bit floats are widened. */
    public static INDArray read(StoredType type, long[] shape, Region region) throws IOException {
        return read(type, type.readAs(), shape, region, PART_BYTES);
    }

    /** Like {@link #read(StoredType, long[], Region)}, with 16-bit floats as they are stored. */
    public static INDArray readStored(StoredType type, long[] shape, Region region) throws IOException {
        return read(type, type.stored(), shape, region, PART_BYTES);
    }

    @SuppressWarnings("try")
    static INDArray read(StoredType type, DataType as, long[] shape, Region region, int partBytes) throws IOException {
        InstalledNd4j.require();
        if (shape.length > MAX_RANK) {
            throw new IOException("it has " + shape.length + " dimensions, an array at most " + MAX_RANK);
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long elements = elements(shape);
            if (elements == 0) {
                return Nd4j.create(as, shape);
            }
            INDArray array = Nd4j.createUninitialized(as, shape, 'c');
            int partElements = partBytes / as.width();
            for (long from = 0; from < elements; from += partElements) {
                int count = (int) Math.min(partElements, elements - from);
                ByteBuffer part = host(array, from * as.width(), count * as.width());
                if (as == type.stored()) {
                    region.copy(from * type.bytes(), part);
                } else {
                    widen(type, from, region, part.asFloatBuffer());
                }
            }
            Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
            return array;
        }
    }

    private static void widen(StoredType type, long from, Region region, FloatBuffer out) throws IOException {
        ByteBuffer halves = ByteBuffer.allocate(Math.min(WIDENED, out.limit()) * type.bytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < out.limit(); done += WIDENED) {
            int now = Math.min(WIDENED, out.limit() - done);
            region.copy((from + done) * type.bytes(), halves.clear().limit(now * type.bytes()));
            type.widen(halves.flip(), out.slice(done, now));
        }
    }

    /** Reads a tensor into a new FLOAT 'c' array that no workspace owns; rows are whole blocks. */
    public static INDArray read(WeightFormat format, long[] shape, Region region) throws IOException {
        return read(format, shape, region, PART_BYTES);
    }

    @SuppressWarnings("try")
    static INDArray read(WeightFormat format, long[] shape, Region region, int partBytes) throws IOException {
        InstalledNd4j.require();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long elements = elements(shape);
            if (elements == 0) {
                return Nd4j.create(DataType.FLOAT, shape);
            }
            INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
            byte[] blocks = new byte[(int) format.bytes(WIDENED)];
            float[] numbers = new float[WIDENED];
            int partElements = partBytes / Float.BYTES / WIDENED * WIDENED;
            for (long from = 0; from < elements; from += partElements) {
                int count = (int) Math.min(partElements, elements - from);
                FloatBuffer part =
                        host(array, from * Float.BYTES, count * Float.BYTES).asFloatBuffer();
                for (int done = 0; done < count; done += WIDENED) {
                    int now = Math.min(WIDENED, count - done);
                    region.copy(format.bytes(from + done), ByteBuffer.wrap(blocks, 0, (int) format.bytes(now)));
                    format.widen(blocks, 0, now, numbers, 0);
                    part.put(numbers, 0, now);
                }
            }
            Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
            return array;
        }
    }

    /**
     * Adds the elements of an array, as little-endian bytes in 'c' order, to a checksum. An array that is 'c'-ordered
     * and not a view is not copied.
     *
     * @param array any shape, any order, any type of fixed width; may be a view; not modified
     */
    @SuppressWarnings("try")
    public static void update(Checksum sum, INDArray array) {
        if (array.isEmpty()) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray ordered = ordered(array);
            long length = ordered.length() * ordered.dataType().width();
            for (long from = 0; from < length; from += PART_BYTES) {
                sum.update(host(ordered, from, (int) Math.min(PART_BYTES, length - from)));
            }
            if (ordered != array) {
                ordered.close();
            }
        }
    }

    /** Returns the array itself if it is not a view and its elements lie in 'c' order, else a copy in 'c' order. */
    private static INDArray ordered(INDArray array) {
        boolean plain = !array.isView() && Arrays.equals(array.stride(), Nd4j.getStrides(array.shape(), 'c'));
        INDArray ordered = plain ? array : array.dup('c');
        Nd4j.getAffinityManager().ensureLocation(ordered, AffinityManager.Location.HOST);
        return ordered;
    }

    /** Writes the elements of an array or view, of any order and any type of fixed width, in 'c' order. */
    public static void write(INDArray array, WritableByteChannel out) throws IOException {
        write(array, out, PART_BYTES);
    }

    @SuppressWarnings("try")
    static void write(INDArray array, WritableByteChannel out, int partBytes) throws IOException {
        if (array.isEmpty()) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray ordered = ordered(array);
            long length = ordered.length() * ordered.dataType().width();
            for (long from = 0; from < length; from += partBytes) {
                ByteBuffer part = host(ordered, from, (int) Math.min(partBytes, length - from));
                while (part.hasRemaining()) {
                    out.write(part);
                }
            }
            if (ordered != array) {
                ordered.close();
            }
        }
    }

    /** Uses another pointer: a buffer from the array's own pointer, at a position, ends 2 GiB after the array's beginning. */
    private static ByteBuffer host(INDArray array, long from, int length) {
        return new BytePointer(array.data().addressPointer())
                .getPointer(from)
                .capacity(length)
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether numbers in FP32 of a shape are that many bytes; false for sizes below 0 or beyond a long. */
    public static boolean areFloats(long[] shape, long bytes) {
        try {
            return Arrays.stream(shape).allMatch(n -> n >= 0)
                    && Math.multiplyExact(elements(shape), Float.BYTES) == bytes;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** Product of the sizes; 1 for a scalar. */
    public static long elements(long[] shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }
}

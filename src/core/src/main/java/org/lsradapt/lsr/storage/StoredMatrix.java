package org.lsradapt.lsr.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lsradapt.lsr.internal.Require;

/**
 * A matrix in a {@link WeightFormat}, stored row by row in native memory or in a mapped file. Immutable; safe for use
 * by many threads as long as its memory, which the owner frees, is valid.
 */
public final class StoredMatrix {

    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[0]);

    private final WeightFormat format;
    private final int rows;
    private final int columns;
    private final ByteBuffer memory;

    /**
     * Makes a matrix over memory.
     *
     * @param rows number of rows
     * @param columns elements in a row, a multiple of the format's block length
     * @param memory the rows, from its position to its limit; direct; kept, and not written
     * @throws IllegalArgumentException if the columns do not divide into blocks, the memory is not direct or has
     *     another length
     */
    public StoredMatrix(WeightFormat format, int rows, int columns, ByteBuffer memory) {
        Require.argument(
                columns % format.blockLength() == 0,
                "stored matrix: rows have %d numbers, %s needs a multiple of %d",
                columns,
                format,
                format.blockLength());
        long bytes = rows * format.bytes(columns);
        Require.argument(
                memory.isDirect() && memory.remaining() == bytes,
                "stored matrix: %d bytes of %s memory, [%d, %d] in %s is %d of direct memory",
                memory.remaining(),
                memory.isDirect() ? "direct" : "heap",
                rows,
                columns,
                format,
                bytes);
        this.format = format;
        this.rows = rows;
        this.columns = columns;
        this.memory = memory.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The storage format. */
    public WeightFormat format() {
        return format;
    }

    /** Number of rows. */
    public int rows() {
        return rows;
    }

    /** Elements in a row. */
    public int columns() {
        return columns;
    }

    /** Length of a row in bytes. */
    public int rowBytes() {
        return (int) format.bytes(columns);
    }

    /** Length of the matrix in bytes. */
    public long bytes() {
        return memory.capacity();
    }

    /** The memory itself, from the first row on; not to be written. */
    public ByteBuffer memory() {
        return memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The rows {@code from} to {@code to} - 1 as a matrix that shares this one's memory. */
    public StoredMatrix rows(int from, int to) {
        return new StoredMatrix(format, to - from, columns, memory.slice(from * rowBytes(), (to - from) * rowBytes()));
    }

    /**
     * Widens a part of a row to FLOAT.
     *
     * @param from first column, a multiple of the format's block length
     * @param numbers number of columns, a multiple of the block length
     * @param to overwritten from {@code toAt} on
     * @param toAt index of the first element in {@code to}
     */
    public void widen(int row, int from, int numbers, float[] to, int toAt) {
        int bytes = (int) format.bytes(numbers);
        byte[] blocks = scratch(bytes);
        memory.get(row * rowBytes() + (int) format.bytes(from), blocks, 0, bytes);
        format.widen(blocks, 0, numbers, to, toAt);
    }

    /**
     * Splits a part of a row into levels, scales and minima; see {@link WeightFormat#split}.
     *
     * @param from first column, a multiple of the format's block length
     * @param numbers number of columns, a multiple of the block length
     * @param levels written, from the first element of {@code group} on
     * @param scales written, from {@code group} on
     * @param minima written likewise if the format has them
     * @param group index of the first group in the results
     */
    public void split(int row, int from, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        int bytes = (int) format.bytes(numbers);
        byte[] blocks = scratch(bytes);
        memory.get(row * rowBytes() + (int) format.bytes(from), blocks, 0, bytes);
        format.split(blocks, 0, numbers, levels, scales, minima, group);
    }

    /**
     * The scales of a part of a row, for a format with {@link WeightFormat#hasByteLevels}.
     *
     * @param from first column, a multiple of the block length
     * @param numbers number of columns, a multiple of the block length
     * @param scales written, from {@code group} on
     * @param group index of the first group in {@code scales}
     */
    public void scales(int row, int from, int numbers, float[] scales, int group) {
        int at = row * rowBytes() + (int) format.bytes(from);
        for (int block = 0; block < numbers / format.blockLength(); block++) {
            scales[group + block] = HalfFloat.fromHalf(memory.getShort(at + block * format.blockBytes()));
        }
    }

    private static byte[] scratch(int bytes) {
        byte[] scratch = SCRATCH.get();
        if (scratch.length < bytes) {
            scratch = new byte[bytes];
            SCRATCH.set(scratch);
        }
        return scratch;
    }
}

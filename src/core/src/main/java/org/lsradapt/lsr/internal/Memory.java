package org.lsradapt.lsr.internal;

import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The source of the memory of {@link Buffer}s: ND4J's native memory, or nothing. Buffers of {@link #counting} memory
 * count the bytes that they would allocate; their arrays have shapes but must be neither read nor written.
 *
 * <p>Safe for use by many threads.
 */
public final class Memory {
    public static final Memory NATIVE = new Memory(false);

    private final boolean counting;
    private final AtomicLong bytes = new AtomicLong();

    private Memory(boolean counting) {
        this.counting = counting;
    }

    /** Returns memory that is only counted. */
    public static Memory counting() {
        return new Memory(true);
    }

    /** Makes a buffer of FLOAT, DOUBLE or BFLOAT16 without memory; a row has {@code width} elements. */
    public Buffer buffer(DataType type, long width) {
        return new Buffer(this, type, width, false);
    }

    /** Makes a buffer whose memory has {@link Buffer#roomFor} the largest number of rows so far. */
    public Buffer bufferWithRoom(DataType type, long width) {
        return new Buffer(this, type, width, true);
    }

    /** The bytes that all buffers of this memory hold now. */
    public long bytes() {
        return bytes.get();
    }

    /** An array that has a shape but a single element. It must be neither read nor written. */
    public static INDArray shapeOnly(DataType type, long... shape) {
        return Views.repeated(Nd4j.createUninitialized(type, 1), shape);
    }

    INDArray allocate(DataType type, long elements) {
        return Nd4j.createUninitialized(type, counting ? 1 : elements + AlignedMemory.BYTES / type.width());
    }

    /** The aligned part of an allocated array as a matrix. */
    INDArray matrix(INDArray allocated, long rows, long width) {
        if (counting) {
            return Views.repeated(allocated, rows, width);
        }
        long behind = AlignedMemory.behind(allocated.data().address())
                / allocated.dataType().width();
        return Views.piece(allocated, behind, rows, width);
    }

    void add(long more) {
        bytes.addAndGet(more);
    }
}

package org.lsradapt.lsr.internal;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Native memory that begins at a multiple of {@link #BYTES}. Memory from malloc begins 16 bytes behind one: every row
 * of an AMX tile then lies in two cache lines, and oneDNN's BF16 products take up to a third longer.
 */
public final class AlignedMemory {

    /** The size of a cache line and of the row of an AMX tile. */
    public static final int BYTES = 64;

    private AlignedMemory() {}

    public static int behind(long address) {
        return (int) (-address & (BYTES - 1));
    }

    /** Memory for at least {@code numbers} FLOAT elements. */
    public static FloatPointer floats(long numbers) {
        FloatPointer all = new FloatPointer(numbers + BYTES / Float.BYTES);
        return all.getPointer(behind(all.address()) / Float.BYTES);
    }

    /** Memory for at least {@code numbers} BF16 elements. */
    public static ShortPointer brains(long numbers) {
        ShortPointer all = new ShortPointer(numbers + BYTES / Short.BYTES);
        return all.getPointer(behind(all.address()) / Short.BYTES);
    }

    /** Memory for at least {@code count} bytes. */
    public static BytePointer bytes(long count) {
        BytePointer all = new BytePointer(count + BYTES);
        return all.getPointer(behind(all.address()));
    }

    /** Returns the bytes of native memory that JavaCPP allows; the size of the heap if it has no limit. */
    public static long most() {
        return Pointer.maxBytes() > 0
                ? Pointer.maxBytes()
                : Runtime.getRuntime().maxMemory();
    }
}

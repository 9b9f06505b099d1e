package org.lsradapt.cuda.internal;

import java.util.Arrays;

/** The arguments of a launch, in the order of the kernel's parameters; reused for the next one after {@link #clear}. */
public final class Arguments {
    private long[] bits = new long[24];
    private int[] sizes = new int[24];
    private int count;

    public Arguments clear() {
        count = 0;
        return this;
    }

    /** Adds an address of device memory, or 0 for none. */
    public Arguments address(long address) {
        return add(address, Long.BYTES);
    }

    /** Adds addresses in order. */
    public Arguments addresses(long... addresses) {
        for (long address : addresses) {
            address(address);
        }
        return this;
    }

    public Arguments int64(long value) {
        return add(value, Long.BYTES);
    }

    public Arguments int32(int value) {
        return add(value & 0xFFFFFFFFL, Integer.BYTES);
    }

    public Arguments float32(float value) {
        return int32(Float.floatToRawIntBits(value));
    }

    private Arguments add(long value, int size) {
        if (count == bits.length) {
            bits = Arrays.copyOf(bits, 2 * count);
            sizes = Arrays.copyOf(sizes, 2 * count);
        }
        bits[count] = value;
        sizes[count++] = size;
        return this;
    }

    public int count() {
        return count;
    }

    /** An argument's bits; unused bits are 0. */
    public long bits(int index) {
        return bits[index];
    }

    /** The size of an argument in bytes. */
    public int size(int index) {
        return sizes[index];
    }
}

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

    /** Adds addresses of device memory, 0 for none. */
    public Arguments addresses(long... addresses) {
        for (long address : addresses) {
            int64(address);
        }
        return this;
    }

    public Arguments int64(long value) {
        return add(value, Long.BYTES);
    }

    public Arguments int32(int... values) {
        for (int value : values) {
            add(value & 0xFFFFFFFFL, Integer.BYTES);
        }
        return this;
    }

    public Arguments float32(float... values) {
        for (float value : values) {
            int32(Float.floatToRawIntBits(value));
        }
        return this;
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

    public int size(int index) {
        return sizes[index];
    }
}

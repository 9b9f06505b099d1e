package org.lsradapt.cuda.interpreter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Memory that a kernel may touch: an allocation, or the shared or local memory of a block. Begins as NaN. Finds accesses
 * out of bounds, at odd addresses, to what was never written, and of two threads without a barrier between them of which
 * one writes.
 */
final class Space {
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Bytes that one stamp stands for. */
    private static final int GRANULE = 2;

    final long base;
    final byte[] bytes;
    private final boolean[] written;
    private final String what;
    private long[] writers = {};
    private long[] readers = {};

    Space(String what, long base, int size) {
        this.what = what;
        this.base = base;
        bytes = new byte[size];
        written = new boolean[size];
        Arrays.fill(bytes, (byte) 0xFF);
    }

    boolean contains(long address) {
        return address >= base && address < base + bytes.length;
    }

    /** A thread reads up to 8 bytes. */
    long read(long address, int width, long stamp) {
        int at = check(address, width, "reads");
        for (int i = at; i < at + width; i++) {
            if (!written[i]) {
                throw new DeviceFault("reads byte " + i + " of " + what + ", which was never written");
            }
        }
        stampRead(at, width, stamp);
        return switch (width) {
            case 1 -> bytes[at] & 0xFFL;
            case 2 -> (short) SHORTS.get(bytes, at) & 0xFFFFL;
            case 4 -> (int) INTS.get(bytes, at) & 0xFFFFFFFFL;
            default -> (long) LONGS.get(bytes, at);
        };
    }

    /** A thread writes up to 8 bytes. */
    void write(long address, int width, long value, long stamp) {
        int at = check(address, width, "writes");
        stampWrite(at, width, stamp);
        Arrays.fill(written, at, at + width, true);
        switch (width) {
            case 1 -> bytes[at] = (byte) value;
            case 2 -> SHORTS.set(bytes, at, (short) value);
            case 4 -> INTS.set(bytes, at, (int) value);
            default -> LONGS.set(bytes, at, value);
        }
    }

    /** The host, or a product, is about to write. */
    int hostWrites(long address, long length) {
        int at = checkBounds(address, length, "a copy writes");
        Arrays.fill(written, at, at + (int) length, true);
        return at;
    }

    /** The host, or a product, is about to read. */
    int hostReads(long address, long length) {
        return checkBounds(address, length, "a copy reads");
    }

    private int check(long address, int width, String verb) {
        if (address % width != 0) {
            throw new DeviceFault(verb + " " + width + " bytes at 0x" + Long.toHexString(address)
                    + ", which is not a multiple of " + width);
        }
        return checkBounds(address, width, verb);
    }

    private int checkBounds(long address, long width, String verb) {
        long at = address - base;
        if (at < 0 || at + width > bytes.length) {
            throw new DeviceFault(
                    verb + " " + width + " bytes at byte " + at + " of " + what + ", which has " + bytes.length);
        }
        return (int) at;
    }

    private void stampRead(int at, int width, long stamp) {
        if (stamp == 0) {
            return;
        }
        reserve();
        for (int i = at / GRANULE; i <= (at + width - 1) / GRANULE; i++) {
            if (Stamp.conflict(writers[i], stamp)) {
                throw race(i, "reads", writers[i], "wrote");
            }
            readers[i] = Stamp.joined(readers[i], stamp);
        }
    }

    /** A load through the cache of constant data may not see what the same launch has written. */
    void requireUnwritten(long address, int width, long stamp) {
        reserve();
        int at = checkBounds(address, width, "reads");
        for (int i = at / GRANULE; i <= (at + width - 1) / GRANULE; i++) {
            if (Stamp.sameLaunch(writers[i], stamp)) {
                throw new DeviceFault("reads byte " + GRANULE * i + " of " + what + " as a constant, which "
                        + Stamp.text(writers[i]) + " wrote in this launch");
            }
        }
    }

    private void stampWrite(int at, int width, long stamp) {
        if (stamp == 0) {
            return;
        }
        if (width < GRANULE) {
            throw new DeviceFault("writes a single byte, which this interpreter cannot tell from its neighbours");
        }
        reserve();
        for (int i = at / GRANULE; i <= (at + width - 1) / GRANULE; i++) {
            if (Stamp.conflict(writers[i], stamp)) {
                throw race(i, "writes", writers[i], "wrote");
            }
            if (Stamp.conflict(readers[i], stamp)) {
                throw race(i, "writes", readers[i], "read");
            }
            writers[i] = stamp;
        }
    }

    private DeviceFault race(int granule, String does, long other, String did) {
        return new DeviceFault("race: " + does + " byte " + GRANULE * granule + " of " + what + ", which "
                + Stamp.text(other) + " " + did + " with no barrier between them");
    }

    private void reserve() {
        if (writers.length == 0) {
            writers = new long[bytes.length / GRANULE + 1];
            readers = new long[bytes.length / GRANULE + 1];
        }
    }
}

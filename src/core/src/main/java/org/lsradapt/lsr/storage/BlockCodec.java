package org.lsradapt.lsr.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Converts the blocks of one format to numbers and back. */
abstract class BlockCodec {

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    abstract void widen(byte[] blocks, int at, int numbers, float[] to, int toAt);

    /** Called only if {@link #canStore}; overridden with it. */
    void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        throw new UnsupportedOperationException();
    }

    boolean canStore() {
        return false;
    }

    static short bits16(byte[] bytes, int at) {
        return (short) SHORT.get(bytes, at);
    }

    static void putBits16(short bits, byte[] bytes, int at) {
        SHORT.set(bytes, at, bits);
    }

    static float half(byte[] bytes, int at) {
        return HalfFloat.fromHalf(bits16(bytes, at));
    }

    static void putHalf(float scale, byte[] bytes, int at) {
        short bits = HalfFloat.toHalf(scale);
        if ((bits & 0x7c00) == 0x7c00) {
            throw new IllegalArgumentException("store: a block's scale is " + scale
                    + ", beyond the range of F16; expected finite numbers of ordinary size");
        }
        putBits16(bits, bytes, at);
    }
}

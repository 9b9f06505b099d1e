package org.lsradapt.lsr.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Floating point without blocks. */
abstract class PlainCodec extends BlockCodec {

    private PlainCodec() {}

    @Override
    boolean canStore() {
        return true;
    }

    static final class F32 extends PlainCodec {
        private static final VarHandle FLOAT =
                MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

        @Override
        void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
            for (int i = 0; i < numbers; i++) {
                to[toAt + i] = (float) FLOAT.get(blocks, at + 4 * i);
            }
        }

        @Override
        void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
            for (int i = 0; i < numbers; i++) {
                FLOAT.set(blocks, at + 4 * i, from[fromAt + i]);
            }
        }
    }

    static final class F16 extends PlainCodec {
        @Override
        void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
            for (int i = 0; i < numbers; i++) {
                to[toAt + i] = half(blocks, at + 2 * i);
            }
        }

        @Override
        void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
            for (int i = 0; i < numbers; i++) {
                putHalf(from[fromAt + i], blocks, at + 2 * i);
            }
        }
    }

    static final class Bf16 extends PlainCodec {
        @Override
        void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
            for (int i = 0; i < numbers; i++) {
                to[toAt + i] = HalfFloat.fromBfloat16(bits16(blocks, at + 2 * i));
            }
        }

        @Override
        void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
            for (int i = 0; i < numbers; i++) {
                putBits16(HalfFloat.toBfloat16(from[fromAt + i]), blocks, at + 2 * i);
            }
        }
    }
}

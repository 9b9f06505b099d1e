package org.lsradapt.lsr.storage;

/** Q8_0: d, then 32 signed bytes. */
final class Q8Codec extends BlockCodec {

    private static final int LENGTH = 32;
    private static final int BYTES = 34;

    @Override
    void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BYTES;
            int out = toAt + block * LENGTH;
            float d = half(blocks, from);
            for (int i = 0; i < LENGTH; i++) {
                to[out + i] = d * blocks[from + 2 + i];
            }
        }
    }

    @Override
    void widenToBfloat16(byte[] blocks, int at, int numbers, byte[] to, int toAt) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BYTES + 2;
            int out = toAt + 2 * block * LENGTH;
            float d = half(blocks, from - 2);
            for (int i = 0; i < LENGTH; i += 4) {
                long four = rounded(d * blocks[from + i])
                        | (rounded(d * blocks[from + i + 1]) << 16)
                        | (rounded(d * blocks[from + i + 2]) << 32)
                        | (rounded(d * blocks[from + i + 3]) << 48);
                LONG.set(to, out + 2 * i, four);
            }
        }
    }

    /** The bits of the nearest BF16, of a finite number. */
    private static long rounded(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    }

    @Override
    void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int first = fromAt + block * LENGTH;
            int out = at + block * BYTES;
            float largest = 0;
            for (int i = 0; i < LENGTH; i++) {
                largest = Math.max(largest, Math.abs(from[first + i]));
            }
            float d = largest / 127;
            float inverse = d == 0 ? 0 : 1 / d;
            putHalf(d, blocks, out);
            for (int i = 0; i < LENGTH; i++) {
                float x = from[first + i] * inverse;
                // Halves go away from zero, as C's roundf has it.
                blocks[out + 2 + i] = (byte) (x < 0 ? -(int) (0.5 - x) : (int) (x + 0.5));
            }
        }
    }
}

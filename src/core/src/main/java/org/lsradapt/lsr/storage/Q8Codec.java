package org.lsradapt.lsr.storage;

/** Q8_0: d, then 32 signed bytes. */
final class Q8Codec extends GroupCodec {

    private static final int LENGTH = 32;
    private static final int BLOCK = 34;

    Q8Codec() {
        super(LENGTH, false);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            scales[group + block] = half(blocks, from);
            System.arraycopy(blocks, from + 2, levels, (group + block) * LENGTH, LENGTH);
        }
    }

    @Override
    boolean canStore() {
        return true;
    }

    @Override
    void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int first = fromAt + block * LENGTH;
            int out = at + block * BLOCK;
            float largest = 0;
            for (int i = 0; i < LENGTH; i++) {
                largest = Math.max(largest, Math.abs(from[first + i]));
            }
            float d = largest / 127;
            float inverse = d == 0 ? 0 : 1 / d;
            putHalf(d, blocks, out);
            for (int i = 0; i < LENGTH; i++) {
                float x = from[first + i] * inverse;
                // Halves round away from zero, as in C's roundf.
                blocks[out + 2 + i] = (byte) (x < 0 ? -(int) (0.5 - x) : (int) (x + 0.5));
            }
        }
    }
}

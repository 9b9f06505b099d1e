package org.lsradapt.lsr.storage;

/** Q5_0: d, 4 bytes of upper bits, then 16 bytes. Byte i holds the lower bits of numbers i, in its lower half, and i + 16. */
final class Q5Codec extends GroupCodec {

    private static final int LENGTH = 32;
    private static final int HALF = LENGTH / 2;
    private static final int BLOCK = 22;
    private static final int UPPER = 2;
    private static final int LOWER = 6;

    Q5Codec() {
        super(LENGTH, false);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            int out = (group + block) * LENGTH;
            scales[group + block] = half(blocks, from);
            for (int i = 0; i < LENGTH; i++) {
                int upper = (blocks[from + UPPER + i / 8] >>> (i % 8)) & 1;
                int lower = (blocks[from + LOWER + i % HALF] >>> (i / HALF * 4)) & 15;
                levels[out + i] = (byte) (((upper << 4) | lower) - 16);
            }
        }
    }
}

package org.lsradapt.lsr.storage;

/** IQ4_NL: d, then 16 bytes. Byte i holds the table indices of numbers i, in its lower half, and i + 16. */
final class NonLinearCodec extends GroupCodec {

    private static final int LENGTH = 32;
    private static final int HALF = LENGTH / 2;
    private static final int BLOCK = 18;

    /** ggml's levels, which are denser where weights are. */
    private static final byte[] TABLE = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    NonLinearCodec() {
        super(LENGTH, false);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            int out = (group + block) * LENGTH;
            scales[group + block] = half(blocks, from);
            for (int i = 0; i < HALF; i++) {
                byte pair = blocks[from + 2 + i];
                levels[out + i] = TABLE[pair & 15];
                levels[out + HALF + i] = TABLE[(pair >>> 4) & 15];
            }
        }
    }
}

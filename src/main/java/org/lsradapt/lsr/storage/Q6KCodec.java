package org.lsradapt.lsr.storage;

/**
 * Q6_K: 128 bytes of lower four bits, 64 bytes of upper two, 16 signed scales, d. Each half of 128 numbers is four runs
 * of 32, whose lower bits share 64 bytes and whose upper bits share 32.
 */
final class Q6KCodec extends BlockCodec {

    private static final int LENGTH = 256;
    private static final int BYTES = 210;
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    @Override
    void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BYTES;
            float d = half(blocks, from + SCALE);
            for (int run = 0; run < 8; run++) {
                int part = run / 4;
                int inPart = run % 4;
                int lower = from + 64 * part + 32 * (inPart % 2);
                int lowerShift = 4 * (inPart / 2);
                int upper = from + UPPER + 32 * part;
                int out = toAt + block * LENGTH + 32 * run;
                for (int i = 0; i < 32; i++) {
                    int q = ((blocks[lower + i] >>> lowerShift) & 15) | (((blocks[upper + i] >>> (2 * inPart)) & 3) << 4);
                    float scale = d * blocks[from + SCALES + 2 * run + i / 16];
                    to[out + i] = scale * (q - 32);
                }
            }
        }
    }

    @Override
    void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        throw new UnsupportedOperationException();
    }

    @Override
    boolean canStore() {
        return false;
    }
}

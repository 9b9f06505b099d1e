package org.lsradapt.lsr.storage;

/**
 * Q4_K: d, dmin, 12 bytes of scales and minima, then 128 bytes in four runs of 32; a run's lower halves are 32 numbers
 * and its upper halves the next 32.
 */
final class Q4KCodec extends BlockCodec {

    private static final int LENGTH = 256;
    private static final int BYTES = 144;
    private static final int SCALES = 4;
    private static final int LEVELS = 16;

    @Override
    void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BYTES;
            int out = toAt + block * LENGTH;
            float d = half(blocks, from);
            float dmin = half(blocks, from + 2);
            for (int run = 0; run < 4; run++) {
                int levels = from + LEVELS + 32 * run;
                for (int upper = 0; upper < 2; upper++) {
                    int group = 2 * run + upper;
                    float scale = d * scale(blocks, from + SCALES, group);
                    float minimum = dmin * minimum(blocks, from + SCALES, group);
                    for (int i = 0; i < 32; i++) {
                        to[out + 32 * group + i] = scale * ((blocks[levels + i] >>> (4 * upper)) & 15) - minimum;
                    }
                }
            }
        }
    }

    /** Groups 0 to 3 have six bits in a byte; of groups 4 to 7 the upper two are those that 0 to 3 left. */
    private static int scale(byte[] blocks, int at, int group) {
        return group < 4
                ? blocks[at + group] & 63
                : (blocks[at + group + 4] & 15) | (((blocks[at + group - 4] & 0xff) >>> 6) << 4);
    }

    private static int minimum(byte[] blocks, int at, int group) {
        return group < 4
                ? blocks[at + group + 4] & 63
                : ((blocks[at + group + 4] & 0xff) >>> 4) | (((blocks[at + group] & 0xff) >>> 6) << 4);
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

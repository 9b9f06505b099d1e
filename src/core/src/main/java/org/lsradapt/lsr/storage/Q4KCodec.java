package org.lsradapt.lsr.storage;

/**
 * Q4_K: d, dmin, 12 bytes of scales and minima, then 128 bytes in four runs of 32; a run's lower halves are 32 numbers
 * and its upper halves the next 32.
 */
final class Q4KCodec extends GroupCodec {

    private static final int LENGTH = 256;
    private static final int GROUP = 32;
    private static final int BLOCK = 144;
    private static final int SCALES = 4;
    private static final int LEVELS = 16;

    Q4KCodec() {
        super(GROUP, true);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            int first = group + block * (LENGTH / GROUP);
            float d = half(blocks, from);
            float dmin = half(blocks, from + 2);
            for (int i = 0; i < LENGTH / GROUP; i++) {
                scales[first + i] = d * scale(blocks, from + SCALES, i);
                minima[first + i] = -dmin * minimum(blocks, from + SCALES, i);
            }
            for (int i = 0; i < LENGTH / 2; i += Long.BYTES) {
                long pairs = (long) LONG.get(blocks, from + LEVELS + i);
                int out = first * GROUP + i / GROUP * 2 * GROUP + i % GROUP;
                LONG.set(levels, out, pairs & (15 * BYTES));
                LONG.set(levels, out + GROUP, (pairs >>> 4) & (15 * BYTES));
            }
        }
    }

    /** Groups 0 to 3 have six bits in a byte; the upper two bits of groups 4 to 7 are the bits that groups 0 to 3 leave. */
    static int scale(byte[] blocks, int at, int group) {
        return group < 4
                ? blocks[at + group] & 63
                : (blocks[at + group + 4] & 15) | (((blocks[at + group - 4] & 0xff) >>> 6) << 4);
    }

    static int minimum(byte[] blocks, int at, int group) {
        return group < 4
                ? blocks[at + group + 4] & 63
                : ((blocks[at + group + 4] & 0xff) >>> 4) | (((blocks[at + group] & 0xff) >>> 6) << 4);
    }
}

package org.lsradapt.lsr.storage;

/**
 * Q6_K: 128 bytes of lower four bits, 64 bytes of upper two, 16 signed scales, d. Each half of 128 numbers is four runs
 * of 32, whose lower bits share 64 bytes and whose upper bits share 32.
 */
final class Q6KCodec extends GroupCodec {

    private static final int LENGTH = 256;
    private static final int GROUP = 16;
    private static final int RUN = 32;
    private static final int BLOCK = 210;
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    Q6KCodec() {
        super(GROUP, false);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            int first = group + block * (LENGTH / GROUP);
            float d = half(blocks, from + SCALE);
            for (int i = 0; i < LENGTH / GROUP; i++) {
                scales[first + i] = d * blocks[from + SCALES + i];
            }
            for (int run = 0; run < LENGTH / RUN; run++) {
                int part = run / 4;
                int inPart = run % 4;
                int lower = from + 64 * part + RUN * (inPart % 2);
                int upper = from + UPPER + RUN * part;
                int out = first * GROUP + RUN * run;
                for (int i = 0; i < RUN; i += Long.BYTES) {
                    long low = ((long) LONG.get(blocks, lower + i) >>> (4 * (inPart / 2))) & (15 * BYTES);
                    long high = ((long) LONG.get(blocks, upper + i) >>> (2 * inPart)) & (3 * BYTES);
                    LONG.set(levels, out + i, less(low | (high << 4), 32));
                }
            }
        }
    }
}

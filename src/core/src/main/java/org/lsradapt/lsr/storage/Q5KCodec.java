package org.lsradapt.lsr.storage;

/**
 * Q5_K: as Q4_K, with 32 bytes of upper bits before the lower ones: bit g of byte i belongs to number i of group g.
 */
final class Q5KCodec extends GroupCodec {

    private static final int LENGTH = 256;
    private static final int GROUP = 32;
    private static final int BLOCK = 176;
    private static final int SCALES = 4;
    private static final int UPPER = 16;
    private static final int LOWER = 48;

    Q5KCodec() {
        super(GROUP, true);
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * BLOCK;
            int first = group + block * (LENGTH / GROUP);
            float d = half(blocks, from);
            float dmin = half(blocks, from + 2);
            for (int g = 0; g < LENGTH / GROUP; g++) {
                scales[first + g] = d * Q4KCodec.scale(blocks, from + SCALES, g);
                minima[first + g] = -dmin * Q4KCodec.minimum(blocks, from + SCALES, g);
                int run = from + LOWER + g / 2 * GROUP;
                int out = (first + g) * GROUP;
                for (int i = 0; i < GROUP; i += Long.BYTES) {
                    long lower = ((long) LONG.get(blocks, run + i) >>> (g % 2 * 4)) & (15 * BYTES);
                    long upper = ((long) LONG.get(blocks, from + UPPER + i) >>> g) & BYTES;
                    LONG.set(levels, out + i, (upper << 4) | lower);
                }
            }
        }
    }
}

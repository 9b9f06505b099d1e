package org.lsradapt.lsr.storage;

/**
 * Q4_0: d, then 16 bytes; Q4_1: d, m, then 16 bytes. Byte i holds numbers i, in its lower half, and i + 16.
 */
final class Q4Codec extends GroupCodec {

    private static final int LENGTH = 32;
    private static final int HALF = LENGTH / 2;

    private final int header;
    private final int bytes;

    /** Makes the codec of Q4_1 if {@code hasMinimum}, else of Q4_0. */
    Q4Codec(boolean hasMinimum) {
        super(LENGTH, hasMinimum);
        header = hasMinimum ? 4 : 2;
        bytes = header + HALF;
    }

    @Override
    void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * bytes;
            int out = (group + block) * LENGTH;
            scales[group + block] = half(blocks, from);
            if (hasMinimum()) {
                minima[group + block] = half(blocks, from + 2);
            }
            for (int i = 0; i < HALF; i += Long.BYTES) {
                long pairs = (long) LONG.get(blocks, from + header + i);
                long low = pairs & (15 * BYTES);
                long high = (pairs >>> 4) & (15 * BYTES);
                LONG.set(levels, out + i, hasMinimum() ? low : less(low, 8));
                LONG.set(levels, out + HALF + i, hasMinimum() ? high : less(high, 8));
            }
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
            int out = at + block * bytes;
            if (hasMinimum()) {
                storeWithMinimum(from, first, blocks, out);
            } else {
                storeAroundZero(from, first, blocks, out);
            }
        }
    }

    private void storeAroundZero(float[] from, int first, byte[] blocks, int out) {
        float largest = 0;
        for (int i = 0; i < LENGTH; i++) {
            if (Math.abs(from[first + i]) > Math.abs(largest)) {
                largest = from[first + i];
            }
        }
        float d = largest / -8;
        putHalf(d, blocks, out);
        putLevels(from, first, 0, d == 0 ? 0 : 1 / d, 8.5, blocks, out);
    }

    private void storeWithMinimum(float[] from, int first, byte[] blocks, int out) {
        float smallest = from[first];
        float largest = from[first];
        for (int i = 1; i < LENGTH; i++) {
            smallest = Math.min(smallest, from[first + i]);
            largest = Math.max(largest, from[first + i]);
        }
        float d = (largest - smallest) / 15;
        putHalf(d, blocks, out);
        putHalf(smallest, blocks, out + 2);
        putLevels(from, first, smallest, d == 0 ? 0 : 1 / d, 0.5, blocks, out);
    }

    private void putLevels(float[] from, int first, float zero, float inverse, double offset, byte[] blocks, int out) {
        for (int i = 0; i < HALF; i++) {
            int low = level(from[first + i] - zero, inverse, offset);
            int high = level(from[first + HALF + i] - zero, inverse, offset);
            blocks[out + header + i] = (byte) (low | (high << 4));
        }
    }

    private static int level(float x, float inverse, double offset) {
        return Math.max(0, Math.min(15, (int) ((double) x * inverse + offset)));
    }
}

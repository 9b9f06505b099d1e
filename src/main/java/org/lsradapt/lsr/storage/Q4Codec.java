package org.lsradapt.lsr.storage;

/**
 * Q4_0: d, then 16 bytes; Q4_1: d, m, then 16 bytes. Byte i holds numbers i, in its lower half, and i + 16.
 */
final class Q4Codec extends BlockCodec {

    private static final int LENGTH = 32;
    private static final int HALF = LENGTH / 2;

    private final boolean hasMinimum;
    private final int header;
    private final int bytes;

    /**
     * The one or the other.
     *
     * @param hasMinimum whether it is Q4_1
     */
    Q4Codec(boolean hasMinimum) {
        this.hasMinimum = hasMinimum;
        header = hasMinimum ? 4 : 2;
        bytes = header + HALF;
    }

    @Override
    void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        float[] levels = new float[16];
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * bytes;
            levels(blocks, from, levels);
            int out = toAt + block * LENGTH;
            for (int i = 0; i < HALF; i++) {
                int pair = blocks[from + header + i];
                to[out + i] = levels[pair & 15];
                to[out + HALF + i] = levels[(pair >>> 4) & 15];
            }
        }
    }

    /** The sixteen numbers that a block can hold. */
    private void levels(byte[] blocks, int from, float[] levels) {
        float d = half(blocks, from);
        float minimum = hasMinimum ? half(blocks, from + 2) : 0;
        int zero = hasMinimum ? 0 : 8;
        for (int q = 0; q < 16; q++) {
            levels[q] = d * (q - zero) + minimum;
        }
    }

    @Override
    void widenToBfloat16(byte[] blocks, int at, int numbers, byte[] to, int toAt) {
        float[] levels = new float[16];
        long[] rounded = new long[16];
        for (int block = 0; block < numbers / LENGTH; block++) {
            int from = at + block * bytes;
            levels(blocks, from, levels);
            for (int q = 0; q < 16; q++) {
                rounded[q] = HalfFloat.toBfloat16(levels[q]) & 0xffffL;
            }
            int out = toAt + 2 * block * LENGTH;
            for (int half = 0; half < 2; half++) {
                long pairs = (long) LONG.get(blocks, from + header + 8 * half);
                LONG.set(to, out + 16 * half, four(rounded, pairs));
                LONG.set(to, out + 16 * half + 8, four(rounded, pairs >>> 32));
                LONG.set(to, out + 32 + 16 * half, four(rounded, pairs >>> 4));
                LONG.set(to, out + 32 + 16 * half + 8, four(rounded, pairs >>> 36));
            }
        }
    }

    /** The levels of the lower halves of the lowest four bytes, side by side. */
    private static long four(long[] levels, long bytes) {
        int b = (int) bytes;
        return levels[b & 15]
                | (levels[(b >>> 8) & 15] << 16)
                | (levels[(b >>> 16) & 15] << 32)
                | (levels[(b >>> 24) & 15] << 48);
    }

    @Override
    void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        for (int block = 0; block < numbers / LENGTH; block++) {
            int first = fromAt + block * LENGTH;
            int out = at + block * bytes;
            if (hasMinimum) {
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

    private void putLevels(
            float[] from, int first, float zero, float inverse, double offset, byte[] blocks, int out) {
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

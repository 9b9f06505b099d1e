package org.lsradapt.lsr.storage;

/** Blocks whose groups share a scale and perhaps a minimum: x = scale·level + minimum. */
abstract class GroupCodec extends BlockCodec {

    /** A 1 in each of eight bytes. */
    static final long BYTES = 0x0101010101010101L;

    private final int groupLength;
    private final boolean hasMinimum;

    /** Sets the layout: {@code groupLength} numbers share a scale; minima are 0 unless {@code hasMinimum}. */
    GroupCodec(int groupLength, boolean hasMinimum) {
        this.groupLength = groupLength;
        this.hasMinimum = hasMinimum;
    }

    final int groupLength() {
        return groupLength;
    }

    final boolean hasMinimum() {
        return hasMinimum;
    }

    /** See {@link WeightFormat#split}; minima are written if the format has them. */
    abstract void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group);

    @Override
    final void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        byte[] levels = new byte[numbers];
        float[] scales = new float[numbers / groupLength];
        float[] minima = new float[numbers / groupLength];
        split(blocks, at, numbers, levels, scales, minima, 0);
        for (int group = 0; group < scales.length; group++) {
            float scale = scales[group];
            float minimum = minima[group];
            for (int i = group * groupLength; i < (group + 1) * groupLength; i++) {
                to[toAt + i] = scale * levels[i] + minimum;
            }
        }
    }

    /** Subtracts an offset from eight levels of 0 … 127, each a byte, without borrowing between bytes. */
    static long less(long levels, int offset) {
        return (levels + (128 - offset) * BYTES) ^ 0x8080808080808080L;
    }
}

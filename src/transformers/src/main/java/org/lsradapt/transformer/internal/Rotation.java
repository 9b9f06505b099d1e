package org.lsradapt.transformer.internal;

/**
 * Cosines and sines of rotary positions, times a factor, computed in double precision for as many positions as were asked for. Safe
 * for use by many threads.
 */
public final class Rotation {
    private static final int FIRST_POSITIONS = 128;

    private final double[] frequencies;
    private final int headSize;
    private final double factor;
    private volatile Angles angles;

    /** The cosines and sines of positions 0 … n-1, those of a position next to each other. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Angles(int positions, double[] cos, double[] sin, float[] floatCos, float[] floatSin) {}

    /**
     * A rotation.
     *
     * @param frequencies angle per position, one for every two numbers that turn; copied
     * @param headSize the width of a head, of which the first numbers turn
     * @param factor of cosines and sines
     */
    public Rotation(double[] frequencies, int headSize, double factor) {
        this.frequencies = frequencies.clone();
        this.headSize = headSize;
        this.factor = factor;
        angles = compute(FIRST_POSITIONS);
    }

    /** The width of a head. */
    int headSize() {
        return headSize;
    }

    /** Half of the numbers of a head that turn. */
    int half() {
        return frequencies.length;
    }

    /** cos and sin of each frequency at a position, copied. */
    void read(int position, float[] cos, float[] sin) {
        Angles have = upTo(position);
        System.arraycopy(have.floatCos, position * half(), cos, 0, half());
        System.arraycopy(have.floatSin, position * half(), sin, 0, half());
    }

    /** As the other, in double. */
    void read(int position, double[] cos, double[] sin) {
        Angles have = upTo(position);
        System.arraycopy(have.cos, position * half(), cos, 0, half());
        System.arraycopy(have.sin, position * half(), sin, 0, half());
    }

    private Angles upTo(int position) {
        Angles have = angles;
        if (position >= have.positions) {
            have = compute(Math.max(position + 1, 2 * have.positions));
            angles = have;
        }
        return have;
    }

    private Angles compute(int positions) {
        int length = positions * half();
        double[] cos = new double[length];
        double[] sin = new double[length];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half(); i++) {
                cos[p * half() + i] = factor * Math.cos(p * frequencies[i]);
                sin[p * half() + i] = factor * Math.sin(p * frequencies[i]);
            }
        }
        return new Angles(positions, cos, sin, rounded(cos), rounded(sin));
    }

    private static float[] rounded(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}

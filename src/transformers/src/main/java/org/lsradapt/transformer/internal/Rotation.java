package org.lsradapt.transformer.internal;

import org.lsradapt.transformer.parts.Positions;

/**
 * Cosines and sines of rotary positions, times a factor, computed in double precision for as many positions as were
 * requested. Safe for use by many threads.
 */
public final class Rotation {
    private static final int FIRST_POSITIONS = 128;

    private final int headSize;
    private final Table usual;
    private final Table longer;

    /** The cosines and sines of positions 0 … n-1; the values of one position are adjacent. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Angles(int positions, double[] cos, double[] sin, float[] floatCos, float[] floatSin) {}

    /** Creates a rotation of the first numbers of a head, two for each frequency, which it copies. */
    public Rotation(Positions.Rotary rotary, int headSize) {
        this.headSize = headSize;
        usual = new Table(rotary.frequencies(), rotary.factor());
        longer = rotary.longer()
                .map(other -> new Table(other.frequencies(), rotary.factor()))
                .orElse(null);
    }

    /** Returns the number that stands for a position in a long sequence. */
    public static int inLongSequence(int position) {
        return ~position;
    }

    int headSize() {
        return headSize;
    }

    /** Half of the number of rotated elements of a head. */
    int half() {
        return usual.half();
    }

    private Table table(int position) {
        return position < 0 ? longer : usual;
    }

    /** Copies cos and sin of each frequency at a position. */
    void read(int position, float[] cos, float[] sin) {
        int at = Math.max(position, ~position);
        Angles have = table(position).upTo(at);
        System.arraycopy(have.floatCos, at * half(), cos, 0, half());
        System.arraycopy(have.floatSin, at * half(), sin, 0, half());
    }

    /** Copies cos and sin of each frequency at a position, in double precision. */
    void read(int position, double[] cos, double[] sin) {
        int at = Math.max(position, ~position);
        Angles have = table(position).upTo(at);
        System.arraycopy(have.cos, at * half(), cos, 0, half());
        System.arraycopy(have.sin, at * half(), sin, 0, half());
    }

    private static final class Table {
        private final double[] frequencies;
        private final double factor;
        private volatile Angles angles;

        Table(double[] frequencies, double factor) {
            this.frequencies = frequencies.clone();
            this.factor = factor;
            angles = compute(FIRST_POSITIONS);
        }

        int half() {
            return frequencies.length;
        }

        Angles upTo(int position) {
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
}

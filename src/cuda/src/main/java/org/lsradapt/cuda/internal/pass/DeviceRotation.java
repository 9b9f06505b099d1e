package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.transformer.parts.Positions;

/** Cosines and sines of the positions requested so far: a usual row, and one for long sequences. */
final class DeviceRotation implements AutoCloseable {
    private static final int FIRST_POSITIONS = 128;

    private final Positions.Rotary rotary;
    private final Transfers transfers;
    private final Arena arena;
    private int count;
    private long cosines;
    private long sines;

    DeviceRotation(Positions.Rotary rotary, Engine engine) {
        this.rotary = rotary;
        transfers = engine.transfers;
        arena = new Arena(engine.device);
    }

    /** The tables' row of a position. */
    static int row(int position, boolean isLong) {
        return 2 * position + (isLong ? 1 : 0);
    }

    /** The tables for a batch, extended if necessary. */
    AttentionKernels.Angles angles(DeviceBatch batch) {
        if (batch.longest() > count) {
            fill(Math.max(batch.longest(), Math.max(FIRST_POSITIONS, 2 * count)));
        }
        return new AttentionKernels.Angles(batch.positions(rotary), cosines, sines, rotary.frequencies().length);
    }

    private void fill(int positions) {
        int half = rotary.frequencies().length;
        float[] cosine = new float[2 * positions * half];
        float[] sine = new float[cosine.length];
        for (int p = 0; p < positions; p++) {
            fill(rotary.frequencies(), p, cosine, sine, row(p, false) * half);
            int at = row(p, true) * half;
            int position = p;
            rotary.longer().ifPresent(longer -> fill(longer.frequencies(), position, cosine, sine, at));
        }
        arena.close();
        count = positions;
        cosines = transfers.up(cosine, arena);
        sines = transfers.up(sine, arena);
    }

    private void fill(double[] frequencies, int position, float[] cosine, float[] sine, int at) {
        for (int i = 0; i < frequencies.length; i++) {
            cosine[at + i] = (float) (rotary.factor() * Math.cos(position * frequencies[i]));
            sine[at + i] = (float) (rotary.factor() * Math.sin(position * frequencies[i]));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}

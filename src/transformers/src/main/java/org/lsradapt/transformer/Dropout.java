package org.lsradapt.transformer;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.internal.DropMask;

/**
 * Dropout of the adapters' input in training, like PEFT's {@code lora_dropout}: the frozen product reads x and the
 * adapter reads x ∘ m/(1 − p), where an element of m is 0 with probability p and otherwise 1. Each adapted layer has
 * its own mask.
 *
 * <p>Whether an element is dropped depends on the seed, the step, the layer, the sequence's place in the step, the row
 * in the sequence and the column. It does not depend on the number of threads or on how a step is divided into parts.
 * Rows that belong to the model rather than to a sequence, such as relative embeddings, are never dropped.
 *
 * <p>For the thread that trains. Dropout is off until {@link #set}, and outside {@link #begin} and {@link #end}.
 */
public final class Dropout {
    private double rate;
    private long seed;
    private long step;
    private long stepKey;
    private int first;
    private int sequences;
    private boolean on;

    /** Creates dropout that is off. */
    public Dropout() {}

    /** Sets the rate, 0 for none, and the seed of dropout from the next step on; the same call produces the same masks again. */
    public void set(double newRate, long newSeed, long taken) {
        Require.argument(newRate >= 0 && newRate < 1, "dropout is %s, expected >= 0 and < 1", newRate);
        rate = newRate;
        seed = newSeed;
        step = taken;
    }

    /** Begins a step; the next sequence is its first. */
    public void nextStep() {
        stepKey = DropMask.key(DropMask.key(0, seed), step++);
        first = 0;
        sequences = 0;
    }

    /** Begins the passes of a part of a step with {@code count} sequences; returns the place of the first one in the step. */
    public int begin(int count) {
        first = sequences;
        sequences += count;
        on = rate > 0;
        return first;
    }

    /** Begins passes of a part again at the place that {@link #begin} returned for it, with the same masks. */
    public void beginAgain(int place) {
        first = place;
        on = rate > 0;
    }

    /** Ends the passes of a part: nothing is dropped until the next {@link #begin}. */
    public void end() {
        on = false;
    }

    /** Whether passes drop elements now. */
    public boolean isOn() {
        return on;
    }

    /** p, the probability with which an element is dropped. */
    public double rate() {
        return rate;
    }

    /**
     * Returns the key of a layer's masks in this step. With h for {@link
     * org.lsradapt.lsr.internal.SplitMix64#output}, a row's key is h(h(key, place), row), for its sequence's place in the
     * step and its number in the sequence. Element (row, column) is dropped if the first 53 bits of h(row's key, column), as
     * a number from 0 to 1, are below the rate.
     *
     * @param layer the layer's full name
     * @param use number of the layer's use in the model, from 1: a layer that also projects relative embeddings does so
     *     first
     */
    public long stepKey(String layer, int use) {
        return DropMask.key(stepKey, key(layer, use));
    }

    /** The place in the step of the first sequence of the part whose passes have begun. */
    public int first() {
        return first;
    }

    static long key(String layer, int use) {
        return DropMask.key(layer.hashCode(), use);
    }

    /** Returns the mask of a layer's input, by the rows at which sequences begin and end, and their places in the part. */
    DropMask mask(long layer, int[] rows, int[] own) {
        return new DropMask(keys(layer, rows, own), rate);
    }

    private long[] keys(long layer, int[] rows, int[] own) {
        long layerKey = DropMask.key(stepKey, layer);
        long[] keys = new long[rows[rows.length - 1]];
        for (int i = 0; i + 1 < rows.length; i++) {
            long sequence = DropMask.key(layerKey, (long) first + own[i]);
            for (int row = rows[i]; row < rows[i + 1]; row++) {
                keys[row] = DropMask.key(sequence, row - rows[i]);
            }
        }
        return keys;
    }
}

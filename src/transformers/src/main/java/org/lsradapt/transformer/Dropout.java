package org.lsradapt.transformer;

import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.internal.DropMask;

/**
 * Dropout of the adapters' input in training, as PEFT's {@code lora_dropout}: the frozen product reads x and the
 * adapter reads x ∘ m/(1 − p), where an element of m is 0 with probability p and else 1. Each adapted layer has a mask
 * of its own.
 *
 * <p>An element's fate depends on seed, step, layer, the sequence's place in the step, the row in the sequence and the
 * column, not on the number of threads or on how a step is divided into parts. Rows that belong to the model and not
 * to a sequence, such as relative embeddings, are never dropped.
 *
 * <p>For the thread that trains. It is off until {@link #set}, and outside {@link #begin} and {@link #end}.
 */
public final class Dropout {
    private double rate;
    private long seed;
    private long step;
    private long stepKey;
    private int first;
    private int sequences;
    private boolean on;

    /** Without dropout yet. */
    public Dropout() {}

    /**
     * Sets dropout from the next step on; the same call gives the same masks again.
     *
     * @param newRate p, 0 ≤ p &lt; 1; 0 for no dropout
     * @param newSeed seed of the masks
     * @param taken steps before the next one
     */
    public void set(double newRate, long newSeed, long taken) {
        Require.argument(newRate >= 0 && newRate < 1, "dropout is %s, expected >= 0 and < 1", newRate);
        rate = newRate;
        seed = newSeed;
        step = taken;
    }

    /** Begins a step: the next sequence is its first. */
    public void nextStep() {
        stepKey = DropMask.key(DropMask.key(0, seed), step++);
        first = 0;
        sequences = 0;
    }

    /**
     * Begins the passes of a part of a step.
     *
     * @param count how many sequences the part has
     * @return the place of its first sequence in the step
     */
    public int begin(int count) {
        first = sequences;
        sequences += count;
        on = rate > 0;
        return first;
    }

    /**
     * Begins passes of a part again, with the masks that it had.
     *
     * @param place what its {@link #begin} gave
     */
    public void beginAgain(int place) {
        first = place;
        on = rate > 0;
    }

    /** Ends them: until the next {@link #begin} nothing is dropped. */
    public void end() {
        on = false;
    }

    /** Whether passes drop something now. */
    public boolean isOn() {
        return on;
    }

    /** p, the probability with which an element is dropped. */
    public double rate() {
        return rate;
    }

    /**
     * The keys of the rows of a layer's input, for a part of a step that is computed at once: element (row, column) is dropped
     * where the first 53 bits of {@link org.lsradapt.lsr.internal.SplitMix64#output} of the row's key and the column, as a number
     * from 0 to 1, are below the rate.
     *
     * @param layer the layer's full name
     * @param use which use of the layer in the model it is, from 1: a layer that projects relative embeddings, too, does so first
     * @param rows where each sequence's rows begin, and at the end their number
     * @return a new array, one key per row
     */
    public long[] keys(String layer, int use, int[] rows) {
        return keys(key(layer, use), rows, IntStream.range(0, rows.length - 1).toArray());
    }

    /** The number that identifies a use of a layer. */
    static long key(String layer, int use) {
        return DropMask.key(layer.hashCode(), use);
    }

    /**
     * The mask of a layer's input.
     *
     * @param layer which use of which layer
     * @param rows where each sequence's rows begin, and at the end their number
     * @param own which of the part's sequences these are
     */
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

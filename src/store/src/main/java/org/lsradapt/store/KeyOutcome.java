package org.lsradapt.store;

import java.util.OptionalDouble;

/**
 * The outcome of training for a key.
 *
 * @param key the key
 * @param rows the number of its rows
 * @param heldOut the number of held-out rows among them; 0 if the key was not trained
 * @param sharedRight the number of held-out rows that the shared adapter labels correctly
 * @param ownRight the number of held-out rows that the key's own adapter labels correctly
 * @param status whether the adapter was kept
 */
public record KeyOutcome(String key, int rows, int heldOut, int sharedRight, int ownRight, Status status) {

    /** The outcome of training a key's adapter. */
    public enum Status {
        /** The store has the adapter: it is better than the shared one. */
        KEPT,
        /** The store has not taken the adapter: it is not better than the shared one. */
        REFUSED,
        /** The key was not trained: it has too few rows. */
        TOO_FEW_ROWS
    }

    /** Whether an adapter was trained for it. */
    public boolean isTrained() {
        return status != Status.TOO_FEW_ROWS;
    }

    /** Accuracy of the shared adapter on the held-out rows; empty if the key was not trained. */
    public OptionalDouble shared() {
        return isTrained() ? OptionalDouble.of((double) sharedRight / heldOut) : OptionalDouble.empty();
    }

    /** Accuracy of the key's own adapter on the held-out rows; empty if the key was not trained. */
    public OptionalDouble own() {
        return isTrained() ? OptionalDouble.of((double) ownRight / heldOut) : OptionalDouble.empty();
    }

    /** The accuracy of the key's own adapter minus that of the shared one; 0 if the key was not trained. */
    public double gain() {
        return isTrained() ? (double) (ownRight - sharedRight) / heldOut : 0;
    }
}

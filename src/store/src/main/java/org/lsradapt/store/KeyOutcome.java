package org.lsradapt.store;

import java.util.OptionalDouble;

/**
 * The outcome of training for a key.
 *
 * @param key the key
 * @param rows how many rows it has
 * @param heldOut how many of them were held out to measure on; 0 if it was not trained
 * @param sharedRight how many of those the shared adapter labels right
 * @param ownRight how many of those the key's own adapter labels right
 * @param status what became of it
 */
public record KeyOutcome(String key, int rows, int heldOut, int sharedRight, int ownRight, Status status) {

    /** The outcome of training a key's adapter. */
    public enum Status {
        /** In the store: it is better than the shared one. */
        KEPT,
        /** Not put into the store: it is not better than the shared one. */
        REFUSED,
        /** Not trained: the key has too few rows. */
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

    /** The own accuracy less the shared one; 0 if the key was not trained. */
    public double gain() {
        return isTrained() ? (double) (ownRight - sharedRight) / heldOut : 0;
    }
}

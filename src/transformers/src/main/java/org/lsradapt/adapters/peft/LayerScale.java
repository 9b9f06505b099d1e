package org.lsradapt.adapters.peft;

/**
 * A layer's r and α in PEFT's sense.
 *
 * @param rank r
 * @param alpha what is divided by r, or by √r, to scale the update
 */
record LayerScale(int rank, double alpha) {

    /** The factor of the update. */
    double scaling(boolean rankStabilized) {
        return rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}

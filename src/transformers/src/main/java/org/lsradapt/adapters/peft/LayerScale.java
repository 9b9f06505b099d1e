package org.lsradapt.adapters.peft;

/**
 * A layer's r and α, as PEFT defines them.
 *
 * @param rank r
 * @param alpha α, which is divided by r or √r to scale the update
 */
public record LayerScale(int rank, double alpha) {

    /** The factor of the update. */
    public double scaling(boolean rankStabilized) {
        return rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}

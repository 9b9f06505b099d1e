package org.lsradapt.lsr.internal;

import java.util.Arrays;

/** The best of several scores. */
public final class Logits {
    private Logits() {}

    /** Returns the index of the largest score, the first one of equal scores. */
    public static int largest(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** Returns the softmax of the largest score, 1 / Σ exp(l − max). */
    public static double largestProbability(double[] logits) {
        double top = Arrays.stream(logits).max().orElseThrow();
        return 1 / Arrays.stream(logits).map(logit -> Math.exp(logit - top)).sum();
    }
}

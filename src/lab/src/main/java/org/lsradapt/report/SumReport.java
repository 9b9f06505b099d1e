package org.lsradapt.report;

import org.lsradapt.lsr.KroneckerSum;

/**
 * What a Kronecker sum consists of.
 *
 * @param shape such as {@code 16 × [32, 2] ⊗ [24, 2]}
 * @param terms separation rank s
 * @param parameters how many trainable parameters
 */
public record SumReport(String shape, int terms, long parameters) {

    /** Reports a sum. */
    public static SumReport of(KroneckerSum sum) {
        return new SumReport(sum.describe(), sum.separationRank(), sum.parameterCount());
    }
}

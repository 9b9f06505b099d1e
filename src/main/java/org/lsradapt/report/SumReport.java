package org.lsradapt.report;

import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionNumber;

/**
 * A Kronecker sum at one moment.
 *
 * @param shape such as {@code 16 × [32, 2] ⊗ [24, 2]}
 * @param terms separation rank s
 * @param parameters how many trainable numbers
 * @param condition its condition number
 */
public record SumReport(String shape, int terms, long parameters, ConditionNumber condition) {

    /** Reports a sum as it is now. */
    public static SumReport of(KroneckerSum sum) {
        return new SumReport(sum.describe(), sum.separationRank(), sum.parameterCount(), ConditionNumber.of(sum));
    }
}

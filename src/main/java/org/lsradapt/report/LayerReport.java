package org.lsradapt.report;

import org.lsradapt.lsr.KroneckerSum;

/**
 * One adapted layer at one moment.
 *
 * @param name the layer's full name
 * @param in input width
 * @param out output width
 * @param a A [in, r]
 * @param b B [r, out]
 */
public record LayerReport(String name, long in, long out, SumReport a, SumReport b) {

    /** Reports an adapter of the given sums as they are now. */
    public static LayerReport of(String name, KroneckerSum a, KroneckerSum b) {
        return new LayerReport(name, a.rows(), b.columns(), SumReport.of(a), SumReport.of(b));
    }

    /** How many trainable numbers. */
    public long parameters() {
        return a.parameters() + b.parameters();
    }
}

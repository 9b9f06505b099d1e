package org.lsradapt.report;

import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.numerics.UpdateCondition;

/**
 * One adapted layer at one moment.
 *
 * @param name the layer's full name
 * @param in input width
 * @param out output width
 * @param a A [in, r]
 * @param b B [r, out]
 * @param condition how well conditioned the update is
 */
public record LayerReport(String name, long in, long out, SumReport a, SumReport b, UpdateCondition condition) {

    /** Reports an adapter of the given sums and scaling as they are now. */
    public static LayerReport of(String name, KroneckerSum a, KroneckerSum b, double scaling) {
        return new LayerReport(
                name,
                a.rows(),
                b.columns(),
                SumReport.of(a),
                SumReport.of(b),
                UpdateCondition.of(name, a, b, scaling));
    }

    /** How many trainable parameters. */
    public long parameters() {
        return a.parameters() + b.parameters();
    }
}

package org.lsradapt.adapters;

import org.lsradapt.lsr.KroneckerSum;

/**
 * One layer's adapter as a file has it.
 *
 * @param name the layer's full name
 * @param a A [in, r]
 * @param b B [r, out]
 */
public record SavedLayer(String name, KroneckerSum a, KroneckerSum b) {

    /** How many trainable numbers. */
    public long parameterCount() {
        return a.parameterCount() + b.parameterCount();
    }
}

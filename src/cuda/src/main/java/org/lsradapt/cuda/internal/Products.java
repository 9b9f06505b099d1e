package org.lsradapt.cuda.internal;

/** Matrix products on a device, in its stream. */
@FunctionalInterface
public interface Products {

    /**
     * C ← alpha·op(A)·op(B) + beta·C + bias; C shares no memory with A and B.
     *
     * @param bias address of a number in FLOAT for each column, or 0
     */
    void multiply(Product product, long a, long b, long c, long bias);
}

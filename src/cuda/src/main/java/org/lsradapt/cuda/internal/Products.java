package org.lsradapt.cuda.internal;

/** Matrix products on a device, in its stream. */
@FunctionalInterface
public interface Products {

    /** C ← alpha·op(A)·op(B) + beta·C; C shares no memory with A and B. */
    void multiply(Product product, long a, long b, long c);
}

package org.lsradapt.cuda.internal;

/** Matrix products on a device, in its stream. */
public interface Products extends AutoCloseable {

    /** The library's name and version. */
    String version();

    /**
     * C ← alpha·op(A)·op(B) + beta·C.
     *
     * @param product shapes and types
     * @param a address of A
     * @param b address of B
     * @param c address of C, which shares no memory with A and B
     */
    void multiply(Product product, long a, long b, long c);

    @Override
    void close();
}

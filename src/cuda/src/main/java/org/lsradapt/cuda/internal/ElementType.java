package org.lsradapt.cuda.internal;

/** The type of numbers in device memory. */
public enum ElementType {
    F32(4),
    BF16(2),
    I32(4);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }
}

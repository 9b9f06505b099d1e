package org.lsradapt.cuda.internal;

/** Numbers as they lie in device memory. */
public enum ElementType {
    F32(4),
    F64(8),
    BF16(2),
    I32(4);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }

    /** How much of a number is rounded away at most, beyond what a tolerance for FLOAT allows. */
    double rounding() {
        return this == BF16 ? 0x1p-8 : 0;
    }
}

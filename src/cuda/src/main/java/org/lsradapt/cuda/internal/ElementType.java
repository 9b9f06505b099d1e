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
}

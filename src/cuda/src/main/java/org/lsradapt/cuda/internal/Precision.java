package org.lsradapt.cuda.internal;

/** The arithmetic of matrix products. Sums of products and everything else are in FLOAT. */
public enum Precision {
    FLOAT(ElementType.F32),
    /** FLOAT, rounded to 10 fraction bits before multiplication. */
    TF32(ElementType.F32),
    /** BF16, also for frozen weights in device memory. */
    BF16(ElementType.BF16);

    private final ElementType operands;

    Precision(ElementType operands) {
        this.operands = operands;
    }

    /** The type of a product's factors. */
    public ElementType operands() {
        return operands;
    }
}

package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.cuda.internal.Product;

/** The arithmetic of matrix products. Everything else is in FLOAT. */
public enum Precision {
    /** FLOAT. */
    FLOAT(ElementType.F32, Product.Type.F32),
    /** FLOAT, rounded to 10 fraction bits; sums in FLOAT. */
    TF32(ElementType.F32, Product.Type.TF32),
    /** BF16, also for frozen weights in device memory; sums in FLOAT. */
    BF16(ElementType.BF16, Product.Type.BF16_TO_F32);

    private final ElementType operands;
    private final Product.Type type;

    Precision(ElementType operands, Product.Type type) {
        this.operands = operands;
        this.type = type;
    }

    /** The type of a product's factors. */
    ElementType operands() {
        return operands;
    }

    Product.Type type() {
        return type;
    }
}

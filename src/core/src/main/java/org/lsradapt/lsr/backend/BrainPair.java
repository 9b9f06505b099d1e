package org.lsradapt.lsr.backend;

import java.util.function.BiConsumer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.NativeMatrix;

/**
 * Products in BF16 of one row as the first of two: oneDNN adds in another order for one row than for two or more, for
 * which the order is the same.
 */
final class BrainPair {
    private static final ThreadLocal<BrainPair> OWN = ThreadLocal.withInitial(BrainPair::new);

    private FloatPointer single = new FloatPointer(0);
    private ShortPointer brain = new ShortPointer(0);
    private FloatPointer products = new FloatPointer(0);

    private BrainPair() {}

    static BrainPair own() {
        return OWN.get();
    }

    /**
     * Computes a product.
     *
     * @param row one row, FLOAT or BF16
     * @param out one row, overwritten
     * @param added whether the product reads it
     * @param product computes two rows
     */
    void multiply(NativeMatrix row, NativeMatrix out, boolean added, BiConsumer<NativeMatrix, NativeMatrix> product) {
        int k = row.columns();
        int n = out.columns();
        products = Scratch.grown(products, 2L * n, AlignedMemory::floats);
        NativeMatrix two = two(row.memory() instanceof ShortPointer, k);
        for (int i = 0; i < 2; i++) {
            Pointer there = two.rows(i, 1).memory();
            Pointer.memcpy(there, row.memory(), (long) k * there.sizeof());
        }
        NativeMatrix both = new NativeMatrix(products, 2, n, n);
        for (int i = 0; added && i < 2; i++) {
            Pointer.memcpy(both.rows(i, 1).memory(), out.memory(), (long) n * Float.BYTES);
        }
        product.accept(two, both);
        Pointer.memcpy(out.memory(), products, (long) n * Float.BYTES);
    }

    private NativeMatrix two(boolean isBrain, int k) {
        if (isBrain) {
            brain = Scratch.grown(brain, 2L * k, AlignedMemory::brains);
            return new NativeMatrix(brain, 2, k, k);
        }
        single = Scratch.grown(single, 2L * k, AlignedMemory::floats);
        return new NativeMatrix(single, 2, k, k);
    }
}

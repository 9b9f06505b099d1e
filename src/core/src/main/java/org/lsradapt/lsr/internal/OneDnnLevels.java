package org.lsradapt.lsr.internal;

import static org.lsradapt.lsr.internal.OneDnnOperations.matrix;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.OneDnnOperations.Operand;
import org.lsradapt.lsr.internal.OneDnnOperations.Operation;

/**
 * oneDNN's products of signed bytes, available if {@link OneDnn#multipliesBytes}. Sums are 32-bit integers. Each call
 * runs only on its calling thread. Safe for use by many threads.
 *
 * <p>oneDNN's fast kernels multiply results by a vector per column but not per row, so a second call scales the rows.
 */
public final class OneDnnLevels {

    private static final int KEPT = 1024;

    /** The number of rows for which the layout of packed bytes is requested; other numbers have the same layout. */
    private static final int USUAL_ROWS = 64;

    /** The mask of scales that differ along the first dimension. */
    private static final int PER_ROW = 1;

    /** The mask of scales that differ along the second dimension. */
    private static final int PER_COLUMN = 2;

    private static final ThreadLocal<OneDnnOperations> OWN = ThreadLocal.withInitial(() -> new OneDnnOperations(KEPT));

    private OneDnnLevels() {}

    public static long packedBytes(int k, int n) {
        return packedLayout(k, n).get_size();
    }

    /** Packs a matrix [n, k], row by row, for {@link #multiply} into {@link #packedBytes}. */
    public static void pack(int k, int n, BytePointer from, BytePointer to) {
        memory.desc plain = new memory.desc(new long[] {k, n}, memory.data_type.s8, new long[] {1, k});
        memory.desc packed = packedLayout(k, n);
        try (memory source = new memory(plain, OneDnnOperations.CPU, from);
                memory destination = new memory(packed, OneDnnOperations.CPU, to);
                reorder packing = new reorder(source, destination)) {
            OWN.get().run(packing, source, destination);
        }
    }

    /** C ← (A·Bᵀ)·diag(factors), for B from {@link #pack}; C [m, n] is overwritten, row by row. */
    public static void multiply(
            int m, int k, int n, BytePointer a, BytePointer packed, FloatPointer factors, FloatPointer c) {
        OWN.get().run(new Product(m, k, n), a, packed, factors, c);
    }

    /**
     * Multiplies rows by their factors and rounds them to bytes, to nearest, ties to even.
     *
     * @param stride distance between its rows
     * @param to [rows, columns], overwritten, row by row
     */
    public static void round(
            int rows, int columns, FloatPointer from, int stride, FloatPointer factors, BytePointer to) {
        OWN.get().run(new Rounding(rows, columns, stride), from, factors, to);
    }

    /**
     * C ← diag(factors)·A + beta·C.
     *
     * @param beta factor of C; with 0, C is not read
     * @param to C [rows, columns], written
     * @param stride distance between its rows
     */
    public static void scale(
            int rows, int columns, FloatPointer from, FloatPointer factors, float beta, FloatPointer to, int stride) {
        OWN.get().run(new Scaling(rows, columns, beta, stride), from, factors, to);
    }

    private record Product(int m, int k, int n) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.desc b = packedLayout(k, n);
            matmul.primitive_desc compiled = product(m, k, n, anyLayout(k, n));
            if (dnnl.dnnl_memory_desc_equal(compiled.weights_desc().get(), b.get()) == 0) {
                compiled = product(m, k, n, b);
            }
            return new Operation(
                    new matmul(compiled),
                    new Operand(dnnl.DNNL_ARG_SRC, compiled.src_desc()),
                    new Operand(dnnl.DNNL_ARG_WEIGHTS, b),
                    new Operand(dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_WEIGHTS, OneDnnOperations.vector(n)),
                    new Operand(dnnl.DNNL_ARG_DST, compiled.dst_desc()));
        }
    }

    private record Rounding(int rows, int columns, int stride) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.desc from = matrix(rows, columns, memory.data_type.f32, stride, 1);
            memory.desc to = matrix(rows, columns, memory.data_type.s8, columns, 1);
            return OneDnnOperations.scaling(from, to, PER_ROW, rows, 0);
        }
    }

    private record Scaling(int rows, int columns, float beta, int stride) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.desc from = matrix(rows, columns, memory.data_type.f32, columns, 1);
            memory.desc to = matrix(rows, columns, memory.data_type.f32, stride, 1);
            return OneDnnOperations.scaling(from, to, PER_ROW, rows, beta);
        }
    }

    private static memory.desc anyLayout(int k, int n) {
        return new memory.desc(new long[] {k, n}, memory.data_type.s8, memory.format_tag.any);
    }

    private static memory.desc packedLayout(int k, int n) {
        return product(USUAL_ROWS, k, n, anyLayout(k, n)).weights_desc();
    }

    private static matmul.primitive_desc product(int m, int k, int n, memory.desc b) {
        memory.desc a = matrix(m, k, memory.data_type.s8, k, 1);
        memory.desc c = matrix(m, n, memory.data_type.f32, n, 1);
        primitive_attr attributes = new primitive_attr();
        attributes.set_scales_mask(dnnl.DNNL_ARG_WEIGHTS, PER_COLUMN);
        return new matmul.primitive_desc(OneDnnOperations.CPU, a, b, c, attributes, false);
    }
}

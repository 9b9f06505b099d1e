package org.lsradapt.lsr.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Matrix products by the BLAS of ND4J's CPU backend, or by oneDNN, on the memory of ND4J arrays without a copy. A call
 * costs a fraction of a microsecond, an ND4J operation tens of microseconds; this makes small products worthwhile.
 */
public final class Blas {

    /** Multiply-adds below which OpenBLAS is faster than oneDNN, measured on AVX-512. */
    private static final long SMALL = 1 << 18;

    /** The same bound for a transposed B. */
    private static final long SMALL_TRANSPOSED = 1 << 17;

    /** Multiply-adds from which on OpenBLAS divides a product of matrices among its threads, in 0.3.19 to 0.3.31. */
    private static final long DIVIDED_PRODUCT = 1 << 18;

    /** Elements from which on it divides a product with a vector (2,304 · 4) and a sum of vectors (10,000). */
    private static final long DIVIDED_VECTOR = 1 << 13;

    private static volatile int singleThreadedUsers;
    private static boolean blasLimited;
    private static int threadsBefore;
    private static int openMpThreadsBefore;

    private Blas() {}

    /** The native memory of a FLOAT array of the CPU backend, from its first element on; not kept alive. */
    public static FloatPointer floats(INDArray array) {
        return (FloatPointer) array.data().addressPointer();
    }

    /** The native memory of a BFLOAT16 array, see {@link #floats}. */
    public static ShortPointer brains(INDArray array) {
        return new ShortPointer(array.data().pointer()).getPointer(array.offset());
    }

    /** The native memory of a FLOAT array of the CPU backend, from its first element on, for bulk copies. */
    public static FloatBuffer buffer(INDArray array) {
        return array.data().asNioFloat().slice();
    }

    public static DoubleBuffer doubleBuffer(INDArray array) {
        return array.data().asNioDouble().slice();
    }

    /** A range of bytes of an array that is not a view; a buffer of the whole array would end at 2 GiB. */
    public static ByteBuffer bytes(INDArray array, long from, int length) {
        Require.argument(
                from >= 0
                        && length >= 0
                        && from + length
                                <= array.data().length() * array.dataType().width(),
                "bytes %d to %d of an array of %d numbers in %s",
                from,
                from + length,
                array.data().length(),
                array.dataType());
        return new BytePointer(array.data().addressPointer())
                .getPointer(from)
                .capacity(length)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /**
     * C ← alpha·A·B + beta·C, all FLOAT or all DOUBLE. Products in FLOAT that are not tiny are computed by oneDNN if it
     * is present, which is faster there; all others by OpenBLAS. oneDNN is used only between
     * {@link #enterSingleThreaded} and {@link #leaveSingleThreaded}, on the caller's thread.
     *
     * @param beta factor of C; with 0, C is not read
     * @param c C [m, n], written; not transposed
     */
    public static void gemm(double alpha, NativeMatrix a, NativeMatrix b, double beta, NativeMatrix c) {
        int m = c.rows();
        int n = c.columns();
        int k = a.columns();
        long work = (long) m * n * k;
        boolean single = c.isSingle();
        if (single && isSingleThreaded() && OneDnn.isPresent() && work >= (b.transposed() ? SMALL_TRANSPOSED : SMALL)) {
            OneDnn.gemm((float) alpha, a, b, (float) beta, c);
            return;
        }
        // On ARM, later versions compute a product with one row or column as one with a vector.
        beforeCall(work, m == 1 || n == 1 ? DIVIDED_VECTOR : DIVIDED_PRODUCT);
        int order = openblas.CblasRowMajor;
        int ta = transposition(a.transposed());
        int tb = transposition(b.transposed());
        if (single) {
            FloatPointer left = (FloatPointer) a.memory();
            FloatPointer right = (FloatPointer) b.memory();
            FloatPointer out = (FloatPointer) c.memory();
            openblas.cblas_sgemm(
                    order,
                    ta,
                    tb,
                    m,
                    n,
                    k,
                    (float) alpha,
                    left,
                    a.stride(),
                    right,
                    b.stride(),
                    (float) beta,
                    out,
                    c.stride());
        } else {
            DoublePointer left = (DoublePointer) a.memory();
            DoublePointer right = (DoublePointer) b.memory();
            DoublePointer out = (DoublePointer) c.memory();
            openblas.cblas_dgemm(
                    order, ta, tb, m, n, k, alpha, left, a.stride(), right, b.stride(), beta, out, c.stride());
        }
    }

    /** y ← alpha·A·x + beta·y, all FLOAT or all DOUBLE; elements of x and y are {@code stepX} and {@code stepY} apart. */
    public static void gemv(double alpha, NativeMatrix a, Pointer x, int stepX, double beta, Pointer y, int stepY) {
        beforeCall((long) a.rows() * a.columns(), DIVIDED_VECTOR);
        int order = openblas.CblasRowMajor;
        int trans = transposition(a.transposed());
        int rows = a.transposed() ? a.columns() : a.rows();
        int cols = a.transposed() ? a.rows() : a.columns();
        int lda = a.stride();
        if (a.memory() instanceof FloatPointer matrix) {
            FloatPointer from = (FloatPointer) x;
            openblas.cblas_sgemv(
                    order,
                    trans,
                    rows,
                    cols,
                    (float) alpha,
                    matrix,
                    lda,
                    from,
                    stepX,
                    (float) beta,
                    (FloatPointer) y,
                    stepY);
        } else {
            DoublePointer matrix = (DoublePointer) a.memory();
            DoublePointer from = (DoublePointer) x;
            openblas.cblas_dgemv(
                    order, trans, rows, cols, alpha, matrix, lda, from, stepX, beta, (DoublePointer) y, stepY);
        }
    }

    private static int transposition(boolean transposed) {
        return transposed ? openblas.CblasTrans : openblas.CblasNoTrans;
    }

    /**
     * Restricts each call here and each ND4J operation to its caller's thread until {@link #leaveSingleThreaded}, so
     * that {@link Parallel} can divide the work: the threads of BLAS and OpenMP, which spin for a while after each
     * operation, would compete with ours for the same cores. The settings belong to the process; the last user to leave
     * restores the previous ones. BLAS's setting takes half a millisecond to change, so only the first call that BLAS
     * would divide changes it: with oneDNN, many passes have no such call.
     */
    public static synchronized void enterSingleThreaded() {
        if (singleThreadedUsers++ == 0) {
            openMpThreadsBefore = nativeOps().ompGetMaxThreads();
            nativeOps().setOmpNumThreads(1);
        }
    }

    public static synchronized void leaveSingleThreaded() {
        if (--singleThreadedUsers == 0) {
            if (blasLimited) {
                openblas.blas_set_num_threads(threadsBefore);
                blasLimited = false;
            }
            nativeOps().setOmpNumThreads(openMpThreadsBefore);
        }
    }

    /** To be called before an operation of BLAS, or of ND4J through it, that BLAS would divide among its threads. */
    public static void beforeDivisible() {
        // ND4J resets its own number when it first uses a part of BLAS, which may be within a scope.
        if (isSingleThreaded() && openblas.blas_get_num_threads() != 1) {
            limitBlas();
        }
    }

    private static synchronized void limitBlas() {
        if (singleThreadedUsers > 0 && openblas.blas_get_num_threads() != 1) {
            if (!blasLimited) {
                threadsBefore = openblas.blas_get_num_threads();
                blasLimited = true;
            }
            openblas.blas_set_num_threads(1);
        }
    }

    /** y ← x + y, {@code length} elements each. */
    public static void add(int length, FloatPointer x, FloatPointer y) {
        beforeCall(length, DIVIDED_VECTOR);
        openblas.cblas_saxpy(length, 1, x, 1, y, 1);
    }

    private static void beforeCall(long multiplyAdds, long divided) {
        if (multiplyAdds >= divided) {
            beforeDivisible();
        }
    }

    private static NativeOps nativeOps() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps();
    }

    /** Whether a user is between {@link #enterSingleThreaded} and {@link #leaveSingleThreaded}. */
    public static boolean isSingleThreaded() {
        return singleThreadedUsers > 0;
    }
}

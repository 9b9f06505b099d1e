package org.lsradapt.lsr.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Matrix products by the BLAS that ND4J's CPU backend brings, or by oneDNN, on the memory of ND4J arrays without a copy. A call costs a fraction
 * of a microsecond where an ND4J operation costs tens, which is what makes small products worth while.
 */
public final class Blas {

    /** Multiply-adds below which OpenBLAS's products are the faster, measured on AVX-512. */
    private static final long SMALL = 1 << 18;

    /** The same where B is transposed. */
    private static final long SMALL_TRANSPOSED = 1 << 17;

    /** Multiply-adds from which on OpenBLAS 0.3.19 divides a product of matrices. */
    private static final long DIVIDED_PRODUCT = 1 << 18;

    /** Numbers from which on it divides a product with a vector (2,304 · 4), and a sum of vectors (10,000). */
    private static final long DIVIDED_VECTOR = 1 << 13;

    private static volatile int singleThreadedUsers;
    private static boolean blasLimited;
    private static int threadsBefore;
    private static int openMpThreadsBefore;

    private Blas() {}

    /**
     * The native memory of a FLOAT array of the CPU backend, from its first element on; keeps the array's memory but
     * does not keep it alive.
     *
     * @param array a FLOAT array or view
     * @return a pointer whose index 0 is the array's first element
     */
    public static FloatPointer floats(INDArray array) {
        return (FloatPointer) array.data().addressPointer();
    }

    /**
     * The native memory of a FLOAT array of the CPU backend as a buffer, for bulk copies from and to Java arrays.
     *
     * @param array a FLOAT array or view
     * @return a buffer whose index 0 is the array's first element
     */
    public static FloatBuffer buffer(INDArray array) {
        return array.data().asNioFloat().slice();
    }

    /** As {@link #buffer}, of a DOUBLE array. */
    public static DoubleBuffer doubleBuffer(INDArray array) {
        return array.data().asNioDouble().slice();
    }

    /**
     * Bytes of an array in memory of its own, however large it is; a buffer of all of it ends at 2 GiB.
     *
     * @param array not a view
     * @param from the first byte
     * @param length how many
     * @return in the machine's byte order
     */
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
     * C ← alpha·op(A)·op(B) + beta·C for row-major FLOAT matrices at the given memory: by oneDNN where it is there and
     * the faster of the two, which is in products that are not tiny, else by OpenBLAS. oneDNN is used between
     * {@link #enterSingleThreaded} and {@link #leaveSingleThreaded} alone, on the caller's thread.
     *
     * @param transposeA whether op(A) = Aᵀ
     * @param transposeB whether op(B) = Bᵀ
     * @param m rows of C
     * @param n columns of C
     * @param k inner dimension
     * @param alpha factor of the product
     * @param a memory of A
     * @param lda distance between rows of A as stored
     * @param b memory of B
     * @param ldb distance between rows of B as stored
     * @param beta factor of C
     * @param c memory of C, written
     * @param ldc distance between rows of C
     */
    public static void gemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            FloatPointer a,
            int lda,
            FloatPointer b,
            int ldb,
            float beta,
            FloatPointer c,
            int ldc) {
        if (isSingleThreaded() && OneDnn.isPresent() && (long) m * n * k >= (transposeB ? SMALL_TRANSPOSED : SMALL)) {
            OneDnn.gemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
            return;
        }
        beforeCall((long) m * n * k, DIVIDED_PRODUCT);
        openblas.cblas_sgemm(
                openblas.CblasRowMajor,
                transposeA ? openblas.CblasTrans : openblas.CblasNoTrans,
                transposeB ? openblas.CblasTrans : openblas.CblasNoTrans,
                m,
                n,
                k,
                alpha,
                a,
                lda,
                b,
                ldb,
                beta,
                c,
                ldc);
    }

    /** As the FLOAT product, for DOUBLE. */
    public static void gemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            double alpha,
            DoublePointer a,
            int lda,
            DoublePointer b,
            int ldb,
            double beta,
            DoublePointer c,
            int ldc) {
        beforeCall((long) m * n * k, DIVIDED_PRODUCT);
        openblas.cblas_dgemm(
                openblas.CblasRowMajor,
                transposeA ? openblas.CblasTrans : openblas.CblasNoTrans,
                transposeB ? openblas.CblasTrans : openblas.CblasNoTrans,
                m,
                n,
                k,
                alpha,
                a,
                lda,
                b,
                ldb,
                beta,
                c,
                ldc);
    }

    /**
     * y ← alpha·op(A)·x + beta·y for a row-major FLOAT matrix at the given memory.
     *
     * @param transpose whether op(A) = Aᵀ
     * @param rows rows of A as stored
     * @param cols columns of A as stored
     * @param alpha factor of the product
     * @param a memory of A
     * @param lda distance between rows of A as stored
     * @param x memory of x
     * @param stepX distance between elements of x, at least 1
     * @param beta factor of y
     * @param y memory of y, written; its elements follow each other
     */
    public static void gemv(
            boolean transpose,
            int rows,
            int cols,
            float alpha,
            FloatPointer a,
            int lda,
            FloatPointer x,
            int stepX,
            float beta,
            FloatPointer y) {
        beforeCall((long) rows * cols, DIVIDED_VECTOR);
        int trans = transpose ? openblas.CblasTrans : openblas.CblasNoTrans;
        openblas.cblas_sgemv(openblas.CblasRowMajor, trans, rows, cols, alpha, a, lda, x, stepX, beta, y, 1);
    }

    /** As the FLOAT product, for DOUBLE. */
    public static void gemv(
            boolean transpose,
            int rows,
            int cols,
            double alpha,
            DoublePointer a,
            int lda,
            DoublePointer x,
            int stepX,
            double beta,
            DoublePointer y) {
        beforeCall((long) rows * cols, DIVIDED_VECTOR);
        int trans = transpose ? openblas.CblasTrans : openblas.CblasNoTrans;
        openblas.cblas_dgemv(openblas.CblasRowMajor, trans, rows, cols, alpha, a, lda, x, stepX, beta, y, 1);
    }

    /**
     * Makes each call here and each ND4J operation use its caller's thread alone until {@link #leaveSingleThreaded}, so
     * that {@link Parallel} can divide the work: BLAS's threads and OpenMP's, which spin for a while after each
     * operation, would compete with ours for the same cores. The settings are the process's; those found are restored
     * when the last user leaves. BLAS's takes half a millisecond to change, and is changed by the first call that BLAS
     * would divide: with oneDNN, many a pass has none.
     */
    public static synchronized void enterSingleThreaded() {
        if (singleThreadedUsers++ == 0) {
            openMpThreadsBefore = nativeOps().ompGetMaxThreads();
            nativeOps().setOmpNumThreads(1);
        }
    }

    /** Ends what one {@link #enterSingleThreaded} began. */
    public static synchronized void leaveSingleThreaded() {
        if (--singleThreadedUsers == 0) {
            if (blasLimited) {
                openblas.blas_set_num_threads(threadsBefore);
                blasLimited = false;
            }
            nativeOps().setOmpNumThreads(openMpThreadsBefore);
        }
    }

    /** To be called before what BLAS, or an operation of ND4J by it, would divide among threads of its own. */
    public static void beforeDivisible() {
        // ND4J sets its own number again when it first uses a part of BLAS, which may be within a scope.
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

    /**
     * y ← x + y.
     *
     * @param length of both
     * @param x memory of x
     * @param y memory of y, written
     */
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

    /** Whether anyone is between {@link #enterSingleThreaded} and {@link #leaveSingleThreaded}. */
    public static boolean isSingleThreaded() {
        return singleThreadedUsers > 0;
    }
}

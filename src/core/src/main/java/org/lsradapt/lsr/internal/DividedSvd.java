package org.lsradapt.lsr.internal;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A thin singular value decomposition M = U·diag(σ)·Vᵀ by LAPACK's divide and conquer, {@code dgesdd}, which ND4J lacks:
 * as exact as {@code dgesvd}, and twenty times faster at 1536 columns. For the CPU backend.
 *
 * @param u U [m, k], k = min(m, n)
 * @param sigma σ [k], largest first
 * @param vt Vᵀ [k, n]
 */
public record DividedSvd(INDArray u, INDArray sigma, INDArray vt) {

    /** Decomposes a finite matrix [m, n], not modified, into new DOUBLE arrays. */
    public static DividedSvd of(INDArray matrix) {
        int m = Math.toIntExact(matrix.size(0));
        int n = Math.toIntExact(matrix.size(1));
        int k = Math.min(m, n);
        DividedSvd found = new DividedSvd(columns(m, k), Nd4j.create(DataType.DOUBLE, k), columns(k, n));
        try (INDArray overwritten = columns(m, n)) {
            overwritten.assign(matrix);
            int info = openblas.LAPACKE_dgesdd(
                    openblas.LAPACK_COL_MAJOR,
                    (byte) 'S',
                    m,
                    n,
                    memory(overwritten),
                    m,
                    memory(found.sigma),
                    memory(found.u),
                    m,
                    memory(found.vt),
                    k);
            if (info != 0) {
                throw new ArithmeticException("singular value decomposition of [" + m + ", " + n
                        + "]: LAPACK's dgesdd returned " + info + ", expected 0");
            }
        }
        return found;
    }

    private static INDArray columns(int rows, int columns) {
        return Nd4j.createUninitialized(DataType.DOUBLE, new long[] {rows, columns}, 'f');
    }

    private static DoublePointer memory(INDArray array) {
        return (DoublePointer) array.data().addressPointer();
    }
}

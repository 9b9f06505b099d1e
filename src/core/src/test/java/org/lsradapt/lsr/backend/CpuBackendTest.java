package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.internal.OneDnn;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The contract without vector instructions, whether this JVM has them or not. */
class CpuBackendTest extends BackendContract {
    @Override
    protected Backend backend() {
        return CpuBackends.withKernels(null);
    }

    @Override
    protected boolean roundsToBfloat16() {
        return OneDnn.multipliesBfloat16();
    }

    /** A product that BLAS would divide. */
    private void divisible() {
        INDArray square = Nd4j.ones(DataType.DOUBLE, 64, 64);
        backend().gemm(square, false, square, false, 1, 0, square.ulike());
    }

    @Test
    void openPass_nested_restoresTheThreadCountsItFound() {
        int blasBefore = openblas.blas_get_num_threads();
        int openMpBefore = openMpThreads();
        try (Backend.Pass outer = backend().openPass()) {
            try (Backend.Pass inner = backend().openPass()) {
                divisible();
                assertEquals(1, openblas.blas_get_num_threads());
            }
            assertEquals(1, openblas.blas_get_num_threads());
            assertEquals(1, openMpThreads());
        }
        assertEquals(blasBefore, openblas.blas_get_num_threads());
        assertEquals(openMpBefore, openMpThreads());
    }

    /** Changing it takes longer than a small pass. */
    @Test
    void openPass_withoutAProductThatBlasDivides_leavesItsThreadsAlone() {
        int before = openblas.blas_get_num_threads();
        try (Backend.Pass pass = backend().openPass()) {
            INDArray square = Nd4j.ones(DataType.FLOAT, 32, 32);
            backend().gemm(square, false, square, false, 1, 0, square.ulike());
            assertEquals(before, openblas.blas_get_num_threads());
        }
    }

    private static int openMpThreads() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
    }

    @Test
    void openPass_numberChangedWithin_isOneAgainInTheNextProduct() {
        int before = openblas.blas_get_num_threads();
        try (Backend.Pass pass = backend().openPass()) {
            divisible();
            openblas.blas_set_num_threads(2);
            divisible();
            assertEquals(1, openblas.blas_get_num_threads());
        }
        assertEquals(before, openblas.blas_get_num_threads());
    }
}

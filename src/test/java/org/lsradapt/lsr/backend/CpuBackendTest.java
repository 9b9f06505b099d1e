package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.internal.OneDnn;
import org.nd4j.nativeblas.NativeOpsHolder;

class CpuBackendTest extends BackendContract {
    @Override
    Backend backend() {
        return new CpuBackend();
    }

    @Override
    boolean roundsToBfloat16() {
        return OneDnn.multipliesBfloat16();
    }

    @Test
    void openPass_nested_restoresTheThreadCountsItFound() {
        int blasBefore = openblas.blas_get_num_threads();
        int openMpBefore = openMpThreads();
        try (Backend.Pass outer = backend().openPass()) {
            try (Backend.Pass inner = backend().openPass()) {
                assertEquals(1, openblas.blas_get_num_threads());
            }
            assertEquals(1, openblas.blas_get_num_threads());
            assertEquals(1, openMpThreads());
        }
        assertEquals(blasBefore, openblas.blas_get_num_threads());
        assertEquals(openMpBefore, openMpThreads());
    }

    private static int openMpThreads() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
    }

    @Test
    void openPass_numberChangedWithin_isOneAgainInTheNextPass() {
        int before = openblas.blas_get_num_threads();
        try (Backend.Pass outer = backend().openPass()) {
            openblas.blas_set_num_threads(2);
            try (Backend.Pass inner = backend().openPass()) {
                assertEquals(1, openblas.blas_get_num_threads());
            }
        }
        assertEquals(before, openblas.blas_get_num_threads());
    }
}

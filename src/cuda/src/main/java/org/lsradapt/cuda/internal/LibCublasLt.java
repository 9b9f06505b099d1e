package org.lsradapt.cuda.internal;

import com.sun.jna.Pointer;
import java.util.function.ToIntFunction;

/** Functions of cuBLASLt, bound directly. One library per process. */
final class LibCublasLt {
    static final int SUCCESS = 0;
    static final int ALLOCATION_FAILED = 3;

    private static final Binding BINDING = new Binding(LibCublasLt.class, "cuBLASLt");

    private LibCublasLt() {}

    static void bind(String file) {
        BINDING.to(file, "lacks a function");
    }

    static String version() {
        long version = cublasLtGetVersion();
        return "cuBLASLt " + version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    static void require(String call, int status) {
        if (status != SUCCESS) {
            throw new CudaFailure(call + ": " + error(status));
        }
    }

    static String error(int status) {
        return "cuBLASLt's status " + status
                + switch (status) {
                    case 1 -> " (not initialized)";
                    case ALLOCATION_FAILED -> " (out of memory)";
                    case 7 -> " (invalid value)";
                    case 8 -> " (architecture mismatch)";
                    case 13 -> " (execution failed)";
                    case 15 -> " (not supported)";
                    default -> "";
                };
    }

    static long made(String call, ToIntFunction<long[]> made) {
        long[] handle = new long[1];
        require(call, made.applyAsInt(handle));
        return handle[0];
    }

    static native long cublasLtGetVersion();

    static native int cublasLtCreate(long[] handle);

    static native int cublasLtDestroy(long handle);

    static native int cublasLtMatmulDescCreate(long[] descriptor, int computeType, int scaleType);

    static native int cublasLtMatmulDescSetAttribute(long descriptor, int attribute, int[] value, long bytes);

    static native int cublasLtMatmulDescSetAttribute(long descriptor, int attribute, long[] value, long bytes);

    static native int cublasLtMatmulDescDestroy(long descriptor);

    static native int cublasLtMatrixLayoutCreate(long[] layout, int type, long rows, long columns, long stride);

    static native int cublasLtMatrixLayoutDestroy(long layout);

    static native int cublasLtMatmulPreferenceCreate(long[] preference);

    static native int cublasLtMatmulPreferenceSetAttribute(long preference, int attribute, long[] value, long bytes);

    static native int cublasLtMatmulPreferenceDestroy(long preference);

    static native int cublasLtMatmulAlgoGetHeuristic(
            long handle,
            long descriptor,
            long a,
            long b,
            long c,
            long d,
            long preference,
            int requested,
            Pointer results,
            int[] found);

    static native int cublasLtMatmul(
            long handle,
            long descriptor,
            Pointer alpha,
            long a,
            long layoutA,
            long b,
            long layoutB,
            Pointer beta,
            long c,
            long layoutC,
            long d,
            long layoutD,
            Pointer algorithm,
            long workspace,
            long workspaceBytes,
            long stream);
}

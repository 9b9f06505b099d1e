package org.lsradapt.cuda.internal;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** Functions of cuBLASLt, bound directly. One library per process. */
final class LibCublasLt {
    static final int SUCCESS = 0;

    private static String bound = "";

    private LibCublasLt() {}

    /**
     * Binds these functions.
     *
     * @param file a library that can be loaded
     */
    static synchronized void bind(String file) {
        if (bound.equals(file)) {
            return;
        }
        if (!bound.isEmpty()) {
            throw new CudaFailure("cuBLASLt: " + bound + " is in use, and one process has one, so not " + file);
        }
        try {
            Native.register(LibCublasLt.class, NativeLibrary.getInstance(file));
        } catch (LinkageError e) {
            throw new CudaFailure("cuBLASLt: " + file + " lacks a function (" + e.getMessage() + ")", e);
        }
        bound = file;
    }

    /** Name and version of the bound library. */
    static String version() {
        long version = cublasLtGetVersion();
        return "cuBLASLt " + version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    static void require(String call, int status) {
        if (status != SUCCESS) {
            throw new CudaFailure(call + ": cuBLASLt's status " + status
                    + switch (status) {
                        case 1 -> " (not initialized)";
                        case 3 -> " (out of memory)";
                        case 7 -> " (invalid value)";
                        case 8 -> " (architecture mismatch)";
                        case 13 -> " (execution failed)";
                        case 15 -> " (not supported)";
                        default -> "";
                    });
        }
    }

    static native long cublasLtGetVersion();

    static native int cublasLtCreate(long[] handle);

    static native int cublasLtDestroy(long handle);

    static native int cublasLtMatmulDescCreate(long[] descriptor, int computeType, int scaleType);

    static native int cublasLtMatmulDescSetAttribute(long descriptor, int attribute, int[] value, long bytes);

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

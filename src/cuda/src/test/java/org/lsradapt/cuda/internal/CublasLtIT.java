package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.NativeLibrary;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real cuBLASLt, which needs no device to describe products: what the binding sets is what the library has. Needs cuBLASLt,
 * as from {@code pip install nvidia-cublas-cu12}.
 */
class CublasLtIT {
    private static final int NEWEST_DRIVER = 13_000;

    private static String file;

    @BeforeAll
    static void load() {
        try {
            file = new Libraries().cublasLt(NEWEST_DRIVER);
            LibCublasLt.bind(file);
        } catch (CudaFailure e) {
            abort("needs cuBLASLt: " + e.getMessage());
        }
    }

    /** A number of a descriptor, by the library's own function. */
    private static long get(String function, long descriptor, int attribute, int bytes) {
        long[] value = new long[1];
        long[] written = new long[1];
        Object[] arguments = {descriptor, attribute, value, (long) bytes, written};
        assertEquals(0, NativeLibrary.getInstance(file).getFunction(function).invokeInt(arguments), function);
        assertEquals(bytes, written[0], function + " of attribute " + attribute);
        return value[0];
    }

    @Test
    void version_ofTheFile_isThatOfItsName() {
        String major =
                file.substring(file.lastIndexOf(".so.") + ".so.".length()).split("[.]", 2)[0];
        assertTrue(LibCublasLt.version().startsWith("cuBLASLt " + major + "."), LibCublasLt.version() + " of " + file);
    }

    @ParameterizedTest
    @ValueSource(ints = {CublasLtProducts.COMPUTE_32, CublasLtProducts.COMPUTE_32_FAST_TF32})
    void descriptor_ofAProduct_hasItsArithmeticAndTransposes(int compute) {
        long made = LibCublasLt.made(
                "create", handle -> LibCublasLt.cublasLtMatmulDescCreate(handle, compute, CublasLtProducts.REAL_32));
        LibCublasLt.require(
                "set",
                LibCublasLt.cublasLtMatmulDescSetAttribute(
                        made, CublasLtProducts.TRANSPOSE_B, new int[] {1}, Integer.BYTES));
        LibCublasLt.require(
                "set",
                LibCublasLt.cublasLtMatmulDescSetAttribute(
                        made, CublasLtProducts.EPILOGUE, new int[] {CublasLtProducts.ADD_BIAS}, Integer.BYTES));
        LibCublasLt.require(
                "set",
                LibCublasLt.cublasLtMatmulDescSetAttribute(
                        made, CublasLtProducts.BIAS_POINTER, new long[] {1L << 40}, Long.BYTES));
        String get = "cublasLtMatmulDescGetAttribute";
        assertEquals(CublasLtProducts.ADD_BIAS, get(get, made, CublasLtProducts.EPILOGUE, Integer.BYTES));
        assertEquals(1L << 40, get(get, made, CublasLtProducts.BIAS_POINTER, Long.BYTES));
        assertEquals(compute, get(get, made, 0, Integer.BYTES));
        assertEquals(CublasLtProducts.REAL_32, get(get, made, 1, Integer.BYTES));
        assertEquals(0, get(get, made, CublasLtProducts.TRANSPOSE_A, Integer.BYTES));
        assertEquals(1, get(get, made, CublasLtProducts.TRANSPOSE_B, Integer.BYTES));
        LibCublasLt.require("destroy", LibCublasLt.cublasLtMatmulDescDestroy(made));
    }

    @ParameterizedTest
    @ValueSource(ints = {CublasLtProducts.REAL_32, CublasLtProducts.BRAIN_16})
    void layout_ofAMatrix_hasItsTypeAndSizes(int type) {
        long made = LibCublasLt.made(
                "create", handle -> LibCublasLt.cublasLtMatrixLayoutCreate(handle, type, 5, 7, 1L << 33));
        String get = "cublasLtMatrixLayoutGetAttribute";
        assertEquals(type, get(get, made, 0, Integer.BYTES));
        assertEquals(5, get(get, made, 2, Long.BYTES));
        assertEquals(7, get(get, made, 3, Long.BYTES));
        assertEquals(1L << 33, get(get, made, 4, Long.BYTES));
        LibCublasLt.require("destroy", LibCublasLt.cublasLtMatrixLayoutDestroy(made));
    }

    @Test
    void preference_ofAnAlgorithm_hasRoomAndAlignments() {
        long made = LibCublasLt.made("create", LibCublasLt::cublasLtMatmulPreferenceCreate);
        String get = "cublasLtMatmulPreferenceGetAttribute";
        LibCublasLt.require(
                "set",
                LibCublasLt.cublasLtMatmulPreferenceSetAttribute(
                        made, CublasLtProducts.WORKSPACE_LIMIT, new long[] {32L << 20}, Long.BYTES));
        assertEquals(32L << 20, get(get, made, CublasLtProducts.WORKSPACE_LIMIT, Long.BYTES));
        for (int operand = 0; operand < 4; operand++) {
            int attribute = CublasLtProducts.LEAST_ALIGNMENT + operand;
            assertEquals(256, get(get, made, attribute, Integer.BYTES), "before it is set");
            LibCublasLt.require(
                    "set",
                    LibCublasLt.cublasLtMatmulPreferenceSetAttribute(
                            made, attribute, new long[] {16L << operand}, Integer.BYTES));
            assertEquals(16L << operand, get(get, made, attribute, Integer.BYTES));
        }
        LibCublasLt.require("destroy", LibCublasLt.cublasLtMatmulPreferenceDestroy(made));
    }
}

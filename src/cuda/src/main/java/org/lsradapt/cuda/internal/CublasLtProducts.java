package org.lsradapt.cuda.internal;

import com.sun.jna.Memory;
import java.util.HashMap;
import java.util.Map;

/**
 * Computes products with cuBLASLt, which takes column-major matrices: the transposed product, with the operands swapped, has
 * the same memory layout. Keeps cuBLASLt's choice of algorithm for the next product of the same form.
 */
final class CublasLtProducts implements Products {
    static final int REAL_32 = 0;
    static final int BRAIN_16 = 14;
    static final int COMPUTE_32 = 68;
    static final int COMPUTE_32_FAST_TF32 = 77;
    static final int TRANSPOSE_A = 3;
    static final int TRANSPOSE_B = 4;
    static final int EPILOGUE = 7;
    static final int BIAS_POINTER = 8;
    static final int ADD_BIAS = 4;
    static final int WORKSPACE_LIMIT = 1;

    /** The first of the four options of alignment, which follow each other. */
    static final int LEAST_ALIGNMENT = 5;

    private static final int MOST_ALIGNMENT = 256;
    private static final long WORKSPACE_BYTES = 32L << 20;

    /** The size of a result of the heuristic: an algorithm of 64 bytes, its workspace, status, waves and reserved space. */
    private static final int RESULT_BYTES = 96;

    private static final int RESULT_STATUS = 72;

    private final NativeDevice device;
    private final long stream;
    private final long handle;
    private final long workspace;
    private final Map<Form, Plan> plans = new HashMap<>();

    /** Requires that cuBLASLt is bound. */
    CublasLtProducts(NativeDevice device, long stream) {
        this.device = device;
        this.stream = stream;
        long[] made = new long[1];
        int status = LibCublasLt.cublasLtCreate(made);
        if (status != LibCublasLt.SUCCESS) {
            fail("cublasLtCreate", status);
        }
        handle = made[0];
        workspace = device.allocate(WORKSPACE_BYTES);
    }

    @Override
    public void multiply(Product product, long a, long b, long c, long bias) {
        int alignment = (int) Math.min(MOST_ALIGNMENT, Long.lowestOneBit(a | b | c | bias));
        Plan plan = plans.computeIfAbsent(new Form(product, alignment, bias != 0), form -> plan(form, bias));
        if (bias != 0) {
            point(plan.descriptor, bias);
        }
        int status = LibCublasLt.cublasLtMatmul(
                handle,
                plan.descriptor,
                plan.alpha,
                b,
                plan.layoutB,
                a,
                plan.layoutA,
                plan.beta,
                c,
                plan.layoutC,
                c,
                plan.layoutC,
                plan.algorithm,
                workspace,
                WORKSPACE_BYTES,
                stream);
        if (status != LibCublasLt.SUCCESS) {
            fail("cublasLtMatmul of " + product, status);
        }
        device.starts(product);
    }

    private void fail(String call, int status) {
        if (status == LibCublasLt.ALLOCATION_FAILED) {
            throw device.tooLittle(call + " finds no room", LibCublasLt.error(status));
        }
        // If a kernel has failed, the driver's error is the first one.
        device.synchronize();
        LibCublasLt.require(call, status);
    }

    /**
     * The key of an algorithm.
     *
     * @param alignment the common alignment of all addresses in bytes; small if operands are columns of a wider matrix
     * @param biased whether a bias is added
     */
    private record Form(Product product, int alignment, boolean biased) {}

    /** cuBLASLt's descriptors of a form of product. */
    private record Plan(
            long descriptor, long layoutA, long layoutB, long layoutC, Memory algorithm, Memory alpha, Memory beta) {}

    private Plan plan(Form form, long bias) {
        Product p = form.product();
        int operands = p.precision() == Precision.BF16 ? BRAIN_16 : REAL_32;
        int compute = p.precision() == Precision.TF32 ? COMPUTE_32_FAST_TF32 : COMPUTE_32;
        long descriptor = LibCublasLt.made(
                "cublasLtMatmulDescCreate", made -> LibCublasLt.cublasLtMatmulDescCreate(made, compute, REAL_32));
        // In column-major order, the left operand is B.
        set(descriptor, TRANSPOSE_A, p.transposeB() ? 1 : 0);
        set(descriptor, TRANSPOSE_B, p.transposeA() ? 1 : 0);
        if (form.biased()) {
            set(descriptor, EPILOGUE, ADD_BIAS);
            point(descriptor, bias);
        }
        long layoutA = layout(operands, p.transposeA() ? p.m() : p.k(), p.transposeA() ? p.k() : p.m(), p.strideA());
        long layoutB = layout(operands, p.transposeB() ? p.k() : p.n(), p.transposeB() ? p.n() : p.k(), p.strideB());
        long layoutC = layout(REAL_32, p.n(), p.m(), p.strideC());
        return new Plan(
                descriptor,
                layoutA,
                layoutB,
                layoutC,
                algorithm(form, descriptor, layoutB, layoutA, layoutC),
                number(p.alpha()),
                number(p.beta()));
    }

    private Memory algorithm(Form form, long descriptor, long left, long right, long result) {
        long preference =
                LibCublasLt.made("cublasLtMatmulPreferenceCreate", LibCublasLt::cublasLtMatmulPreferenceCreate);
        LibCublasLt.require(
                "cublasLtMatmulPreferenceSetAttribute",
                LibCublasLt.cublasLtMatmulPreferenceSetAttribute(
                        preference, WORKSPACE_LIMIT, new long[] {WORKSPACE_BYTES}, Long.BYTES));
        for (int operand = 0; operand < 4; operand++) {
            LibCublasLt.require(
                    "cublasLtMatmulPreferenceSetAttribute",
                    LibCublasLt.cublasLtMatmulPreferenceSetAttribute(
                            preference, LEAST_ALIGNMENT + operand, new long[] {form.alignment()}, Integer.BYTES));
        }
        Memory results = new Memory(RESULT_BYTES);
        results.clear();
        int[] found = new int[1];
        LibCublasLt.require(
                "cublasLtMatmulAlgoGetHeuristic of " + form,
                LibCublasLt.cublasLtMatmulAlgoGetHeuristic(
                        handle, descriptor, left, right, result, result, preference, 1, results, found));
        LibCublasLt.require("cublasLtMatmulPreferenceDestroy", LibCublasLt.cublasLtMatmulPreferenceDestroy(preference));
        if (found[0] == 0 || results.getInt(RESULT_STATUS) != 0) {
            throw new CudaFailure("cuBLASLt has no algorithm for " + form);
        }
        return results;
    }

    private static void set(long descriptor, int attribute, int value) {
        LibCublasLt.require(
                "cublasLtMatmulDescSetAttribute",
                LibCublasLt.cublasLtMatmulDescSetAttribute(descriptor, attribute, new int[] {value}, Integer.BYTES));
    }

    private static void point(long descriptor, long bias) {
        LibCublasLt.require(
                "cublasLtMatmulDescSetAttribute",
                LibCublasLt.cublasLtMatmulDescSetAttribute(descriptor, BIAS_POINTER, new long[] {bias}, Long.BYTES));
    }

    private static long layout(int type, int rows, int columns, int stride) {
        return LibCublasLt.made(
                "cublasLtMatrixLayoutCreate",
                made -> LibCublasLt.cublasLtMatrixLayoutCreate(made, type, rows, columns, stride));
    }

    private static Memory number(double value) {
        Memory memory = new Memory(Float.BYTES);
        memory.setFloat(0, (float) value);
        return memory;
    }

    void close() {
        for (Plan plan : plans.values()) {
            LibCublasLt.require("cublasLtMatmulDescDestroy", LibCublasLt.cublasLtMatmulDescDestroy(plan.descriptor));
            for (long layout : new long[] {plan.layoutA, plan.layoutB, plan.layoutC}) {
                LibCublasLt.require("cublasLtMatrixLayoutDestroy", LibCublasLt.cublasLtMatrixLayoutDestroy(layout));
            }
        }
        plans.clear();
        device.free(workspace);
        LibCublasLt.require("cublasLtDestroy", LibCublasLt.cublasLtDestroy(handle));
    }
}

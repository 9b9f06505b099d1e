package org.lsradapt.lsr.internal;

import static org.lsradapt.lsr.internal.OneDnnOperations.matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.softmax_forward;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.OneDnnOperations.Operand;
import org.lsradapt.lsr.internal.OneDnnOperations.Operation;

/**
 * oneDNN's matrix products, available if {@code org.bytedeco:dnnl} is on the class path and loads, and the processor
 * has AVX2: on other processors oneDNN has no optimized kernels. Each call runs only on its calling thread. Safe for
 * use by many threads: each thread has its own compiled products.
 */
public final class OneDnn {

    /** System property: {@code off} leaves all products to OpenBLAS. */
    public static final String PROPERTY = "lsradapt.onednn";

    private static final int AVX2 = 7;
    private static final int CORE = 39;
    private static final int CORE_VNNI = 103;
    private static final int CORE_BF16 = 231;
    private static final int CORE_AMX = 4079;
    private static final int ABSENT = -1;

    /** The mask of scales that differ along the first two of three dimensions. */
    private static final int PER_GROUP = 3;

    /** The instruction sets that oneDNN uses here, in its encoding, where larger sets include smaller ones' bits. */
    private static final int INSTRUCTIONS = load();

    private OneDnn() {}

    private static int load() {
        if (System.getProperty(PROPERTY, "").toLowerCase(Locale.ROOT).equals("off")) {
            return ABSENT;
        }
        try {
            int instructions = Calls.instructions();
            return (instructions & AVX2) == AVX2 ? instructions : ABSENT;
        } catch (LinkageError e) {
            return ABSENT;
        }
    }

    /** Whether oneDNN is available and not switched off. */
    public static boolean isPresent() {
        return INSTRUCTIONS != ABSENT;
    }

    /** Whether the processor has instructions that multiply BF16. */
    public static boolean multipliesBfloat16() {
        return isPresent() && (INSTRUCTIONS & CORE_BF16) == CORE_BF16;
    }

    /** Whether the processor has instructions that multiply bytes and add in 32 bits. */
    public static boolean multipliesBytes() {
        return isPresent() && (INSTRUCTIONS & CORE_VNNI) == CORE_VNNI;
    }

    /**
     * The number of rows for which a product with spare rows is computed, so that products of many lengths share
     * compiled code: at most an eighth more, and at most the next multiple of 16, the rows of AMX's tiles, or of 8
     * without AMX.
     */
    public static int sharedRows(int rows) {
        int most = (INSTRUCTIONS & CORE_AMX) == CORE_AMX ? 16 : 8;
        int step = Math.min(most, Math.max(1, Integer.highestOneBit(rows) / 8));
        return (rows + step - 1) / step * step;
    }

    /** The number of compiled operations that the calling thread keeps, for tests. */
    public static int compiledOperations() {
        return isPresent() ? Calls.OWN.get().size() : 0;
    }

    /** Version and instruction set, for the log. */
    public static String description() {
        return isPresent() ? Calls.version() + " (" + instructionSet() + ")" : "not used";
    }

    private static String instructionSet() {
        if ((INSTRUCTIONS & CORE_AMX) == CORE_AMX) {
            return "AVX-512, BF16 by AMX";
        }
        if (multipliesBfloat16()) {
            return "AVX-512, BF16";
        }
        return (INSTRUCTIONS & CORE) == CORE ? "AVX-512" : "AVX2";
    }

    /** C ← alpha·A·B + beta·C in FLOAT, see {@link Blas#gemm}. */
    static void gemm(float alpha, NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c) {
        Calls.gemm(alpha, a, b, beta, c);
    }

    /** C ← A·B + beta·C, in BF16 for A [m, k] and B [k, n], in FLOAT for C [m, n] and sums; A and C are not transposed. */
    public static void gemmBfloat16(NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c) {
        Calls.run(Shape.of(a, b, beta, c, Also.NOTHING, 0), a.memory(), b.memory(), c.memory());
    }

    /** Every row of C ← the same row of A·B + bias [n]; A [m, k] and B [k, n] in BF16, C [m, n] in FLOAT, not transposed. */
    public static void gemmBfloat16(NativeMatrix a, NativeMatrix b, Pointer bias, NativeMatrix c) {
        Calls.run(Shape.of(a, b, 0, c, Also.BIAS, 0), a.memory(), b.memory(), bias, c.memory());
    }

    /** C ← (A·B)∘F, rounded once, in BF16 but for F in FLOAT; A [m, k], F and C [m, n] are not transposed. */
    public static void gemmBfloat16Times(NativeMatrix a, NativeMatrix b, NativeMatrix factor, NativeMatrix c) {
        Shape shape = Shape.of(a, b, 0, c, Also.FACTOR, factor.stride());
        Calls.run(shape, a.memory(), b.memory(), factor.memory(), c.memory());
    }

    /**
     * Several matrices of one shape in one memory.
     *
     * @param step distance between their first elements
     */
    public record Several(NativeMatrix first, int step) {}

    /** C ← alpha·A·B + beta·C for each of several A, B and C, in BF16 for A and B, in FLOAT for C, which is not transposed. */
    public static void gemmBfloat16(int count, float alpha, Several a, Several b, float beta, Several c) {
        Calls.run(SeveralShape.of(count, alpha, a, b, beta, c), a.first.memory(), b.first.memory(), c.first.memory());
    }

    /** Computes the softmax of each column of FLOAT numbers, row by row, and rounds it to BF16. */
    public static void softmaxOfColumns(int rows, int columns, FloatPointer from, ShortPointer to) {
        Calls.run(new ColumnSoftmax(rows, columns), from, to);
    }

    /** B ← A + beta·B in FLOAT, for contiguous A. */
    public static void add(FloatPointer a, float beta, NativeMatrix b) {
        Calls.run(new Addition(b.rows(), b.columns(), b.stride(), beta), a, b.memory());
    }

    /** Rounds FLOAT rows, {@code stride} apart, to contiguous BF16 rows: to nearest, ties to even. */
    public static void toBfloat16(int rows, int columns, FloatPointer from, int stride, ShortPointer to) {
        Calls.run(new Conversion(rows, columns, stride, true), from, to);
    }

    /** Converts BF16 rows, {@code stride} apart, to contiguous FLOAT rows. */
    public static void fromBfloat16(int rows, int columns, Pointer from, int stride, FloatPointer to) {
        Calls.run(new Conversion(rows, columns, stride, false), from, to);
    }

    /**
     * Multiplies bytes by scales: element i of group g of a row becomes scales[row, g]·levels[row, g, i], plus the
     * group's minimum if there are minima.
     *
     * @param scales one per group, row by row
     * @param minima one per group, row by row; null if there are none
     * @param to [rows, groups · length], written, row by row
     */
    public static void widen(
            Groups groups, Pointer levels, FloatPointer scales, @Nullable FloatPointer minima, FloatPointer to) {
        if (minima != null) {
            Calls.run(new Spreading(groups.rows * groups.groups, groups.length), minima, to);
        }
        Calls.run(new Widening(groups, false, minima != null), levels, scales, to);
    }

    /** Widens without minima, as {@link #widen} does, and rounds to BF16. */
    public static void widenToBfloat16(Groups groups, Pointer levels, FloatPointer scales, ShortPointer to) {
        Calls.run(new Widening(groups, true, false), levels, scales, to);
    }

    /**
     * The layout of groups of bytes.
     *
     * @param rowStride distance between rows, in bytes
     * @param groupStride distance between groups, in bytes
     */
    public record Groups(int rows, int groups, int length, int rowStride, int groupStride) {}

    /** A further operand of a product in BF16. */
    private enum Also {
        NOTHING,
        BIAS,
        FACTOR
    }

    /** A product in BF16; {@code ldf} is the distance between the factor's rows. */
    private record Shape(
            int m, int n, int k, boolean transposeB, int lda, int ldb, float beta, int ldc, Also also, int ldf)
            implements OneDnnOperations.Key {

        static Shape of(NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c, Also also, int ldf) {
            return new Shape(
                    c.rows(),
                    c.columns(),
                    a.columns(),
                    b.transposed(),
                    a.stride(),
                    b.stride(),
                    beta,
                    c.stride(),
                    also,
                    ldf);
        }

        @Override
        public Operation compile() {
            memory.desc a = matrix(m, k, memory.data_type.bf16, lda, 1);
            memory.desc b = matrix(k, n, memory.data_type.bf16, transposeB ? 1 : ldb, transposeB ? ldb : 1);
            memory.data_type type = also == Also.FACTOR ? memory.data_type.bf16 : memory.data_type.f32;
            memory.desc c = matrix(m, n, type, ldc, 1);
            memory.desc bias = matrix(1, n, memory.data_type.f32, n, 1);
            memory.desc factor = matrix(m, n, memory.data_type.f32, ldf, 1);
            post_ops behind = OneDnnOperations.adding(beta);
            List<Operand> operands = new ArrayList<>();
            operands.add(new Operand(dnnl.DNNL_ARG_SRC, a));
            operands.add(new Operand(dnnl.DNNL_ARG_WEIGHTS, b));
            if (also == Also.BIAS) {
                operands.add(new Operand(dnnl.DNNL_ARG_BIAS, bias));
            } else if (also == Also.FACTOR) {
                behind.append_binary(dnnl.algorithm.binary_mul, factor);
                int first = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
                operands.add(new Operand(first | dnnl.DNNL_ARG_SRC_1, factor));
            }
            operands.add(new Operand(dnnl.DNNL_ARG_DST, c));
            primitive_attr attributes = new primitive_attr();
            attributes.set_post_ops(behind);
            matmul.primitive_desc compiled = also == Also.BIAS
                    ? new matmul.primitive_desc(OneDnnOperations.CPU, a, b, bias, c, attributes, false)
                    : new matmul.primitive_desc(OneDnnOperations.CPU, a, b, c, attributes, false);
            return new Operation(new matmul(compiled), operands.toArray(new Operand[0]));
        }
    }

    private record SeveralShape(int count, Layout a, Layout b, Layout c, int m, int n, int k, float alpha, float beta)
            implements OneDnnOperations.Key {

        static SeveralShape of(int count, float alpha, Several a, Several b, float beta, Several c) {
            return new SeveralShape(
                    count,
                    Layout.of(a),
                    Layout.of(b),
                    Layout.of(c),
                    c.first.rows(),
                    c.first.columns(),
                    a.first.columns(),
                    alpha,
                    beta);
        }

        @Override
        public Operation compile() {
            memory.desc left = a.description(count, m, k, memory.data_type.bf16);
            memory.desc right = b.description(count, k, n, memory.data_type.bf16);
            memory.desc out = c.description(count, m, n, memory.data_type.f32);
            post_ops behind = new post_ops();
            if (alpha != 1) {
                behind.append_eltwise(dnnl.algorithm.eltwise_linear, alpha, 0);
            }
            if (beta != 0) {
                behind.append_sum(beta, 0, memory.data_type.undef);
            }
            primitive_attr attributes = new primitive_attr();
            attributes.set_post_ops(behind);
            return new Operation(
                    new matmul(new matmul.primitive_desc(OneDnnOperations.CPU, left, right, out, attributes, false)),
                    new Operand(dnnl.DNNL_ARG_SRC, left),
                    new Operand(dnnl.DNNL_ARG_WEIGHTS, right),
                    new Operand(dnnl.DNNL_ARG_DST, out));
        }
    }

    private record Layout(int step, int stride, boolean transposed) {
        static Layout of(Several matrices) {
            return new Layout(matrices.step, matrices.first.stride(), matrices.first.transposed());
        }

        memory.desc description(int count, int rows, int columns, memory.data_type type) {
            long[] strides = {step, transposed ? 1 : stride, transposed ? stride : 1};
            return new memory.desc(new long[] {count, rows, columns}, type, strides);
        }
    }

    private record ColumnSoftmax(int rows, int columns) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.desc from = matrix(rows, columns, memory.data_type.f32, columns, 1);
            memory.desc to = matrix(rows, columns, memory.data_type.bf16, columns, 1);
            softmax_forward.primitive_desc compiled = new softmax_forward.primitive_desc(
                    OneDnnOperations.CPU,
                    dnnl.prop_kind.forward_inference,
                    dnnl.algorithm.softmax_accurate,
                    from,
                    to,
                    0,
                    new primitive_attr(),
                    false);
            return new Operation(
                    new softmax_forward(compiled),
                    new Operand(dnnl.DNNL_ARG_SRC, from),
                    new Operand(dnnl.DNNL_ARG_DST, to));
        }
    }

    private record Addition(int rows, int columns, int stride, float beta) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            return OneDnnOperations.reordering(
                    matrix(rows, columns, memory.data_type.f32, columns, 1),
                    matrix(rows, columns, memory.data_type.f32, stride, 1),
                    beta);
        }
    }

    private record Conversion(int rows, int columns, int stride, boolean toBrain) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.data_type single = memory.data_type.f32;
            memory.data_type brain = memory.data_type.bf16;
            return OneDnnOperations.reordering(
                    matrix(rows, columns, toBrain ? single : brain, stride, 1),
                    matrix(rows, columns, toBrain ? brain : single, columns, 1));
        }
    }

    private record Widening(Groups groups, boolean brain, boolean add) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            long length = groups.length;
            long[] dimensions = {groups.rows, groups.groups, length};
            memory.desc from = new memory.desc(
                    dimensions, memory.data_type.s8, new long[] {groups.rowStride, groups.groupStride, 1});
            memory.data_type type = brain ? memory.data_type.bf16 : memory.data_type.f32;
            memory.desc to = new memory.desc(dimensions, type, new long[] {groups.groups * length, length, 1});
            return OneDnnOperations.scaling(from, to, PER_GROUP, groups.rows * groups.groups, add ? 1 : 0);
        }
    }

    private record Spreading(int numbers, int times) implements OneDnnOperations.Key {
        @Override
        public Operation compile() {
            memory.data_type single = memory.data_type.f32;
            return OneDnnOperations.reordering(
                    matrix(numbers, times, single, 1, 0), matrix(numbers, times, single, times, 1));
        }
    }

    /** Holds the code that OneDnn's static methods call on oneDNN's classes, which may be absent. */
    private static final class Calls {
        /** Compiled operations that a thread keeps; batches of many lengths need many shapes. */
        private static final int KEPT = 512;

        private static final ThreadLocal<OneDnnOperations> OWN =
                ThreadLocal.withInitial(() -> new OneDnnOperations(KEPT));

        private Calls() {}

        static int instructions() {
            return dnnl.dnnl_get_effective_cpu_isa();
        }

        static String version() {
            var version = dnnl.dnnl_version();
            return version.major() + "." + version.minor() + "." + version.patch();
        }

        static void gemm(float alpha, NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c) {
            OneDnnOperations.useOneThread();
            byte ta = (byte) (a.transposed() ? 'T' : 'N');
            byte tb = (byte) (b.transposed() ? 'T' : 'N');
            FloatPointer left = (FloatPointer) a.memory();
            FloatPointer right = (FloatPointer) b.memory();
            FloatPointer out = (FloatPointer) c.memory();
            int m = c.rows();
            int n = c.columns();
            int k = a.columns();
            int status =
                    dnnl.dnnl_sgemm(ta, tb, m, n, k, alpha, left, a.stride(), right, b.stride(), beta, out, c.stride());
            if (status != dnnl.dnnl_success) {
                throw new IllegalStateException("oneDNN: a product of [" + m + ", " + k + "] and [" + k + ", " + n
                        + "] failed with status " + status);
            }
        }

        static void run(OneDnnOperations.Key key, Pointer... operands) {
            OWN.get().run(key, operands);
        }
    }
}

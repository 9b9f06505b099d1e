package org.lsradapt.lsr.internal;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.nativeblas.NativeOpsHolder;

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

    /**
     * The instruction sets that oneDNN uses here, in its own encoding; each value includes the bits of the smaller
     * sets.
     */
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
     *
     * @param rows at least 1
     * @return {@code rows} or more
     */
    public static int sharedRows(int rows) {
        int most = (INSTRUCTIONS & CORE_AMX) == CORE_AMX ? 16 : 8;
        int step = Math.min(most, Math.max(1, Integer.highestOneBit(rows) / 8));
        return (rows + step - 1) / step * step;
    }

    /** The number of compiled operations that the calling thread keeps, for tests. */
    public static int compiledOperations() {
        return isPresent() ? Calls.OWN.get().operations.size() : 0;
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

    /**
     * C ← A·B + beta·C for A and B in BF16 and C in FLOAT; sums are in FLOAT.
     *
     * @param a A [m, k], not transposed
     * @param b B [k, n]
     * @param beta factor of C; with 0, C is not read
     * @param c C [m, n], written; not transposed
     */
    public static void gemmBfloat16(NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c) {
        Calls.run(Shape.of(a, b, beta, c, Also.NOTHING, 0), a.memory(), b.memory(), c.memory());
    }

    /**
     * Every row of C ← the same row of A·B + bias, for A and B in BF16, bias and C in FLOAT.
     *
     * @param a A [m, k], not transposed
     * @param b B [k, n]
     * @param bias [n]
     * @param c C [m, n], overwritten; not transposed
     */
    public static void gemmBfloat16(NativeMatrix a, NativeMatrix b, Pointer bias, NativeMatrix c) {
        Calls.run(Shape.of(a, b, 0, c, Also.BIAS, 0), a.memory(), b.memory(), bias, c.memory());
    }

    /**
     * C ← (A·B)∘F, for A, B and C in BF16 and F in FLOAT; rounded once, after the product with F.
     *
     * @param a A [m, k], not transposed
     * @param b B [k, n]
     * @param factor F [m, n], not transposed
     * @param c C [m, n], overwritten; not transposed
     */
    public static void gemmBfloat16Times(NativeMatrix a, NativeMatrix b, NativeMatrix factor, NativeMatrix c) {
        Shape shape = Shape.of(a, b, 0, c, Also.FACTOR, factor.stride());
        Calls.run(shape, a.memory(), b.memory(), factor.memory(), c.memory());
    }

    /**
     * Rounds a FLOAT matrix to BF16, to nearest, ties to even.
     *
     * @param rows number of rows
     * @param columns elements in a row
     * @param from the matrix
     * @param stride distance between its rows
     * @param to [rows, columns], written, row by row
     */
    public static void toBfloat16(int rows, int columns, FloatPointer from, int stride, ShortPointer to) {
        Calls.run(new Conversion(rows, columns, stride, true), from, null, to);
    }

    /**
     * Converts a BF16 matrix to FLOAT.
     *
     * @param rows number of rows
     * @param columns elements in a row
     * @param from the matrix
     * @param stride distance between its rows
     * @param to [rows, columns], written, row by row
     */
    public static void fromBfloat16(int rows, int columns, Pointer from, int stride, FloatPointer to) {
        Calls.run(new Conversion(rows, columns, stride, false), from, null, to);
    }

    /**
     * Multiplies bytes by scales: element i of group g of a row becomes scales[row, g]·levels[row, g, i], plus the
     * group's minimum if there are minima.
     *
     * @param groups the layout of the levels
     * @param levels signed bytes
     * @param scales one per group, row by row
     * @param minima one per group, row by row; null if there are none
     * @param to [rows, groups · length], written, row by row
     */
    public static void widen(
            Groups groups, Pointer levels, FloatPointer scales, @Nullable FloatPointer minima, FloatPointer to) {
        if (minima != null) {
            Calls.run(new Spreading(groups.rows * groups.groups, groups.length), minima, null, to);
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
     * @param rows number of rows
     * @param groups the number of groups in a row
     * @param length bytes in a group, side by side
     * @param rowStride distance between rows, in bytes
     * @param groupStride distance between groups, in bytes
     */
    public record Groups(int rows, int groups, int length, int rowStride, int groupStride) {}

    private record Widening(Groups groups, boolean brain, boolean add) implements Compiled {}

    private record Spreading(int numbers, int times) implements Compiled {}

    private sealed interface Compiled {}

    /** A further operand of a product in BF16. */
    private enum Also {
        NOTHING,
        BIAS,
        FACTOR
    }

    /** The key of a compiled product in BF16; {@code ldf} is the distance between the factor's rows. */
    private record Shape(
            int m, int n, int k, boolean transposeB, int lda, int ldb, float beta, int ldc, Also also, int ldf)
            implements Compiled {

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
    }

    private record Conversion(int rows, int columns, int stride, boolean toBrain) implements Compiled {}

    /** Holds all code that uses oneDNN's classes, which may be absent. */
    private static final class Calls {
        /** Compiled operations that a thread keeps; batches of many lengths need many shapes. */
        private static final int KEPT = 512;

        /** The mask of scales that differ along the first two of three dimensions. */
        private static final int PER_GROUP = 3;

        /** DNNL_ARG_ATTR_MULTIPLE_POST_OP(0). */
        private static final int FIRST_POST_OPERATION = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;

        private static final engine CPU = new engine(engine.kind.cpu, 0);

        /** A placeholder for the operands' addresses, which each call sets; the constructor accepts no null. */
        private static final Pointer ELSEWHERE = new BytePointer(Long.BYTES);

        private static final ThreadLocal<Calls> OWN = ThreadLocal.withInitial(Calls::new);

        private final stream queue = new stream(CPU);
        private final Map<Compiled, Operation> operations = new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Compiled, Operation> eldest) {
                if (size() > KEPT) {
                    eldest.getValue().close();
                    return true;
                }
                return false;
            }
        };

        private Calls() {}

        static int instructions() {
            return dnnl.dnnl_get_effective_cpu_isa();
        }

        static String version() {
            var version = dnnl.dnnl_version();
            return version.major() + "." + version.minor() + "." + version.patch();
        }

        /**
         * Sets OpenMP's number of threads, which each thread has for itself and ND4J sets for the caller; this takes 20
         * ns.
         */
        private static void useOneThread() {
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
        }

        static void gemm(float alpha, NativeMatrix a, NativeMatrix b, float beta, NativeMatrix c) {
            useOneThread();
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

        static void run(Compiled key, Pointer from, @Nullable Pointer by, Pointer to) {
            run(key, from, by, null, to);
        }

        static void run(Compiled key, Pointer from, @Nullable Pointer by, @Nullable Pointer also, Pointer to) {
            useOneThread();
            Calls own = OWN.get();
            own.operations.computeIfAbsent(key, Calls::compile).run(own.queue, from, by, also, to);
        }

        private static Operation compile(Compiled key) {
            if (key instanceof Shape shape) {
                return product(shape);
            }
            if (key instanceof Conversion conversion) {
                return conversion(conversion);
            }
            return key instanceof Widening widening ? widening(widening) : spreading((Spreading) key);
        }

        private static memory.desc matrix(long rows, long columns, memory.data_type type, long step, long unit) {
            return new memory.desc(new long[] {rows, columns}, type, new long[] {step, unit});
        }

        private static Operation product(Shape shape) {
            memory.data_type brain = memory.data_type.bf16;
            memory.desc a = matrix(shape.m, shape.k, brain, shape.lda, 1);
            memory.desc b = shape.transposeB
                    ? matrix(shape.k, shape.n, brain, 1, shape.ldb)
                    : matrix(shape.k, shape.n, brain, shape.ldb, 1);
            memory.data_type single = memory.data_type.f32;
            memory.desc c = matrix(shape.m, shape.n, shape.also == Also.FACTOR ? brain : single, shape.ldc, 1);
            memory.desc bias = matrix(1, shape.n, single, shape.n, 1);
            memory.desc factor = matrix(shape.m, shape.n, single, shape.ldf, 1);
            post_ops behind = new post_ops();
            if (shape.beta != 0) {
                behind.append_sum(shape.beta, 0, memory.data_type.undef);
            }
            if (shape.also == Also.FACTOR) {
                behind.append_binary(dnnl.algorithm.binary_mul, factor);
            }
            primitive_attr attributes = new primitive_attr();
            attributes.set_post_ops(behind);
            matmul.primitive_desc compiled = shape.also == Also.BIAS
                    ? new matmul.primitive_desc(CPU, a, b, bias, c, attributes, false)
                    : new matmul.primitive_desc(CPU, a, b, c, attributes, false);
            Operation operation =
                    new Operation(new matmul(compiled), memory(a), memory(b), memory(c), dnnl.DNNL_ARG_WEIGHTS);
            switch (shape.also) {
                case NOTHING -> {}
                case BIAS -> operation.takes(memory(bias), dnnl.DNNL_ARG_BIAS);
                case FACTOR -> operation.takes(memory(factor), FIRST_POST_OPERATION | dnnl.DNNL_ARG_SRC_1);
            }
            return operation;
        }

        private static Operation conversion(Conversion conversion) {
            int columns = conversion.columns;
            memory.data_type single = memory.data_type.f32;
            memory.data_type brain = memory.data_type.bf16;
            memory.desc from =
                    matrix(conversion.rows, columns, conversion.toBrain ? single : brain, conversion.stride, 1);
            memory.desc to = matrix(conversion.rows, columns, conversion.toBrain ? brain : single, columns, 1);
            return reordering(from, to, new primitive_attr(), 0);
        }

        private static Operation widening(Widening widening) {
            Groups groups = widening.groups;
            long length = groups.length;
            long[] dimensions = {groups.rows, groups.groups, length};
            memory.desc from = new memory.desc(
                    dimensions, memory.data_type.s8, new long[] {groups.rowStride, groups.groupStride, 1});
            memory.data_type type = widening.brain ? memory.data_type.bf16 : memory.data_type.f32;
            memory.desc to = new memory.desc(dimensions, type, new long[] {groups.groups * length, length, 1});
            primitive_attr attributes = new primitive_attr();
            attributes.set_scales_mask(dnnl.DNNL_ARG_SRC, PER_GROUP);
            if (widening.add) {
                post_ops sum = new post_ops();
                sum.append_sum(1, 0, memory.data_type.undef);
                attributes.set_post_ops(sum);
            }
            return reordering(from, to, attributes, groups.rows * groups.groups);
        }

        private static Operation spreading(Spreading spreading) {
            memory.data_type single = memory.data_type.f32;
            return reordering(
                    matrix(spreading.numbers, spreading.times, single, 1, 0),
                    matrix(spreading.numbers, spreading.times, single, spreading.times, 1),
                    new primitive_attr(),
                    0);
        }

        private static Operation reordering(memory.desc from, memory.desc to, primitive_attr attributes, int scales) {
            reorder.primitive_desc compiled = new reorder.primitive_desc(CPU, from, CPU, to, attributes, false);
            memory by = scales == 0
                    ? null
                    : memory(new memory.desc(new long[] {scales}, memory.data_type.f32, new long[] {1}));
            return new Operation(
                    new reorder(compiled), memory(from), by, memory(to), dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_SRC);
        }

        /** A memory object whose address each call sets. */
        private static memory memory(memory.desc description) {
            return new memory(description, CPU, ELSEWHERE);
        }
    }

    private static final class Operation implements AutoCloseable {
        private final primitive operation;
        private final memory source;
        private final @Nullable memory weights;
        private final memory destination;
        private @Nullable memory further;
        private final IntMemoryMap arguments = new IntMemoryMap();

        Operation(
                primitive operation, memory source, @Nullable memory weights, memory destination, int weightsArgument) {
            this.operation = operation;
            this.source = source;
            this.weights = weights;
            this.destination = destination;
            arguments.put(dnnl.DNNL_ARG_SRC, source);
            if (weights != null) {
                arguments.put(weightsArgument, weights);
            }
            arguments.put(dnnl.DNNL_ARG_DST, destination);
        }

        void takes(memory operand, int argument) {
            further = operand;
            arguments.put(argument, operand);
        }

        void run(stream queue, Pointer from, @Nullable Pointer by, @Nullable Pointer also, Pointer to) {
            source.set_data_handle(from);
            if (further != null) {
                further.set_data_handle(also);
            }
            if (weights != null) {
                weights.set_data_handle(by);
            }
            destination.set_data_handle(to);
            operation.execute(queue, arguments);
            queue._wait();
        }

        @Override
        public void close() {
            arguments.close();
            operation.close();
            source.close();
            if (weights != null) {
                weights.close();
            }
            destination.close();
            if (further != null) {
                further.close();
            }
        }
    }
}

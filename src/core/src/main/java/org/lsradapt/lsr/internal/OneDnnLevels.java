package org.lsradapt.lsr.internal;

import java.util.LinkedHashMap;
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
import org.jspecify.annotations.Nullable;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * oneDNN's products of signed bytes, available if {@link OneDnn#multipliesBytes}. Sums are 32-bit integers. Each call
 * runs only on its calling thread. Safe for use by many threads.
 *
 * <p>oneDNN's fast kernels multiply results by a vector per column but not per row, so a second call scales the rows.
 */
public final class OneDnnLevels {

    private static final int KEPT = 1024;

    /** The number of rows for which the layout of packed bytes is requested; other numbers have the same layout. */
    private static final int USUAL_ROWS = 64;

    /** The mask of scales that differ along the first dimension. */
    private static final int PER_ROW = 1;

    /** The mask of scales that differ along the second dimension. */
    private static final int PER_COLUMN = 2;

    private static final engine CPU = new engine(engine.kind.cpu, 0);

    /** A placeholder for the operands' addresses, which each call sets; the constructor accepts no null. */
    private static final Pointer ELSEWHERE = new BytePointer(Long.BYTES);

    private static final ThreadLocal<OneDnnLevels> OWN = ThreadLocal.withInitial(OneDnnLevels::new);

    private final stream queue = new stream(CPU);
    private final Map<Key, Operation> operations = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Operation> eldest) {
            if (size() > KEPT) {
                eldest.getValue().close();
                return true;
            }
            return false;
        }
    };

    private OneDnnLevels() {}

    /**
     * The length of a packed matrix.
     *
     * @param k its columns
     * @param n its rows
     * @return bytes
     */
    public static long packedBytes(int k, int n) {
        return packedLayout(k, n).get_size();
    }

    /**
     * Packs a matrix for {@link #multiply}.
     *
     * @param k its columns
     * @param n its rows
     * @param from [n, k], row by row
     * @param to {@link #packedBytes}, overwritten
     */
    public static void pack(int k, int n, BytePointer from, BytePointer to) {
        memory.desc plain = new memory.desc(new long[] {k, n}, memory.data_type.s8, new long[] {1, k});
        memory.desc packed = packedLayout(k, n);
        useOneThread();
        try (memory source = new memory(plain, CPU, from);
                memory destination = new memory(packed, CPU, to);
                reorder packing = new reorder(source, destination)) {
            stream queue = OWN.get().queue;
            packing.execute(queue, source, destination);
            queue._wait();
        }
    }

    /**
     * C ← (A·Bᵀ)·diag(factors).
     *
     * @param m rows of A
     * @param k columns of A
     * @param n rows of B
     * @param a A [m, k], row by row
     * @param packed B [n, k], from {@link #pack}
     * @param factors [n]
     * @param c C [m, n], overwritten, row by row
     */
    public static void multiply(
            int m, int k, int n, BytePointer a, BytePointer packed, FloatPointer factors, FloatPointer c) {
        OWN.get().run(new Product(m, k, n), a, packed, factors, c);
    }

    /**
     * Multiplies rows by their factors and rounds them to bytes, to nearest, ties to even.
     *
     * @param rows number of rows
     * @param columns elements in a row
     * @param from [rows, columns]
     * @param stride distance between its rows
     * @param factors [rows]
     * @param to [rows, columns], overwritten, row by row
     */
    public static void round(
            int rows, int columns, FloatPointer from, int stride, FloatPointer factors, BytePointer to) {
        OWN.get().run(new Rounding(rows, columns, stride), from, null, factors, to);
    }

    /**
     * C ← diag(factors)·A + beta·C.
     *
     * @param rows number of rows
     * @param columns elements in a row
     * @param from A [rows, columns], row by row
     * @param factors [rows]
     * @param beta factor of C; with 0, C is not read
     * @param to C [rows, columns], written
     * @param stride distance between its rows
     */
    public static void scale(
            int rows, int columns, FloatPointer from, FloatPointer factors, float beta, FloatPointer to, int stride) {
        OWN.get().run(new Scaling(rows, columns, beta, stride), from, null, factors, to);
    }

    private sealed interface Key {
        Operation compile();
    }

    private record Product(int m, int k, int n) implements Key {
        @Override
        public Operation compile() {
            memory.desc b = packedLayout(k, n);
            matmul.primitive_desc compiled = product(m, k, n, anyLayout(k, n));
            if (dnnl.dnnl_memory_desc_equal(compiled.weights_desc().get(), b.get()) == 0) {
                compiled = product(m, k, n, b);
            }
            return new Operation(
                    new matmul(compiled),
                    compiled.src_desc(),
                    b,
                    factors(n),
                    compiled.dst_desc(),
                    dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_WEIGHTS);
        }
    }

    private record Rounding(int rows, int columns, int stride) implements Key {
        @Override
        public Operation compile() {
            memory.desc from = matrix(rows, columns, memory.data_type.f32, stride);
            return reordering(rows, from, matrix(rows, columns, memory.data_type.s8, columns), 0);
        }
    }

    private record Scaling(int rows, int columns, float beta, int stride) implements Key {
        @Override
        public Operation compile() {
            memory.desc from = matrix(rows, columns, memory.data_type.f32, columns);
            return reordering(rows, from, matrix(rows, columns, memory.data_type.f32, stride), beta);
        }
    }

    private static memory.desc matrix(long rows, long columns, memory.data_type type, long stride) {
        return new memory.desc(new long[] {rows, columns}, type, new long[] {stride, 1});
    }

    private static memory.desc anyLayout(int k, int n) {
        return new memory.desc(new long[] {k, n}, memory.data_type.s8, memory.format_tag.any);
    }

    private static memory.desc packedLayout(int k, int n) {
        return product(USUAL_ROWS, k, n, anyLayout(k, n)).weights_desc();
    }

    private static matmul.primitive_desc product(int m, int k, int n, memory.desc b) {
        memory.desc a = matrix(m, k, memory.data_type.s8, k);
        memory.desc c = matrix(m, n, memory.data_type.f32, n);
        primitive_attr attributes = new primitive_attr();
        attributes.set_scales_mask(dnnl.DNNL_ARG_WEIGHTS, PER_COLUMN);
        return new matmul.primitive_desc(CPU, a, b, c, attributes, false);
    }

    private static Operation reordering(int rows, memory.desc from, memory.desc to, float beta) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scales_mask(dnnl.DNNL_ARG_SRC, PER_ROW);
        if (beta != 0) {
            post_ops sum = new post_ops();
            sum.append_sum(beta, 0, memory.data_type.undef);
            attributes.set_post_ops(sum);
        }
        reorder.primitive_desc compiled = new reorder.primitive_desc(CPU, from, CPU, to, attributes, false);
        return new Operation(
                new reorder(compiled), from, null, factors(rows), to, dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_SRC);
    }

    private static memory.desc factors(int count) {
        return new memory.desc(new long[] {count}, memory.data_type.f32, new long[] {1});
    }

    /** Sets OpenMP's number of threads, which each thread has for itself and ND4J sets for the caller. */
    private static void useOneThread() {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    }

    private void run(Key key, Pointer from, @Nullable Pointer weights, Pointer factors, Pointer to) {
        useOneThread();
        operations.computeIfAbsent(key, Key::compile).run(queue, from, weights, factors, to);
    }

    /** A compiled operation with its operands, whose addresses each call sets. */
    private static final class Operation implements AutoCloseable {
        private final primitive operation;
        private final memory source;
        private final @Nullable memory weights;
        private final memory factors;
        private final memory destination;
        private final IntMemoryMap arguments = new IntMemoryMap();

        Operation(
                primitive operation,
                memory.desc source,
                memory.@Nullable desc weights,
                memory.desc factors,
                memory.desc destination,
                int factorsArgument) {
            this.operation = operation;
            this.source = new memory(source, CPU, ELSEWHERE);
            this.weights = weights == null ? null : new memory(weights, CPU, ELSEWHERE);
            this.factors = new memory(factors, CPU, ELSEWHERE);
            this.destination = new memory(destination, CPU, ELSEWHERE);
            arguments.put(dnnl.DNNL_ARG_SRC, this.source);
            if (weights != null) {
                arguments.put(dnnl.DNNL_ARG_WEIGHTS, this.weights);
            }
            arguments.put(factorsArgument, this.factors);
            arguments.put(dnnl.DNNL_ARG_DST, this.destination);
        }

        void run(stream queue, Pointer from, @Nullable Pointer by, Pointer scales, Pointer to) {
            source.set_data_handle(from);
            if (weights != null) {
                weights.set_data_handle(by);
            }
            factors.set_data_handle(scales);
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
            factors.close();
            destination.close();
        }
    }
}

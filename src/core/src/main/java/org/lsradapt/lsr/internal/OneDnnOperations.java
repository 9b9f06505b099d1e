package org.lsradapt.lsr.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The compiled oneDNN operations of one thread; the most recently used ones are kept. */
final class OneDnnOperations {
    static final engine CPU = new engine(engine.kind.cpu, 0);

    /** A placeholder for the operands' addresses, which each call sets; the constructor accepts no null. */
    private static final Pointer ELSEWHERE = new BytePointer(Long.BYTES);

    private final stream queue = new stream(CPU);
    private final Map<Key, Operation> operations;

    /** Describes an operation; equal keys share it. */
    interface Key {
        Operation compile();
    }

    /** An operand of an operation; the argument is one of oneDNN's numbers. */
    record Operand(int argument, memory.desc description) {}

    /** A compiled operation with its operands, whose addresses each call sets. */
    static final class Operation implements AutoCloseable {
        private final primitive operation;
        private final memory[] operands;
        private final IntMemoryMap arguments = new IntMemoryMap();

        /** Keeps a compiled operation, closed with this object; operands are in the order of a call's addresses. */
        Operation(primitive operation, Operand... operands) {
            this.operation = operation;
            this.operands = new memory[operands.length];
            for (int i = 0; i < operands.length; i++) {
                this.operands[i] = new memory(operands[i].description, CPU, ELSEWHERE);
                arguments.put(operands[i].argument, this.operands[i]);
            }
        }

        private void run(stream queue, Pointer... addresses) {
            for (int i = 0; i < operands.length; i++) {
                operands[i].set_data_handle(addresses[i]);
            }
            operation.execute(queue, arguments);
            queue._wait();
        }

        @Override
        public void close() {
            arguments.close();
            operation.close();
            for (memory operand : operands) {
                operand.close();
            }
        }
    }

    OneDnnOperations(int most) {
        operations = new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Operation> eldest) {
                if (size() > most) {
                    eldest.getValue().close();
                    return true;
                }
                return false;
            }
        };
    }

    int size() {
        return operations.size();
    }

    /** Runs an operation on operands at these addresses, in the order of {@link Operation}'s operands. */
    void run(Key key, Pointer... addresses) {
        useOneThread();
        operations.computeIfAbsent(key, Key::compile).run(queue, addresses);
    }

    void run(reorder operation, memory source, memory destination) {
        useOneThread();
        operation.execute(queue, source, destination);
        queue._wait();
    }

    /** Sets OpenMP's number of threads, which each thread has and ND4J sets for the caller; takes 20 ns. */
    static void useOneThread() {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    }

    static memory.desc matrix(long rows, long columns, memory.data_type type, long step, long unit) {
        return new memory.desc(new long[] {rows, columns}, type, new long[] {step, unit});
    }

    static memory.desc vector(long length) {
        return new memory.desc(new long[] {length}, memory.data_type.f32, new long[] {1});
    }

    /** Returns post-operations that add beta times the old result; none if beta is 0. */
    static post_ops adding(float beta) {
        post_ops behind = new post_ops();
        if (beta != 0) {
            behind.append_sum(beta, 0, memory.data_type.undef);
        }
        return behind;
    }

    /** Compiles a copy from one layout and type to another. */
    static Operation reordering(memory.desc from, memory.desc to) {
        return reordering(from, to, 0);
    }

    /** Compiles to ← from + beta·to. */
    static Operation reordering(memory.desc from, memory.desc to, float beta) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_post_ops(adding(beta));
        return new Operation(
                reorder(from, to, attributes),
                new Operand(dnnl.DNNL_ARG_SRC, from),
                new Operand(dnnl.DNNL_ARG_DST, to));
    }

    /** Compiles to ← scales·from + beta·to; {@code mask} has the dimensions along which scales differ, as bits. */
    static Operation scaling(memory.desc from, memory.desc to, int mask, int scales, float beta) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scales_mask(dnnl.DNNL_ARG_SRC, mask);
        attributes.set_post_ops(adding(beta));
        return new Operation(
                reorder(from, to, attributes),
                new Operand(dnnl.DNNL_ARG_SRC, from),
                new Operand(dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_SRC, vector(scales)),
                new Operand(dnnl.DNNL_ARG_DST, to));
    }

    private static reorder reorder(memory.desc from, memory.desc to, primitive_attr attributes) {
        return new reorder(new reorder.primitive_desc(CPU, from, CPU, to, attributes, false));
    }
}

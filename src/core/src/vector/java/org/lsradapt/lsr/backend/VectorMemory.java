package org.lsradapt.lsr.backend;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors out of native memory. JDK 17 reads them from byte buffers, newer ones from memory segments, and none has both
 * methods. Method handles in constants are compiled as direct calls, so that one class serves all and nothing has to
 * be compiled by a newer JDK.
 */
final class VectorMemory {

    private static final MethodHandle WHOLE;
    private static final MethodHandle BYTES;
    private static final MethodHandle INTS;

    static {
        MethodHandle whole;
        Class<?> memory;
        Class<?> index;
        String name;
        try {
            memory = Class.forName("java.lang.foreign.MemorySegment");
            whole = MethodHandles.publicLookup()
                    .findStatic(memory, "ofBuffer", MethodType.methodType(memory, Buffer.class));
            index = long.class;
            name = "fromMemorySegment";
        } catch (ReflectiveOperationException e) {
            memory = ByteBuffer.class;
            whole = MethodHandles.identity(ByteBuffer.class);
            index = int.class;
            name = "fromByteBuffer";
        }
        WHOLE = whole.asType(MethodType.methodType(Object.class, ByteBuffer.class));
        BYTES = load(ByteVector.class, name, memory, index, VectorKernels.BYTES);
        INTS = load(IntVector.class, name, memory, index, VectorKernels.INTS);
    }

    private VectorMemory() {}

    private static MethodHandle load(
            Class<?> vector, String name, Class<?> memory, Class<?> index, VectorSpecies<?> species) {
        MethodType type = MethodType.methodType(vector, VectorSpecies.class, memory, index, ByteOrder.class);
        try {
            MethodHandle load = MethodHandles.publicLookup().findStatic(vector, name, type);
            return MethodHandles.insertArguments(
                            MethodHandles.insertArguments(load, 3, ByteOrder.LITTLE_ENDIAN), 0, species)
                    .asType(MethodType.methodType(vector, Object.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "Java " + Runtime.version() + " has no " + vector.getSimpleName() + "." + name, e);
        }
    }

    /** A direct buffer, from its beginning, in the form in which this JDK reads vectors. */
    static Object of(ByteBuffer buffer) {
        try {
            return (Object) WHOLE.invokeExact(buffer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** As many bytes as a vector has floats. */
    static ByteVector bytes(Object memory, int at) {
        try {
            return (ByteVector) BYTES.invokeExact(memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** As many ints as a vector has floats. */
    static IntVector ints(Object memory, int at) {
        try {
            return (IntVector) INTS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Neither method has checked exceptions. */
    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}

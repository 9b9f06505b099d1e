package org.lsradapt.lsr.backend;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads and writes vectors in native memory. JDK 17 has methods for byte buffers, newer JDKs have methods for memory
 * segments, and none has both. Method handles in constants are compiled as direct calls, so that one class serves all
 * JDKs and nothing needs a newer JDK to compile.
 */
final class VectorMemory {

    /** Whether vectors are read from memory segments. */
    static final boolean HAS_SEGMENTS;

    private static final MethodHandle WHOLE;
    private static final MethodHandle BYTES;
    private static final MethodHandle INTS;
    private static final MethodHandle PUT_BYTES;
    private static final MethodHandle PUT_SHORTS;
    private static final MethodHandle PUT_FLOATS;

    static {
        MethodHandle whole;
        Class<?> memory;
        Class<?> index;
        String suffix;
        try {
            memory = Class.forName("java.lang.foreign.MemorySegment");
            whole = MethodHandles.publicLookup()
                    .findStatic(memory, "ofBuffer", MethodType.methodType(memory, Buffer.class));
            index = long.class;
            suffix = "MemorySegment";
        } catch (ReflectiveOperationException e) {
            memory = ByteBuffer.class;
            whole = MethodHandles.identity(ByteBuffer.class);
            index = int.class;
            suffix = "ByteBuffer";
        }
        HAS_SEGMENTS = index == long.class;
        WHOLE = whole.asType(MethodType.methodType(Object.class, ByteBuffer.class));
        BYTES = load(ByteVector.class, "from" + suffix, memory, index, VectorKernels.BYTES);
        INTS = load(IntVector.class, "from" + suffix, memory, index, VectorKernels.INTS);
        PUT_BYTES = store(ByteVector.class, "into" + suffix, memory, index);
        PUT_SHORTS = store(ShortVector.class, "into" + suffix, memory, index);
        PUT_FLOATS = store(FloatVector.class, "into" + suffix, memory, index);
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
            throw missing(vector, name, e);
        }
    }

    private static MethodHandle store(Class<? extends Vector<?>> vector, String name, Class<?> memory, Class<?> index) {
        MethodType type = MethodType.methodType(void.class, memory, index, ByteOrder.class);
        try {
            MethodHandle store = MethodHandles.publicLookup().findVirtual(vector, name, type);
            return MethodHandles.insertArguments(store, 3, ByteOrder.LITTLE_ENDIAN)
                    .asType(MethodType.methodType(void.class, vector, Object.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw missing(vector, name, e);
        }
    }

    private static IllegalStateException missing(Class<?> vector, String name, Exception cause) {
        return new IllegalStateException(
                "Java " + Runtime.version() + " has no " + vector.getSimpleName() + "." + name, cause);
    }

    /** A direct buffer, from its beginning, in the form from which this JDK reads vectors. */
    static Object of(ByteBuffer buffer) {
        try {
            return (Object) WHOLE.invokeExact(buffer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Reads as many bytes as a vector has floats. */
    static ByteVector bytes(Object memory, int at) {
        try {
            return (ByteVector) BYTES.invokeExact(memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Reads as many ints as a vector has floats. */
    static IntVector ints(Object memory, int at) {
        try {
            return (IntVector) INTS.invokeExact(memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Reads as many floats as a vector has. */
    static FloatVector floats(Object memory, int at) {
        return ints(memory, at).reinterpretAsFloats();
    }

    /** Writes a vector at a byte offset. */
    static void put(ByteVector vector, Object memory, int at) {
        try {
            PUT_BYTES.invokeExact(vector, memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void put(ShortVector vector, Object memory, int at) {
        try {
            PUT_SHORTS.invokeExact(vector, memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void put(FloatVector vector, Object memory, int at) {
        try {
            PUT_FLOATS.invokeExact(vector, memory, at);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Wraps a throwable: none of the methods declares checked exceptions. */
    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}

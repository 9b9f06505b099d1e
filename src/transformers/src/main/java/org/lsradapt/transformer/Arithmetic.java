package org.lsradapt.transformer;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;

/** The backend of a pass's matrix products, the kernels of everything else, and the memory of its arrays. */
record Arithmetic(Backend backend, Kernels kernels, Memory memory) {

    static Arithmetic of(Backend backend, DataType type) {
        return new Arithmetic(backend, Kernels.standard(backend, type), Memory.NATIVE);
    }

    /** Returns arithmetic in FLOAT that neither computes nor allocates; passes with it count memory. */
    static Arithmetic counting(Backend backend, Memory memory) {
        return new Arithmetic(
                idle(Backend.class, backend), idle(Kernels.class, Kernels.standard(backend, DataType.FLOAT)), memory);
    }

    /** Returns an object whose methods without a result do nothing, and otherwise answer as those of another. */
    private static <T> T idle(Class<T> type, T other) {
        InvocationHandler answer = (idle, method, arguments) -> method.getReturnType() == void.class
                ? null
                : method.getReturnType() == type ? idle : method.invoke(other, arguments);
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answer));
    }
}

package org.lsradapt.cuda.internal;

import java.util.function.Function;

/** A compiled module: the compiler's messages, if any, and a function that finds a kernel by its PTX name. */
public record DeviceModule(String log, Function<String, DeviceKernel> kernels) {

    public DeviceKernel kernel(String name) {
        return kernels.apply(name);
    }
}

package org.lsradapt.cuda.internal;

import java.util.function.Function;

/**
 * A module that a device has compiled.
 *
 * @param log the compiler's messages; empty if there are none
 * @param kernels finds a kernel by its name in the module's PTX; throws {@link CudaFailure} if there is none
 */
public record DeviceModule(String log, Function<String, DeviceKernel> kernels) {

    public DeviceKernel kernel(String name) {
        return kernels.apply(name);
    }
}

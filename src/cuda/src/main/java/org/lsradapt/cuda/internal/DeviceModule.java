package org.lsradapt.cuda.internal;

/** A module that a device has compiled. */
public interface DeviceModule {

    /** The compiler's messages; empty if there are none. */
    String log();

    /**
     * Returns one of the module's kernels.
     *
     * @param name the name in the module's PTX
     * @throws CudaFailure if the module has no such kernel
     */
    DeviceKernel kernel(String name);
}

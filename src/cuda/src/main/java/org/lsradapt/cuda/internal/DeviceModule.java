package org.lsradapt.cuda.internal;

/** A module that a device has translated. */
public interface DeviceModule {

    /** The translation's messages; empty if there are none. */
    String log();

    /**
     * One of its kernels.
     *
     * @param name as in its PTX
     * @throws CudaFailure if it has none of this name
     */
    DeviceKernel kernel(String name);
}

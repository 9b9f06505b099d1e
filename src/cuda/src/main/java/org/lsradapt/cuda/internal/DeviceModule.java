package org.lsradapt.cuda.internal;

/** A module that a device has translated. */
public interface DeviceModule {

    /** What the translation had to say; empty if nothing. */
    String log();

    /**
     * One of its kernels.
     *
     * @param name as in its PTX
     * @throws CudaFailure if it has none of this name
     */
    DeviceKernel kernel(String name);
}

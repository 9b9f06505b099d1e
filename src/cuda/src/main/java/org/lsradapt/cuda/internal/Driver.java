package org.lsradapt.cuda.internal;

/** The part of NVIDIA's driver that finds devices. */
public interface Driver {

    /** The newest CUDA version that the driver supports, as 1000·major + 10·minor. */
    int version();

    /** The file of the driver's library, or its name. */
    String file();

    /** The library for matrix products: name, version and file; throws {@link CudaFailure} without one. */
    String products();

    /** Returns the number of devices; throws {@link CudaFailure} if the driver does not start. */
    int deviceCount();

    /** Opens a device, which the caller closes, or throws {@link CudaFailure}. */
    Device open(int ordinal);
}

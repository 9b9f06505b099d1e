package org.lsradapt.cuda.internal;

/** The part of NVIDIA's driver that finds devices. */
public interface Driver {

    /** The newest CUDA version that the driver supports, as 1000·major + 10·minor. */
    int version();

    /** The file of its library, or its name. */
    String file();

    /**
     * The library of matrix products for this driver: name, version and file.
     *
     * @throws CudaFailure if it is missing
     */
    String products();

    /**
     * How many devices there are.
     *
     * @throws CudaFailure if the driver does not start
     */
    int deviceCount();

    /**
     * Opens a device.
     *
     * @param ordinal from 0
     * @return the device, which the caller closes
     * @throws CudaFailure if it cannot be opened
     */
    Device open(int ordinal);
}

package org.lsradapt.cuda.internal;

/** The part of NVIDIA's driver that finds devices. */
public interface Driver {

    /** The newest CUDA version that the driver supports, as 1000·major + 10·minor. */
    int version();

    /** The file of the driver's library, or its name. */
    String file();

    /**
     * The library for matrix products with this driver: name, version and file.
     *
     * @throws CudaFailure if it is missing
     */
    String products();

    /**
     * Returns the number of devices.
     *
     * @throws CudaFailure if the driver does not start
     */
    int deviceCount();

    /**
     * Opens a device.
     *
     * @param ordinal the device's number, from 0
     * @return the device; the caller closes it
     * @throws CudaFailure if it cannot be opened
     */
    Device open(int ordinal);
}

package org.lsradapt.cuda.internal;

/** The part of NVIDIA's driver that finds devices. */
public interface Driver {

    /** The newest CUDA version that the driver supports, as 1000·major + 10·minor. */
    int version();

    /** How many devices there are. */
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

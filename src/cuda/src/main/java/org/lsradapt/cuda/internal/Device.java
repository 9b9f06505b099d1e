package org.lsradapt.cuda.internal;

/**
 * One opened device with one stream: what is asked of it happens in order. For one thread at a time, which may be another
 * one each time. Addresses of device memory are plain numbers; nobody but the caller knows whose they are.
 */
public interface Device extends AutoCloseable {

    DeviceDescription description();

    /** Bytes that can still be allocated. */
    long freeBytes();

    /**
     * Allocates device memory, whose contents are undefined.
     *
     * @param bytes more than 0
     * @return its address, a multiple of 256
     * @throws CudaFailure if there is too little
     */
    long allocate(long bytes);

    /** Gives memory back, after everything that was asked for before. */
    void free(long address);

    /** Copies from host memory to the device; host memory may be written again on return. */
    void upload(long host, long device, long bytes);

    /** Copies from the device to host memory, after everything that was asked for before. */
    void download(long device, long host, long bytes);

    /** Copies within the device. */
    void copy(long from, long to, long bytes);

    /** Sets each byte. */
    void fill(long device, byte value, long bytes);

    /**
     * Translates a module for this device.
     *
     * @param name for messages
     * @param ptx its text
     * @return the module, which lives as long as the device
     * @throws CudaFailure if the driver refuses it, with the log of its compiler
     */
    DeviceModule load(String name, String ptx);

    /**
     * Starts a kernel.
     *
     * @param kernel of one of this device's modules
     * @param gridX blocks along x
     * @param gridY blocks along y, at most 65535
     * @param threads threads of a block
     * @param arguments what it is given; copied
     */
    void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments);

    /** Waits until everything that was asked for is done. */
    void synchronize();

    /** A point in time on the device, behind everything that was asked for before. */
    DeviceEvent record();

    /** Matrix products on this device. Made at the first call, for which cuBLASLt has to be there. */
    Products products();

    @Override
    void close();
}

package org.lsradapt.cuda.internal;

import java.util.List;

/**
 * One opened device with one stream, which runs calls in order. For one thread at a time, not always the same one. Addresses
 * of device memory are plain numbers; the caller keeps track of their owners.
 */
public interface Device extends AutoCloseable {

    DeviceDescription description();

    /** The number of bytes that can still be allocated. */
    long freeBytes();

    /** Allocates memory with undefined contents, at a multiple of 256, or throws {@link CudaFailure}. */
    long allocate(long bytes);

    /** Frees memory, after all earlier calls have run. */
    void free(long address);

    /** Copies from host memory to the device; the caller may overwrite the host memory on return. */
    void upload(long host, long device, long bytes);

    /** Bytes in host memory, and where they go in a piece of device memory. */
    record Part(long host, long offset, long bytes) {}

    /** Copies parts, in their order, to one piece of device memory, of which the rest becomes undefined. */
    default void upload(List<Part> parts, long device) {
        parts.forEach(part -> upload(part.host(), device + part.offset(), part.bytes()));
    }

    /** Copies from the device to host memory, after all earlier calls have run. */
    void download(long device, long host, long bytes);

    void copy(long from, long to, long bytes);

    void fill(long device, byte value, long bytes);

    /** Compiles a module, valid as long as the device; a {@link CudaFailure} has the compiler's log. */
    DeviceModule load(String name, String ptx);

    /** Starts a kernel; at most 65,535 blocks along y; the arguments are copied. */
    void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments);

    /** Waits until all earlier calls have run. */
    void synchronize();

    /** The milliseconds that calls take on the device, after all earlier ones. */
    double milliseconds(Runnable calls);

    /** The matrix products of this device. The first call needs cuBLASLt. */
    Products products();

    @Override
    void close();
}

package org.lsradapt.cuda.internal.pass;

import java.util.HashMap;
import java.util.Map;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceDescription;
import org.lsradapt.cuda.internal.DeviceKernel;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.Products;

/** Counts allocations instead of making them, and computes nothing. */
final class MeasuringDevice implements Device {
    private final DeviceDescription description;
    private final Map<Long, Long> allocations = new HashMap<>();
    private long next = 256;
    private long held;

    MeasuringDevice(DeviceDescription description) {
        this.description = description;
    }

    long held() {
        return held;
    }

    @Override
    public DeviceDescription description() {
        return description;
    }

    @Override
    public long freeBytes() {
        return Long.MAX_VALUE - held;
    }

    @Override
    public long allocate(long bytes) {
        long address = next;
        next += (bytes + 255) / 256 * 256;
        allocations.put(address, bytes);
        held += bytes;
        return address;
    }

    @Override
    public void free(long address) {
        held -= allocations.remove(address);
    }

    @Override
    public void upload(long host, long device, long bytes) {}

    @Override
    public void download(long device, long host, long bytes) {}

    @Override
    public void copy(long from, long to, long bytes) {}

    @Override
    public void fill(long device, byte value, long bytes) {}

    @Override
    public DeviceModule load(String name, String ptx) {
        return new DeviceModule("", kernel -> new DeviceKernel(kernel, 0));
    }

    @Override
    public void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments) {
        kernel.requireLaunch(gridX, gridY, threads);
    }

    @Override
    public void synchronize() {}

    @Override
    public double milliseconds(Runnable calls) {
        calls.run();
        return 0;
    }

    @Override
    public Products products() {
        return (product, a, b, c, bias) -> {};
    }

    @Override
    public void close() {}
}

package org.lsradapt.cuda.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A device of NVIDIA's driver, in its primary context, which PyTorch and others in this process use as well. */
final class NativeDevice implements Device {
    private static final int NON_BLOCKING_STREAM = 1;
    private static final int MOST_PARAMETERS = 64;
    private static final int LOG_BYTES = 1 << 14;

    /** Names of options of the compiler: buffers of the two logs, and their sizes. */
    private static final int[] LOG_OPTIONS = {3, 4, 5, 6};

    private final int device;
    private final DeviceDescription description;
    private final Libraries libraries;
    private final long context;
    private final long stream;
    private final List<Long> modules = new ArrayList<>();

    /** Addresses of the parameters, and behind them the parameters, 8 bytes each. */
    private final Memory parameters = new Memory(2L * Long.BYTES * MOST_PARAMETERS);

    private @Nullable Products products;
    private boolean closed;

    NativeDevice(int device, DeviceDescription description, Libraries libraries) {
        this.device = device;
        this.description = description;
        this.libraries = libraries;
        long[] handle = new long[1];
        LibCuda.require("cuDevicePrimaryCtxRetain", LibCuda.cuDevicePrimaryCtxRetain(handle, device));
        context = handle[0];
        enter();
        LibCuda.require("cuStreamCreate", LibCuda.cuStreamCreate(handle, NON_BLOCKING_STREAM));
        stream = handle[0];
        long first = Pointer.nativeValue(parameters) + (long) Long.BYTES * MOST_PARAMETERS;
        for (int i = 0; i < MOST_PARAMETERS; i++) {
            parameters.setLong((long) Long.BYTES * i, first + (long) Long.BYTES * i);
        }
    }

    /** A context belongs to a thread, and the next call may come from another one. */
    private void enter() {
        if (closed) {
            throw new IllegalStateException("device is closed");
        }
        LibCuda.require("cuCtxSetCurrent", LibCuda.cuCtxSetCurrent(context));
    }

    @Override
    public DeviceDescription description() {
        return description;
    }

    @Override
    public long freeBytes() {
        enter();
        long[] free = new long[1];
        LibCuda.require("cuMemGetInfo", LibCuda.cuMemGetInfo_v2(free, new long[1]));
        return free[0];
    }

    @Override
    public long allocate(long bytes) {
        enter();
        long[] address = new long[1];
        int code = LibCuda.cuMemAlloc_v2(address, bytes);
        if (code != LibCuda.SUCCESS) {
            throw new CudaFailure(
                    "cuMemAlloc of " + bytes + " bytes, of which " + freeBytes() + " are free: " + LibCuda.error(code));
        }
        return address[0];
    }

    @Override
    public void free(long address) {
        synchronize();
        LibCuda.require("cuMemFree", LibCuda.cuMemFree_v2(address));
    }

    @Override
    public void upload(long host, long to, long bytes) {
        enter();
        LibCuda.require("cuMemcpyHtoDAsync", LibCuda.cuMemcpyHtoDAsync_v2(to, host, bytes, stream));
        LibCuda.require("cuStreamSynchronize", LibCuda.cuStreamSynchronize(stream));
    }

    @Override
    public void download(long from, long host, long bytes) {
        enter();
        LibCuda.require("cuMemcpyDtoHAsync", LibCuda.cuMemcpyDtoHAsync_v2(host, from, bytes, stream));
        LibCuda.require("cuStreamSynchronize", LibCuda.cuStreamSynchronize(stream));
    }

    @Override
    public void copy(long from, long to, long bytes) {
        enter();
        LibCuda.require("cuMemcpyDtoDAsync", LibCuda.cuMemcpyDtoDAsync_v2(to, from, bytes, stream));
    }

    @Override
    public void fill(long address, byte value, long bytes) {
        enter();
        LibCuda.require("cuMemsetD8Async", LibCuda.cuMemsetD8Async(address, value, bytes, stream));
    }

    @Override
    public DeviceModule load(String name, String ptx) {
        enter();
        byte[] text = ptx.getBytes(StandardCharsets.US_ASCII);
        long[] handle = new long[1];
        try (Memory image = new Memory(text.length + 1L);
                Memory info = new Memory(LOG_BYTES);
                Memory errors = new Memory(LOG_BYTES);
                Memory values = new Memory((long) Native.POINTER_SIZE * LOG_OPTIONS.length)) {
            image.write(0, text, 0, text.length);
            image.setByte(text.length, (byte) 0);
            info.clear();
            errors.clear();
            values.setPointer(0, info);
            values.setLong(8, LOG_BYTES);
            values.setPointer(16, errors);
            values.setLong(24, LOG_BYTES);
            int code = LibCuda.cuModuleLoadDataEx(handle, image, LOG_OPTIONS.length, LOG_OPTIONS, values);
            if (code != LibCuda.SUCCESS) {
                throw new CudaFailure("module " + name + ": cuModuleLoadDataEx: " + LibCuda.error(code) + ": "
                        + oneLine(errors.getString(0)));
            }
            modules.add(handle[0]);
            return new NativeModule(name, handle[0], oneLine(info.getString(0)));
        }
    }

    private static String oneLine(String log) {
        return log.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private record NativeModule(String name, long handle, String log) implements DeviceModule {
        @Override
        public DeviceKernel kernel(String kernel) {
            long[] function = new long[1];
            int code = LibCuda.cuModuleGetFunction(function, handle, kernel);
            if (code != LibCuda.SUCCESS) {
                throw new CudaFailure("module " + name + " has no kernel " + kernel + ": " + LibCuda.error(code));
            }
            return new DeviceKernel(kernel, function[0]);
        }
    }

    @Override
    public void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments) {
        enter();
        if (arguments.count() > MOST_PARAMETERS) {
            throw new IllegalArgumentException(
                    kernel.name() + ": " + arguments.count() + " arguments, at most " + MOST_PARAMETERS);
        }
        for (int i = 0; i < arguments.count(); i++) {
            parameters.setLong((long) Long.BYTES * (MOST_PARAMETERS + i), arguments.bits(i));
        }
        LibCuda.require(
                "cuLaunchKernel " + kernel.name(),
                LibCuda.cuLaunchKernel(
                        kernel.handle(), gridX, gridY, 1, threads, 1, 1, 0, stream, parameters, Pointer.NULL));
    }

    @Override
    public void synchronize() {
        enter();
        LibCuda.require("cuStreamSynchronize", LibCuda.cuStreamSynchronize(stream));
    }

    @Override
    public DeviceEvent record() {
        enter();
        long[] event = new long[1];
        LibCuda.require("cuEventCreate", LibCuda.cuEventCreate(event, 0));
        LibCuda.require("cuEventRecord", LibCuda.cuEventRecord(event[0], stream));
        return new NativeEvent(event[0]);
    }

    private record NativeEvent(long handle) implements DeviceEvent {
        @Override
        public double millisecondsTo(DeviceEvent later) {
            long end = ((NativeEvent) later).handle;
            float[] milliseconds = new float[1];
            LibCuda.require("cuEventSynchronize", LibCuda.cuEventSynchronize(end));
            LibCuda.require("cuEventElapsedTime", LibCuda.cuEventElapsedTime(milliseconds, handle, end));
            return milliseconds[0];
        }

        @Override
        public void close() {
            LibCuda.require("cuEventDestroy", LibCuda.cuEventDestroy_v2(handle));
        }
    }

    @Override
    public Products products() {
        enter();
        if (products == null) {
            products = new CublasLtProducts(this, stream, libraries);
        }
        return products;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        synchronize();
        if (products != null) {
            products.close();
        }
        for (long module : modules) {
            LibCuda.require("cuModuleUnload", LibCuda.cuModuleUnload(module));
        }
        LibCuda.require("cuStreamDestroy", LibCuda.cuStreamDestroy_v2(stream));
        closed = true;
        parameters.close();
        LibCuda.require("cuDevicePrimaryCtxRelease", LibCuda.cuDevicePrimaryCtxRelease_v2(device));
    }
}

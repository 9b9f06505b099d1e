package org.lsradapt.cuda.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A device of NVIDIA's driver, in its primary context, which it shares with PyTorch and others in this process. */
final class NativeDevice implements Device {
    private static final int NON_BLOCKING_STREAM = 1;
    private static final int MOST_PARAMETERS = 64;
    private static final int LOG_BYTES = 1 << 14;

    /** The memory that {@link #freeBytes} leaves, since allocations are rounded up and kernels need some. */
    private static final long MARGIN_BYTES = 64L << 20;

    private static final int MARGIN_PER_TOTAL = 100;

    private static final long STAGE_BYTES = 32L << 20;

    /** The numbers of compiler options: buffers of the two logs, and their sizes. */
    private static final int[] LOG_OPTIONS = {3, 4, 5, 6};

    private final int device;
    private final DeviceDescription description;
    private final NativeDriver driver;
    private final long context;
    private final long stream;
    private final List<Long> modules = new ArrayList<>();

    /** The addresses of the parameters, followed by the parameters, 8 bytes each. */
    private final Memory parameters = new Memory(2L * Long.BYTES * MOST_PARAMETERS);

    /** Page-locked memory, which uploads leave while the program goes on; null before the first. */
    private @Nullable Pointer stage;

    /** The bytes of the stage that uploads may still read, until the next wait. */
    private long staged;

    private @Nullable CublasLtProducts products;
    private boolean closed;

    /** The first error of a kernel, or null: after it, the driver refuses every call of the process. */
    private @Nullable CudaFailure lost;

    /** Whether {@link #lost} is still to be thrown, since {@link #free} found it. */
    private boolean untold;

    /** The last started kernel or product, null before the first; {@link #parameters} has a kernel's arguments. */
    private @Nullable Object started;

    private final int[] grid = new int[3];
    private int argumentCount;

    NativeDevice(int device, DeviceDescription description, NativeDriver driver) {
        this.device = device;
        this.description = description;
        this.driver = driver;
        long[] handle = new long[1];
        LibCuda.require("cuDevicePrimaryCtxRetain", LibCuda.cuDevicePrimaryCtxRetain(handle, device));
        context = handle[0];
        try {
            enter();
            require("cuStreamCreate", LibCuda.cuStreamCreate(handle, NON_BLOCKING_STREAM));
        } catch (IllegalStateException e) {
            parameters.close();
            LibCuda.cuDevicePrimaryCtxRelease_v2(device);
            throw e;
        }
        stream = handle[0];
        long first = Pointer.nativeValue(parameters) + (long) Long.BYTES * MOST_PARAMETERS;
        for (int i = 0; i < MOST_PARAMETERS; i++) {
            parameters.setLong((long) Long.BYTES * i, first + (long) Long.BYTES * i);
        }
    }

    /** Makes the context current: a context belongs to a thread, and each call may come from another one. */
    private void enter() {
        if (closed) {
            throw new IllegalStateException("device is closed");
        }
        if (lost != null) {
            throw told(new CudaFailure("the device was lost by an earlier error: " + lost.getMessage(), lost));
        }
        require("cuCtxSetCurrent", LibCuda.cuCtxSetCurrent(context));
    }

    /** The error to throw once the device is lost: the first time the kernel's own, then {@code again}. */
    private CudaFailure told(CudaFailure again) {
        CudaFailure failure = untold && lost != null ? lost : again;
        untold = false;
        return failure;
    }

    private void require(String call, int code) {
        if (code == LibCuda.SUCCESS) {
            return;
        }
        if (code == LibCuda.OUT_OF_MEMORY) {
            throw tooLittle(call + " finds no room", LibCuda.error(code));
        }
        CudaFailure failure = new CudaFailure(call + ": " + LibCuda.error(code) + lastStarted());
        if (LibCuda.isSticky(code)) {
            lost = failure;
        }
        throw failure;
    }

    /** Describes the last start: kernels run asynchronously, so a call may report the error of an earlier one. */
    private String lastStarted() {
        if (started instanceof DeviceKernel kernel) {
            List<String> bits = new ArrayList<>();
            for (int i = 0; i < argumentCount; i++) {
                bits.add(Long.toHexString(parameters.getLong((long) Long.BYTES * (MOST_PARAMETERS + i))));
            }
            return "; started last: " + kernel.name() + ", grid [" + grid[0] + ", " + grid[1] + "] of " + grid[2]
                    + " threads, arguments in hexadecimal " + bits;
        }
        return started == null ? "" : "; started last: " + started;
    }

    /** An error that says what was asked for, how much memory is free, and how the library put it. */
    TooLittleMemory tooLittle(String asked, String error) {
        long[] free = new long[1];
        String found = LibCuda.cuMemGetInfo_v2(free, new long[1]) == LibCuda.SUCCESS
                ? String.format(Locale.ROOT, "%.2f", usable(free[0]) / 0x1p30)
                : "an unknown part";
        return new TooLittleMemory(asked + ", found " + found + " of " + TooLittleMemory.gib(description.totalBytes())
                + " free: " + error);
    }

    private long usable(long free) {
        return Math.max(0, free - MARGIN_BYTES - description.totalBytes() / MARGIN_PER_TOTAL);
    }

    /** Keeps a product for the message of an error. */
    void starts(Product product) {
        started = product;
    }

    @Override
    public DeviceDescription description() {
        return description;
    }

    @Override
    public long freeBytes() {
        enter();
        long[] free = new long[1];
        require("cuMemGetInfo", LibCuda.cuMemGetInfo_v2(free, new long[1]));
        return usable(free[0]);
    }

    @Override
    public long allocate(long bytes) {
        enter();
        long[] address = new long[1];
        int code = LibCuda.cuMemAlloc_v2(address, bytes);
        if (code == LibCuda.OUT_OF_MEMORY) {
            throw tooLittle("the GPU has no " + TooLittleMemory.gib(bytes) + " in one piece", LibCuda.error(code));
        }
        require("cuMemAlloc of " + bytes + " bytes", code);
        return address[0];
    }

    @Override
    public void free(long address) {
        if (lost != null) {
            return;
        }
        try {
            synchronize();
            require("cuMemFree", LibCuda.cuMemFree_v2(address));
        } catch (CudaFailure e) {
            // Memory is often freed because of another error, which must not be hidden.
            if (lost == null) {
                throw e;
            }
            untold = true;
        }
    }

    @Override
    public void upload(long host, long to, long bytes) {
        if (bytes <= STAGE_BYTES) {
            upload(List.of(new Part(host, 0, bytes)), to);
            return;
        }
        enter();
        require("cuMemcpyHtoDAsync", LibCuda.cuMemcpyHtoDAsync_v2(to, host, bytes, stream));
        await();
    }

    @Override
    public void upload(List<Part> parts, long to) {
        Part last = parts.get(parts.size() - 1);
        long bytes = last.offset() + last.bytes();
        if (bytes > STAGE_BYTES) {
            Device.super.upload(parts, to);
            return;
        }
        enter();
        if (staged + bytes > STAGE_BYTES) {
            await();
        }
        Pointer from = stage().share(staged);
        for (Part part : parts) {
            ByteBuffer read = new Pointer(part.host()).getByteBuffer(0, part.bytes());
            from.getByteBuffer(part.offset(), part.bytes()).put(read);
        }
        staged += Arena.rounded(bytes);
        require("cuMemcpyHtoDAsync", LibCuda.cuMemcpyHtoDAsync_v2(to, Pointer.nativeValue(from), bytes, stream));
    }

    private Pointer stage() {
        if (stage == null) {
            long[] address = new long[1];
            require("cuMemHostAlloc", LibCuda.cuMemHostAlloc(address, STAGE_BYTES, 0));
            stage = new Pointer(address[0]);
        }
        return stage;
    }

    private void await() {
        require("cuStreamSynchronize", LibCuda.cuStreamSynchronize(stream));
        staged = 0;
    }

    @Override
    public void download(long from, long host, long bytes) {
        enter();
        require("cuMemcpyDtoHAsync", LibCuda.cuMemcpyDtoHAsync_v2(host, from, bytes, stream));
        await();
    }

    @Override
    public void copy(long from, long to, long bytes) {
        enter();
        require("cuMemcpyDtoDAsync", LibCuda.cuMemcpyDtoDAsync_v2(to, from, bytes, stream));
    }

    @Override
    public void fill(long address, byte value, long bytes) {
        enter();
        require("cuMemsetD8Async", LibCuda.cuMemsetD8Async(address, value, bytes, stream));
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
            if (code == LibCuda.OUT_OF_MEMORY) {
                throw tooLittle("module " + name + " finds no room", LibCuda.error(code));
            }
            if (code != LibCuda.SUCCESS) {
                throw new CudaFailure("module " + name + ": cuModuleLoadDataEx: " + LibCuda.error(code) + ": "
                        + oneLine(errors.getString(0)));
            }
            modules.add(handle[0]);
            return new DeviceModule(oneLine(info.getString(0)), kernel -> kernel(name, handle[0], kernel));
        }
    }

    private static String oneLine(String log) {
        return log.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private static DeviceKernel kernel(String module, long handle, String kernel) {
        long[] function = new long[1];
        int code = LibCuda.cuModuleGetFunction(function, handle, kernel);
        if (code != LibCuda.SUCCESS) {
            throw new CudaFailure("module " + module + " has no kernel " + kernel + ": " + LibCuda.error(code));
        }
        return new DeviceKernel(kernel, function[0]);
    }

    @Override
    public void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments) {
        enter();
        if (arguments.count() > MOST_PARAMETERS) {
            throw new IllegalArgumentException(
                    kernel.name() + ": " + arguments.count() + " arguments, at most " + MOST_PARAMETERS);
        }
        kernel.requireLaunch(gridX, gridY, threads);
        for (int i = 0; i < arguments.count(); i++) {
            parameters.setLong((long) Long.BYTES * (MOST_PARAMETERS + i), arguments.bits(i));
        }
        started = kernel;
        grid[0] = gridX;
        grid[1] = gridY;
        grid[2] = threads;
        argumentCount = arguments.count();
        int code = LibCuda.cuLaunchKernel(
                kernel.handle(), gridX, gridY, 1, threads, 1, 1, 0, stream, parameters, Pointer.NULL);
        if (code != LibCuda.SUCCESS) {
            require("cuLaunchKernel", code);
        }
    }

    @Override
    public void synchronize() {
        enter();
        await();
    }

    @Override
    public double milliseconds(Runnable calls) {
        long before = event();
        calls.run();
        long after = event();
        float[] milliseconds = new float[1];
        require("cuEventSynchronize", LibCuda.cuEventSynchronize(after));
        require("cuEventElapsedTime", LibCuda.cuEventElapsedTime(milliseconds, before, after));
        require("cuEventDestroy", LibCuda.cuEventDestroy_v2(before));
        require("cuEventDestroy", LibCuda.cuEventDestroy_v2(after));
        return milliseconds[0];
    }

    private long event() {
        enter();
        long[] event = new long[1];
        require("cuEventCreate", LibCuda.cuEventCreate(event, 0));
        require("cuEventRecord", LibCuda.cuEventRecord(event[0], stream));
        return event[0];
    }

    @Override
    public Products products() {
        enter();
        if (products == null) {
            driver.bindProducts();
            products = new CublasLtProducts(this, stream);
        }
        return products;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            if (lost == null) {
                release();
            }
        } finally {
            closed = true;
            parameters.close();
        }
        if (untold && lost != null) {
            throw told(lost);
        }
    }

    private void release() {
        synchronize();
        if (products != null) {
            products.close();
        }
        if (stage != null) {
            require("cuMemFreeHost", LibCuda.cuMemFreeHost(stage));
        }
        for (long module : modules) {
            require("cuModuleUnload", LibCuda.cuModuleUnload(module));
        }
        require("cuStreamDestroy", LibCuda.cuStreamDestroy_v2(stream));
        require("cuDevicePrimaryCtxRelease", LibCuda.cuDevicePrimaryCtxRelease_v2(device));
    }
}

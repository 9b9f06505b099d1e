package org.lsradapt.cuda.interpreter;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceDescription;
import org.lsradapt.cuda.internal.DeviceKernel;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.Products;

/** A device in Java. */
final class InterpretedDevice implements Device {
    private final Memory memory;
    private final Coverage coverage;
    private final @Nullable Traffic traffic;
    private final List<Kernel> kernels = new ArrayList<>();
    private int launches;

    InterpretedDevice(long capacity, boolean truncates, Coverage coverage, @Nullable Traffic traffic) {
        memory = new Memory(capacity, truncates);
        this.coverage = coverage;
        this.traffic = traffic;
    }

    @Override
    public DeviceDescription description() {
        return new DeviceDescription("interpreted PTX", 8, 0, 1L << 30, 1, DeviceDescription.Limits.UNKNOWN);
    }

    @Override
    public long freeBytes() {
        return memory.free();
    }

    @Override
    public long allocate(long bytes) {
        if (bytes > memory.free()) {
            throw new CudaFailure("cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY");
        }
        return memory.allocate(bytes);
    }

    @Override
    public void free(long address) {
        memory.free(address);
    }

    @Override
    public void upload(long host, long device, long bytes) {
        Space space = memory.at(device);
        int at = space.hostWrites(device, bytes);
        new Pointer(host).read(0, space.bytes, at, (int) bytes);
    }

    @Override
    public void download(long device, long host, long bytes) {
        Space space = memory.at(device);
        int at = space.hostReads(device, bytes);
        new Pointer(host).write(0, space.bytes, at, (int) bytes);
    }

    @Override
    public void copy(long from, long to, long bytes) {
        Space source = memory.at(from);
        int at = source.hostReads(from, bytes);
        Space target = memory.at(to);
        System.arraycopy(source.bytes, at, target.bytes, target.hostWrites(to, bytes), (int) bytes);
    }

    @Override
    public void fill(long device, byte value, long bytes) {
        Space space = memory.at(device);
        int at = space.hostWrites(device, bytes);
        Arrays.fill(space.bytes, at, at + (int) bytes, value);
    }

    @Override
    public DeviceModule load(String name, String ptx) {
        Map<String, Supplier<Kernel>> parsed = PtxParser.parse(ptx);
        return new DeviceModule("", kernel -> {
            if (!parsed.containsKey(kernel)) {
                throw new CudaFailure("module " + name + " has no kernel " + kernel);
            }
            kernels.add(parsed.get(kernel).get());
            return new DeviceKernel(kernel, kernels.size() - 1);
        });
    }

    @Override
    public void launch(DeviceKernel named, int gridX, int gridY, int threads, Arguments arguments) {
        Kernel kernel = kernels.get((int) named.handle());
        named.requireLaunch(gridX, gridY, threads);
        if (threads > kernel.mostThreads()) {
            throw new CudaFailure("cuLaunchKernel " + named.name() + ": CUDA_ERROR_INVALID_VALUE, grid [" + gridX + ", "
                    + gridY + "] of " + threads + " threads");
        }
        requireArguments(kernel, arguments);
        launches++;
        Step[] steps = kernel.steps().toArray(Step[]::new);
        BitSet executed = coverage.of(kernel);
        List<Warp> warps = new ArrayList<>();
        for (int first = 0; first < threads; first += Warp.LANES) {
            Warp warp = new Warp(kernel, steps, first, threads, executed, traffic == null ? null : traffic.of(kernel));
            place(arguments, warp.registers);
            warps.add(warp);
        }
        for (int y = 0; y < gridY; y++) {
            for (int x = 0; x < gridX; x++) {
                new BlockRun(kernel, memory, launches, x, y, gridX, gridY, threads).run(steps, warps);
            }
        }
    }

    /** Parameters are the first rows, in their order. */
    private static void place(Arguments arguments, long[] registers) {
        for (int i = 0; i < arguments.count(); i++) {
            Arrays.fill(registers, Warp.LANES * i, Warp.LANES * (i + 1), arguments.bits(i));
        }
    }

    private static void requireArguments(Kernel kernel, Arguments arguments) {
        List<Integer> given = new ArrayList<>();
        for (int i = 0; i < arguments.count(); i++) {
            given.add(arguments.size(i));
        }
        if (!given.equals(kernel.parameterBytes())) {
            throw new DeviceFault(
                    kernel.name() + ": arguments of " + given + " bytes, parameters of " + kernel.parameterBytes());
        }
    }

    @Override
    public void synchronize() {}

    @Override
    public double milliseconds(Runnable calls) {
        long start = System.nanoTime();
        calls.run();
        return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public Products products() {
        return new InterpretedProducts(memory);
    }

    /** Allocations that were not freed. */
    int allocations() {
        return memory.allocations();
    }

    @Override
    public void close() {}
}

package org.lsradapt.cuda.internal.kernels;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceKernel;
import org.lsradapt.cuda.internal.DeviceModule;

/** Kernels of one loaded module, in blocks of {@link #THREADS} threads. For one thread at a time. */
abstract class Kernels {
    static final int THREADS = 128;

    private final Device device;
    private final DeviceModule module;
    private final Map<String, DeviceKernel> found = new HashMap<>();
    private final Arguments arguments = new Arguments();

    Kernels(Device device, DeviceModule module) {
        this.device = device;
        this.module = module;
    }

    /** The arguments of the next launch, which begin with addresses. */
    final Arguments arguments(long... addresses) {
        return arguments.clear().addresses(addresses);
    }

    /** Starts a kernel with the last {@link #arguments}. */
    final void launch(String kernel, int gridX, int gridY) {
        device.launch(found.computeIfAbsent(kernel, module::kernel), gridX, gridY, THREADS, arguments);
    }

    /** The product of sizes, which kernels count in 32 bits. */
    static int count(int... sizes) {
        long count = 1;
        for (int size : sizes) {
            count *= size;
            if (count > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("a kernel on arrays of " + Arrays.toString(sizes)
                        + " numbers, expected fewer than 2^31 in all; use smaller batches");
            }
        }
        return (int) count;
    }

    /** The number of blocks with a thread for each of {@code n} numbers. */
    static int blocks(long n) {
        return Math.toIntExact((n + THREADS - 1) / THREADS);
    }
}

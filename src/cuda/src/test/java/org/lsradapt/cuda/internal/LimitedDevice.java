package org.lsradapt.cuda.internal;

import com.sun.jna.Pointer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device that computes nothing, but has the limits of a real one: sizes of grids and blocks, shared memory, parameters of
 * kernels, alignment, and copies within allocations. Results are 0. A kernel's fault is reported by the next call that waits,
 * and by every call after it.
 */
final class LimitedDevice implements Device {
    private static final int MOST_BLOCKS_ALONG_Y = 65_535;
    private static final int MOST_THREADS = 1024;
    private static final int SHARED_BYTES = 48 << 10;
    private static final long FIRST = 0x7F00_0000_0000L;

    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(([^)]*)\\)(.*?)\\n\\}", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("\\.param \\.[a-z](\\d+)");
    private static final Pattern SHARED = Pattern.compile("\\.shared \\.align \\d+ \\.b8 \\w+\\[(\\d+)\\]");

    private final TreeMap<Long, Long> allocations = new TreeMap<>();
    private final Map<String, String> parameters = new HashMap<>();
    private long next = FIRST;
    private String lost = "";
    private String pending = "";

    private void enter() {
        if (!lost.isEmpty()) {
            throw new CudaFailure(lost);
        }
    }

    private void invalid(String what) {
        throw new CudaFailure("CUDA_ERROR_INVALID_VALUE: " + what);
    }

    /** Requires that bytes are in one allocation. */
    private boolean isAllocated(long address, long bytes) {
        Map.Entry<Long, Long> allocation = allocations.floorEntry(address);
        return bytes >= 0 && allocation != null && address + bytes <= allocation.getKey() + allocation.getValue();
    }

    private void requireCopy(String what, long address, long bytes) {
        enter();
        if (!isAllocated(address, bytes)) {
            invalid(what + " of " + bytes + " bytes at " + Long.toHexString(address) + ", which leaves an allocation");
        }
    }

    private void waits() {
        if (!pending.isEmpty()) {
            lost = pending;
        }
        enter();
    }

    @Override
    public DeviceDescription description() {
        return new DeviceDescription("limits of a device", 8, 0, 1L << 30, 1, DeviceDescription.Limits.UNKNOWN);
    }

    @Override
    public long freeBytes() {
        enter();
        return (1L << 30)
                - allocations.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long allocate(long bytes) {
        enter();
        if (bytes <= 0) {
            invalid("an allocation of " + bytes + " bytes");
        }
        long address = next;
        next += (bytes + 511) / 256 * 256;
        allocations.put(address, bytes);
        return address;
    }

    @Override
    public void free(long address) {
        if (lost.isEmpty() && allocations.remove(address) == null) {
            invalid("frees " + Long.toHexString(address) + ", which is not an allocation");
        }
    }

    @Override
    public void upload(long host, long device, long bytes) {
        requireCopy("upload", device, bytes);
    }

    @Override
    public void download(long device, long host, long bytes) {
        requireCopy("download", device, bytes);
        waits();
        new Pointer(host).clear(bytes);
    }

    @Override
    public void copy(long from, long to, long bytes) {
        requireCopy("copy", from, bytes);
        requireCopy("copy", to, bytes);
    }

    @Override
    public void fill(long device, byte value, long bytes) {
        requireCopy("fill", device, bytes);
    }

    @Override
    public DeviceModule load(String name, String ptx) {
        Matcher entry = ENTRY.matcher(ptx);
        while (entry.find()) {
            StringBuilder sizes = new StringBuilder();
            Matcher parameter = PARAMETER.matcher(entry.group(2));
            while (parameter.find()) {
                sizes.append(Integer.parseInt(parameter.group(1)) / Byte.SIZE).append(' ');
            }
            int shared = 0;
            Matcher used = SHARED.matcher(entry.group(3));
            while (used.find()) {
                shared += Integer.parseInt(used.group(1));
            }
            if (shared > SHARED_BYTES) {
                throw new CudaFailure("module " + name + ": " + entry.group(1) + " uses too much shared data, " + shared
                        + " bytes of " + SHARED_BYTES);
            }
            parameters.put(entry.group(1), sizes.toString());
        }
        return new DeviceModule("", kernel -> {
            if (!parameters.containsKey(kernel)) {
                throw new CudaFailure("module " + name + " has no kernel " + kernel);
            }
            return new DeviceKernel(kernel, 1);
        });
    }

    @Override
    public void launch(DeviceKernel kernel, int gridX, int gridY, int threads, Arguments arguments) {
        enter();
        // Along x, an int holds no more blocks than a device takes.
        if (gridX < 1 || gridY < 1 || gridY > MOST_BLOCKS_ALONG_Y || threads < 1 || threads > MOST_THREADS) {
            invalid(kernel.name() + ", grid [" + gridX + ", " + gridY + "] of " + threads + " threads");
        }
        StringBuilder sizes = new StringBuilder();
        for (int i = 0; i < arguments.count(); i++) {
            sizes.append(arguments.size(i)).append(' ');
            long bits = arguments.bits(i);
            // All addresses are above this, and all numbers below.
            if (arguments.size(i) == Long.BYTES && bits >= FIRST && bits < next) {
                int aligned = kernel.name().startsWith("widen_") ? Short.BYTES : Float.BYTES;
                if (bits % aligned != 0) {
                    pending = "CUDA_ERROR_MISALIGNED_ADDRESS: " + kernel.name() + ", argument " + i;
                } else if (!isAllocated(bits, 1)) {
                    pending = "CUDA_ERROR_ILLEGAL_ADDRESS: " + kernel.name() + ", argument " + i;
                }
            }
        }
        if (!sizes.toString().equals(parameters.get(kernel.name()))) {
            invalid(kernel.name() + ", arguments of " + sizes + "bytes, expected " + parameters.get(kernel.name()));
        }
    }

    @Override
    public void synchronize() {
        waits();
    }

    @Override
    public double milliseconds(Runnable calls) {
        calls.run();
        waits();
        return 0;
    }

    @Override
    public Products products() {
        return (p, a, b, c, bias) -> {
            int bytes = p.precision().operands().bytes();
            requireMatrix(p, a, bytes, p.transposeA() ? p.k() : p.m(), p.transposeA() ? p.m() : p.k(), p.strideA());
            requireMatrix(p, b, bytes, p.transposeB() ? p.n() : p.k(), p.transposeB() ? p.k() : p.n(), p.strideB());
            requireMatrix(p, c, Float.BYTES, p.m(), p.n(), p.strideC());
            if (bias != 0) {
                requireMatrix(p, bias, Float.BYTES, 1, p.n(), p.n());
            }
        };
    }

    private void requireMatrix(Product product, long address, int bytes, int rows, int columns, int stride) {
        requireCopy("matrix of " + product, address, bytes * ((long) (rows - 1) * stride + columns));
        if (address % bytes != 0 || stride < columns) {
            invalid("matrix of " + product + " at " + Long.toHexString(address));
        }
    }

    /** The number of allocations that were not freed. */
    int allocations() {
        return allocations.size();
    }

    @Override
    public void close() {}
}

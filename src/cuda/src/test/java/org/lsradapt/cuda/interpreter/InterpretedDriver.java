package org.lsradapt.cuda.interpreter;

import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Driver;

/** A driver without a device: kernels are interpreted, PTX instruction by PTX instruction. */
public final class InterpretedDriver implements Driver {
    private final long capacity;
    private final boolean truncates;
    private final Coverage coverage = new Coverage();
    private final @Nullable Traffic traffic;

    /** With 1 GiB of device memory. */
    public InterpretedDriver() {
        this(1L << 30);
    }

    public InterpretedDriver(long capacity) {
        this(capacity, false, null);
    }

    private InterpretedDriver(long capacity, boolean truncates, @Nullable Traffic traffic) {
        this.capacity = capacity;
        this.truncates = truncates;
        this.traffic = traffic;
    }

    /** With operands in TF32, and sums of matrix instructions, that are truncated, as some devices have them. */
    public static InterpretedDriver truncating() {
        return new InterpretedDriver(1L << 30, true, null);
    }

    /** Counts requests to global memory. */
    public static InterpretedDriver counting(Traffic traffic) {
        return new InterpretedDriver(1L << 30, false, traffic);
    }

    /** The instructions that its devices have executed. */
    public Coverage coverage() {
        return coverage;
    }

    @Override
    public int version() {
        return 12090;
    }

    @Override
    public String file() {
        return "interpreted PTX";
    }

    @Override
    public String products() {
        return "products in Java";
    }

    @Override
    public int deviceCount() {
        return 1;
    }

    @Override
    public Device open(int ordinal) {
        if (ordinal != 0) {
            throw new CudaFailure("device " + ordinal + ": there is one device, number 0");
        }
        return new InterpretedDevice(capacity, truncates, coverage, traffic);
    }
}

package org.lsradapt.cuda.internal;

/** Kernels that widen weights in blocks of 32 numbers, Q8_0 or Q4_0, to FLOAT or BF16. */
public final class BlockKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel bytes;
    private final DeviceKernel halfBytes;
    private final Arguments arguments = new Arguments();

    /**
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code blocks}
     * @param isBrain true for BF16, false for FLOAT
     */
    public BlockKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        String type = isBrain ? "bf16" : "f32";
        bytes = module.kernel("widen_q8_0_" + type);
        halfBytes = module.kernel("widen_q4_0_" + type);
    }

    /**
     * Widens blocks.
     *
     * @param isBytes true for Q8_0, false for Q4_0
     * @param blocks address of the first block, a multiple of 2
     * @param out address of the numbers
     * @param n the number of numbers, a multiple of 32
     */
    public void widen(boolean isBytes, long blocks, long out, long n) {
        arguments.clear().addresses(blocks, out).int64(n);
        int grid = Math.toIntExact((n + THREADS - 1) / THREADS);
        device.launch(isBytes ? bytes : halfBytes, grid, 1, THREADS, arguments);
    }
}

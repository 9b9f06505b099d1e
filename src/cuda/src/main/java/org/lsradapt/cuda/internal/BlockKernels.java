package org.lsradapt.cuda.internal;

/** Weights in blocks of 32 numbers, Q8_0 or Q4_0, widened to FLOAT or BF16. */
public final class BlockKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel bytes;
    private final DeviceKernel halfBytes;
    private final Arguments arguments = new Arguments();

    /**
     * Kernels of a loaded module.
     *
     * @param device where it is loaded
     * @param module {@code blocks}
     * @param isBrain whether to BF16
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
     * @param isBytes whether they are Q8_0, else Q4_0
     * @param blocks address of the first, a multiple of 2
     * @param out address of the numbers
     * @param n how many numbers, a multiple of 32
     */
    public void widen(boolean isBytes, long blocks, long out, long n) {
        arguments.clear().addresses(blocks, out).int64(n);
        int grid = Math.toIntExact((n + THREADS - 1) / THREADS);
        device.launch(isBytes ? bytes : halfBytes, grid, 1, THREADS, arguments);
    }
}

package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Widens weights in blocks of 32 numbers, Q8_0 or Q4_0, to FLOAT or BF16: the module {@code blocks}. */
public final class BlockKernels extends Kernels {
    private final String type;

    public BlockKernels(Device device, DeviceModule module, boolean isBrain) {
        super(device, module);
        type = isBrain ? "bf16" : "f32";
    }

    /** Widens n numbers, a multiple of 32, from blocks of Q8_0 or Q4_0 at an even address. */
    public void widen(boolean isBytes, long blocks, long out, long n) {
        arguments(blocks, out).int64(n);
        launch((isBytes ? "widen_q8_0_" : "widen_q4_0_") + type, blocks(n), 1);
    }
}

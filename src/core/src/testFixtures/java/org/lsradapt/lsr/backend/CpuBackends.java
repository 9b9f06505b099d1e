package org.lsradapt.lsr.backend;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;

/** CPU backends whose division of work is the same on every machine. */
public final class CpuBackends {

    private CpuBackends() {}

    /** A backend with that many lanes, which divides its products among that many threads and multiplies no BF16. */
    public static CpuBackend dividedAmong(int threads) {
        return new CpuBackend(() -> threads, false);
    }

    /** As {@link #dividedAmong}, with products in BF16 where the processor multiplies it. */
    public static CpuBackend inBfloat16(int threads) {
        return new CpuBackend(() -> threads, OneDnn.multipliesBfloat16());
    }

    /** A backend as it is used, but for its vector instructions; null for none. */
    static CpuBackend withKernels(@Nullable RowKernels kernels) {
        return new CpuBackend(Parallel::available, OneDnn.multipliesBfloat16(), kernels);
    }
}

package org.lsradapt.lsr.backend;

/** CPU backends whose division of work is the same on every machine. */
public final class CpuBackends {

    private CpuBackends() {}

    /** A backend with that many lanes, which divides its products among that many threads and multiplies no BF16. */
    public static CpuBackend dividedAmong(int threads) {
        return new CpuBackend(() -> threads, false);
    }
}

package org.lsradapt.lsr.backend;

/** CPU backends whose division of work is the same on every machine. */
public final class CpuBackends {

    private CpuBackends() {}

    /** A backend with that many lanes, which divides its products among that many threads. */
    public static CpuBackend dividedAmong(int threads) {
        return new CpuBackend(() -> threads);
    }
}

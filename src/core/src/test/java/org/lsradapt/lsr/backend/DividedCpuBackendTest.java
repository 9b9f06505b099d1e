package org.lsradapt.lsr.backend;

/** The contract where work is divided, on a machine of one core too, and into parts of unequal size. */
class DividedCpuBackendTest extends BackendContract {
    @Override
    protected Backend backend() {
        return CpuBackends.dividedAmong(3);
    }
}

package org.lsradapt.lsr.backend;

class CpuBackendTest extends BackendContract {
    @Override
    Backend backend() {
        return new CpuBackend();
    }
}

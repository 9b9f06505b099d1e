package org.lsradapt.lsr.backend;

class Nd4jBackendTest extends BackendContract {
    @Override
    Backend backend() {
        return new Nd4jBackend();
    }
}

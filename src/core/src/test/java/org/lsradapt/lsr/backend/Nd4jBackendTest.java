package org.lsradapt.lsr.backend;

class Nd4jBackendTest extends BackendContract {
    @Override
    protected Backend backend() {
        return new Nd4jBackend();
    }
}

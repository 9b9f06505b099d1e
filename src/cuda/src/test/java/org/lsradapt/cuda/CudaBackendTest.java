package org.lsradapt.cuda;

import org.junit.jupiter.api.AfterAll;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.BackendContract;

/** The contract, with the shipped PTX interpreted. */
class CudaBackendTest extends BackendContract {
    private static final CudaBackend BACKEND = new CudaBackend(new InterpretedDriver().open(0));

    @Override
    protected Backend backend() {
        return BACKEND;
    }

    @AfterAll
    static void close() {
        BACKEND.close();
    }
}

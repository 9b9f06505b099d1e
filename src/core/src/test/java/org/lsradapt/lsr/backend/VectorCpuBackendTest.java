package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.lsradapt.lsr.internal.OneDnn;

/** The contract with vector instructions. */
class VectorCpuBackendTest extends BackendContract {

    @BeforeEach
    void requireKernels() {
        assumeTrue(RowKernels.installed() != null, () -> "vectors " + RowKernels.installedDescription());
    }

    @Override
    protected Backend backend() {
        return CpuBackends.withKernels(RowKernels.installed());
    }

    @Override
    protected boolean roundsToBfloat16() {
        return OneDnn.multipliesBfloat16();
    }
}

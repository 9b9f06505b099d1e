package org.lsradapt.encoder.kernels;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.nd4j.linalg.api.buffer.DataType;

/** Chooses the kernels that go with a backend. */
public final class Kernels {

    private Kernels() {}

    /**
     * The fastest kernels for a backend and a type.
     *
     * @param backend the backend of the matrix products
     * @param type the type of weights and activations
     * @return {@link CpuKernels} for FLOAT on {@link CpuBackend}, else {@link Nd4jKernels}
     */
    public static EncoderKernels standard(Backend backend, DataType type) {
        return backend instanceof CpuBackend && type == DataType.FLOAT ? new CpuKernels() : new Nd4jKernels();
    }
}

package org.lsradapt.cuda;

import java.util.List;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Runs a training's passes on an NVIDIA GPU: {@code FineTuning….passes(CudaPasses.open(0))}. The frozen weights are uploaded
 * once. A step uploads the adapters' factors and the embeddings of its tokens, computes all layers forward and backward on
 * the GPU, and downloads the hidden states that the objective reads and the factors' gradients. The GPU also computes losses
 * over a vocabulary; heads, other losses, embeddings and the optimizer stay on the CPU.
 *
 * <p>For predictions, embeddings and generation of a model: {@code model.passes(gpu)}.
 *
 * <p>Safe for trainings and predictions of several threads, which take turns. The caller that opens it closes it, after the
 * models that use it.
 */
public final class CudaPasses implements PassExecutor, AutoCloseable {
    private final Engine engine;
    private final String name;
    private final Products products;

    /** The arithmetic of matrix products. Sums of products and everything else are in FLOAT. */
    public enum Products {
        /** FLOAT. */
        FLOAT(Precision.FLOAT),
        /** FLOAT rounded to 10 fraction bits, on the GPU's matrix units. */
        TF32(Precision.TF32),
        /** BF16, on the GPU's matrix units; the GPU also keeps frozen weights in BF16. */
        BF16(Precision.BF16);

        private final Precision precision;

        Products(Precision precision) {
            this.precision = precision;
        }
    }

    /** Keeps the device and closes it. */
    CudaPasses(Device device, Products products) {
        name = device.description().name();
        this.products = products;
        engine = new Engine(device, products.precision);
    }

    /** Opens a device as {@link #open(int, Products)}, with products in FLOAT. */
    public static CudaPasses open(int ordinal) {
        return open(ordinal, Products.FLOAT);
    }

    /**
     * Opens a device of this machine.
     *
     * @param ordinal the device's number, from 0
     * @param products how to multiply matrices
     * @return the passes
     * @throws IllegalStateException with a one-line message, if NVIDIA's driver, cuBLASLt or the device is missing, or the
     *     device's compute capability is below 8.0
     */
    public static CudaPasses open(int ordinal, Products products) {
        Device device = NativeDriver.load(new Libraries()).open(ordinal);
        try {
            return new CudaPasses(device, products);
        } catch (RuntimeException e) {
            try (device) {
                throw e;
            }
        }
    }

    @Override
    public void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        // The expected inputs hold only for this training.
        synchronized (engine) {
            engine.expect(largest, evaluated);
            try {
                model.openPassesBy(engine);
            } finally {
                engine.expect(List.of(), List.of());
            }
        }
    }

    /**
     * Computes a step's gradients on the GPU; see {@link PassExecutor#gradients}.
     *
     * @throws IllegalArgumentException with a one-line message, if the GPU cannot compute a part of the model or its
     *     adapters
     * @throws IllegalStateException with a one-line message, if the GPU has too little memory for the model or a batch
     */
    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        model.openPassesBy(engine);
        return PassExecutor.LOCAL.gradients(model, step);
    }

    /** Computes the outputs on the GPU; see {@link PassExecutor#outputs}. Throws as {@link #gradients}. */
    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        model.openPassesBy(engine);
        return PassExecutor.LOCAL.outputs(model, batches);
    }

    /** Opens passes for predictions on the GPU. They throw as {@link #outputs}. */
    @Override
    public PassFactory inference() {
        return engine;
    }

    @Override
    public String arithmetic() {
        return "CUDA on " + name + ", " + products;
    }

    /** Frees the device's memory. */
    @Override
    public void close() {
        engine.close();
    }
}

package org.lsradapt.cuda;

import java.util.List;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.cuda.internal.pass.Precision;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;

/**
 * A training's passes on an NVIDIA GPU: {@code FineTuning….passes(CudaPasses.open(0))}. The frozen weights go up once;
 * a step uploads the adapters' factors and the embeddings of its tokens, computes all layers forward and backward there, and
 * brings down the hidden states that the objective reads and the factors' gradients. Losses over a vocabulary are computed there,
 * too; heads, other losses, embeddings and the optimizer stay on the CPU.
 *
 * <p>Predictions, embeddings and generation of a model: {@code model.passes(gpu)}.
 *
 * <p>Safe for trainings and predictions of several threads, which take turns. The caller that opens it closes it, after the
 * models that it was given to.
 */
public final class CudaPasses implements PassExecutor, AutoCloseable {
    private final Engine engine;
    private final String name;
    private final Products products;

    /** How matrices are multiplied. Everything else is computed in FLOAT, and sums of products are in FLOAT. */
    public enum Products {
        /** In FLOAT. */
        FLOAT(Precision.FLOAT),
        /** In FLOAT rounded to 10 bits behind the point, on the GPU's matrix units. */
        TF32(Precision.TF32),
        /** In BF16, on the GPU's matrix units; frozen weights are kept in BF16 there. */
        BF16(Precision.BF16);

        private final Precision precision;

        Products(Precision precision) {
            this.precision = precision;
        }
    }

    /** Keeps the device, and closes it. */
    CudaPasses(Device device, Products products) {
        name = device.description().name();
        this.products = products;
        engine = new Engine(device, products.precision);
    }

    /**
     * Opens a device of this machine, with products in FLOAT.
     *
     * @param ordinal its number, from 0
     * @return the passes
     * @throws IllegalStateException in one line, if NVIDIA's driver, cuBLASLt or the device is missing, or the device is
     *     of a compute capability below 8.0
     */
    public static CudaPasses open(int ordinal) {
        return open(ordinal, Products.FLOAT);
    }

    /**
     * Opens a device of this machine.
     *
     * @param ordinal its number, from 0
     * @param products how matrices are multiplied
     * @return the passes
     * @throws IllegalStateException as of {@link #open(int)}
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
        // What is expected holds for this training alone.
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
     * As described there.
     *
     * @throws IllegalArgumentException in one line, if the model or its adapters have a part that the GPU does not compute
     * @throws IllegalStateException in one line, if the GPU has too little memory for the model or a batch
     */
    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        model.openPassesBy(engine);
        return PassExecutor.LOCAL.gradients(model, step);
    }

    /**
     * As described there.
     *
     * @throws IllegalArgumentException in one line, if the model or its adapters have a part that the GPU does not compute
     * @throws IllegalStateException in one line, if the GPU has too little memory for the model or a batch
     */
    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        model.openPassesBy(engine);
        return PassExecutor.LOCAL.outputs(model, batches);
    }

    /**
     * Opens passes for predictions there. They throw as {@link #outputs}.
     */
    @Override
    public PassFactory inference() {
        return engine;
    }

    @Override
    public String arithmetic() {
        return "CUDA on " + name + ", " + products;
    }

    /** Gives the device's memory back. */
    @Override
    public void close() {
        engine.close();
    }
}

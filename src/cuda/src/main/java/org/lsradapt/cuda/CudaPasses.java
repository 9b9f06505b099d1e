package org.lsradapt.cuda;

import java.util.List;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.ModelInput;

/**
 * A training's passes on an NVIDIA GPU: {@code FineTuning….passes(CudaPasses.open(0))}. The frozen weights go up once, in FLOAT;
 * a step uploads the adapters' factors and the embeddings of its tokens, computes all layers forward and backward there, and
 * brings down the hidden states that the objective reads and the factors' gradients. Heads, losses, embeddings and the optimizer
 * stay on the CPU.
 *
 * <p>For one thread at a time. Whoever opens it closes it, after the models that it was given to.
 */
public final class CudaPasses implements PassExecutor, AutoCloseable {
    private final Engine engine;
    private final String name;

    /** Keeps the device, and closes it. */
    CudaPasses(Device device) {
        name = device.description().name();
        engine = new Engine(device);
    }

    /**
     * Opens a device of this machine.
     *
     * @param ordinal its number, from 0
     * @return the passes
     * @throws IllegalStateException in one line, if NVIDIA's driver, cuBLASLt or the device is missing, or the device is
     *     of a compute capability below 8.0
     */
    public static CudaPasses open(int ordinal) {
        Device device = NativeDriver.load(new Libraries()).open(ordinal);
        try {
            return new CudaPasses(device);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /**
     * As described there.
     *
     * @throws IllegalArgumentException in one line, if the model or its adapters have a part that the GPU does not compute
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
     */
    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        model.openPassesBy(engine);
        return PassExecutor.LOCAL.outputs(model, batches);
    }

    @Override
    public String arithmetic() {
        return "CUDA on " + name + ", FLOAT";
    }

    /** Gives the device's memory back. */
    @Override
    public void close() {
        engine.close();
    }
}

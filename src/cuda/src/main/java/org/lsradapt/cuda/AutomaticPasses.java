package org.lsradapt.cuda;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Runs trainings and predictions on the first NVIDIA GPU, or on the CPU if there is no usable GPU, the GPU cannot compute a
 * model or its adapters, or it has too little memory for them. Once the GPU has refused a model, everything stays on the
 * CPU.
 *
 * <p>Safe for predictions of several threads in parallel with the training of one. The caller that opens it closes it, after
 * the models that use it.
 */
public final class AutomaticPasses implements PassExecutor, AutoCloseable {
    private final Consumer<String> told;
    private final PassFactory inference = new AutomaticInference(this);
    private Optional<CudaPasses> gpu = Optional.empty();

    AutomaticPasses(Supplier<CudaPasses> opened, Consumer<String> told) {
        this.told = told;
        try {
            gpu = Optional.of(opened.get());
            told.accept("device: " + arithmetic());
        } catch (IllegalStateException e) {
            refused(e);
        }
    }

    /**
     * Opens the first usable GPU, if any.
     *
     * @param products how the GPU multiplies matrices
     * @param told a listener that gets one line with the device in use, and one with the reason of a change to the CPU
     */
    public static AutomaticPasses open(CudaPasses.Products products, Consumer<String> told) {
        return new AutomaticPasses(() -> CudaPasses.open(0, products), told);
    }

    private void refused(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        told.accept(
                "device: cpu; no GPU is used: " + message.lines().findFirst().orElse(""));
    }

    private PassExecutor passes(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        Optional<CudaPasses> used = gpu();
        if (used.isPresent()) {
            try {
                used.get().begins(model, largest, evaluated);
                return used.get();
            } catch (IllegalArgumentException | IllegalStateException e) {
                fallBack(model, e);
            }
        }
        return PassExecutor.LOCAL;
    }

    private void fallBack(AdaptedModel model, RuntimeException e) {
        stop(e);
        model.openPassesHere();
    }

    synchronized Optional<CudaPasses> gpu() {
        return gpu;
    }

    synchronized void stop(RuntimeException e) {
        if (gpu.isPresent()) {
            refused(e);
            try {
                close();
            } catch (IllegalStateException closing) {
                // A device that was lost cannot be closed, either; the CPU computes on.
                e.addSuppressed(closing);
            }
        }
    }

    /** Opens something on the GPU; empty if the GPU is not in use or refuses. */
    <T> Optional<T> on(Function<CudaPasses, T> opened) {
        try {
            return gpu().map(opened);
        } catch (IllegalArgumentException | IllegalStateException e) {
            stop(e);
            return Optional.empty();
        }
    }

    /** Passes for predictions on the GPU, or in this process once the GPU is no longer in use. */
    @Override
    public PassFactory inference() {
        return inference;
    }

    @Override
    public void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        passes(model, largest, evaluated);
    }

    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        try {
            return passes(model, List.of(), List.of()).gradients(model, step);
        } catch (TooLittleMemory e) {
            // The step begins anew, so nothing of the refused one is left in the gradients.
            fallBack(model, e);
            return PassExecutor.LOCAL.gradients(model, step);
        }
    }

    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        try {
            return passes(model, List.of(), List.of()).outputs(model, batches);
        } catch (TooLittleMemory e) {
            fallBack(model, e);
            return PassExecutor.LOCAL.outputs(model, batches);
        }
    }

    @Override
    public String arithmetic() {
        return gpu().map(CudaPasses::arithmetic).orElseGet(PassExecutor.LOCAL::arithmetic);
    }

    /** Frees the device's memory. */
    @Override
    public synchronized void close() {
        Optional<CudaPasses> open = gpu;
        gpu = Optional.empty();
        open.ifPresent(CudaPasses::close);
    }
}

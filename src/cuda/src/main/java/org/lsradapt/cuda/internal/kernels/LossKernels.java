package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Cross entropy of rows of logits, FLOAT: the module {@code losses}. */
public final class LossKernels extends Kernels {

    public LossKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /**
     * The formula of a row's loss.
     *
     * @param smoothing the fraction of a target's weight that is spread over all classes
     * @param cap c: a logit z counts as c·tanh(z/c); 0 for no cap
     * @param scale factor of the gradient
     */
    public record Form(float smoothing, float cap, float scale) {}

    /**
     * Computes the losses of rows.
     *
     * @param logits address of [rows, width]; with {@code gradients}, overwritten with scale times the derivatives
     * @param targets address of each row's class, 32 bits
     */
    public void crossEntropy(
            long logits, long targets, long losses, Form form, boolean gradients, int rows, int width) {
        arguments(logits, targets, losses)
                .int32(width)
                .float32(form.smoothing(), form.cap(), form.scale())
                .int32(gradients ? 1 : 0);
        launch("cross_entropy_f32", rows, 1);
    }
}

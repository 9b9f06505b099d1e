package org.lsradapt.cuda.internal;

/** Cross entropy of rows of logits, on FLOAT or BF16. */
public final class LossKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel crossEntropy;
    private final Arguments arguments = new Arguments();

    /**
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code losses}
     * @param isBrain true for BF16, false for FLOAT
     */
    public LossKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        crossEntropy = module.kernel("cross_entropy_" + (isBrain ? "bf16" : "f32"));
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
     * @param losses address of each row's loss, FLOAT, overwritten
     */
    public void crossEntropy(
            long logits, long targets, long losses, Form form, boolean gradients, int rows, int width) {
        arguments
                .clear()
                .addresses(logits, targets, losses)
                .int32(width)
                .float32(form.smoothing())
                .float32(form.cap())
                .float32(form.scale())
                .int32(gradients ? 1 : 0);
        device.launch(crossEntropy, rows, 1, THREADS, arguments);
    }
}

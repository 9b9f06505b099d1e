package org.lsradapt.cuda.internal;

/** What is computed number by number, on FLOAT or BF16. */
public final class ElementKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel toBrain;
    private final DeviceKernel toSingle;
    private final DeviceKernel gelu;
    private final DeviceKernel geluGradient;
    private final DeviceKernel swiglu;
    private final DeviceKernel swigluGradient;
    private final Arguments arguments = new Arguments();

    /**
     * Kernels of a loaded module.
     *
     * @param device where it is loaded
     * @param module {@code elements}
     * @param isBrain whether for BF16
     */
    public ElementKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        String type = isBrain ? "bf16" : "f32";
        toBrain = module.kernel("cast_to_bf16");
        toSingle = module.kernel("cast_to_f32");
        gelu = module.kernel("gelu_" + type);
        geluGradient = module.kernel("gelu_gradient_" + type);
        swiglu = module.kernel("swiglu_" + type);
        swigluGradient = module.kernel("swiglu_gradient_" + type);
    }

    /** FLOAT rounded to BF16. */
    public void castToBrain(long x, long y, int n) {
        launch(toBrain, n, x, y);
    }

    /** BF16 as FLOAT. */
    public void castToSingle(long x, long y, int n) {
        launch(toSingle, n, x, y);
    }

    /** y ← x·P(x). */
    public void gelu(long x, long y, int n) {
        launch(gelu, n, x, y);
    }

    /** dx ← dy·(x·P(x))'; dx may be dy. */
    public void geluGradient(long x, long dy, long dx, int n) {
        launch(geluGradient, n, x, dy, dx);
    }

    /** y ← gate·sigmoid(gate)·up. */
    public void swiglu(long gate, long up, long y, int n) {
        launch(swiglu, n, gate, up, y);
    }

    /** The gradients of both; dGate may be gate, and dUp may be up. */
    public void swigluGradient(long gate, long up, long dy, long dGate, long dUp, int n) {
        launch(swigluGradient, n, gate, up, dy, dGate, dUp);
    }

    private void launch(DeviceKernel kernel, int n, long... addresses) {
        arguments.clear();
        for (long address : addresses) {
            arguments.address(address);
        }
        device.launch(kernel, (n + THREADS - 1) / THREADS, 1, THREADS, arguments.int32(n));
    }
}

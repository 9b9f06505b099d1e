package org.lsradapt.cuda.internal;

/** Element-wise kernels for conversions, sums, dropout and activations, on FLOAT or BF16. */
public final class ElementKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel toBrain;
    private final DeviceKernel toSingle;
    private final DeviceKernel add;
    private final DeviceKernel fillRows;
    private final DeviceKernel scaleColumns;
    private final DeviceKernel drop;
    private final DeviceKernel activate;
    private final DeviceKernel activationGradient;
    private final DeviceKernel gated;
    private final DeviceKernel gatedGradient;
    private final Arguments arguments = new Arguments();

    /** Activations, in the order of the kernels' numbers for them. */
    public enum Function {
        /** x·Φ(x). */
        GELU(0),
        /** ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))). */
        GELU_TANH(1),
        /** x·σ(1.702x). */
        QUICK_GELU(2),
        /** x·σ(x). */
        SILU(3),
        /** max(0, x). */
        RELU(4),
        TANH(5);

        /** The activation's number in the kernels. */
        private final int code;

        Function(int code) {
            this.code = code;
        }
    }

    /**
     * A dropout mask.
     *
     * @param keys address of one key per row, of 64 bits
     * @param rate the probability with which a number is dropped, 0 ≤ rate &lt; 1
     */
    public record Mask(long keys, double rate) {

        /** The limit below which a hash of 53 bits drops its number. */
        private long limit() {
            return (long) Math.ceil(rate * 0x1p53);
        }
    }

    /**
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code elements}
     * @param isBrain true for BF16, false for FLOAT
     */
    public ElementKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        String type = isBrain ? "_bf16" : "_f32";
        toBrain = module.kernel("cast_to_bf16");
        toSingle = module.kernel("cast_to_f32");
        add = module.kernel("add" + type);
        fillRows = module.kernel("fill_rows" + type);
        scaleColumns = module.kernel("scale_columns" + type);
        drop = module.kernel("drop" + type);
        activate = module.kernel("activate" + type);
        activationGradient = module.kernel("activation_gradient" + type);
        gated = module.kernel("gated" + type);
        gatedGradient = module.kernel("gated_gradient" + type);
    }

    /**
     * y ← x, FLOAT rounded to BF16.
     *
     * @param x address of the rows, FLOAT
     * @param y address of [rows, width], BF16
     * @param stride distance between rows of x
     */
    public void castToBrain(long x, long y, int rows, int width, int stride) {
        launch(toBrain, start(x, y).int32(width).int32(stride), Math.multiplyExact(rows, width));
    }

    /** Converts BF16 to FLOAT. */
    public void castToSingle(long x, long y, int n) {
        launch(toSingle, start(x, y), n);
    }

    /** sum ← a + b; sum may be one of them. */
    public void add(long a, long b, long sum, int n) {
        launch(add, start(a, b, sum), n);
    }

    /**
     * Each row ← bias.
     *
     * @param bias address of a row, FLOAT
     * @param out address of the rows
     * @param stride distance between rows
     */
    public void fillRows(long bias, long out, int rows, int width, int stride) {
        launch(fillRows, start(bias, out).int32(width).int32(stride), Math.multiplyExact(rows, width));
    }

    /**
     * y ← x, each column times its factor.
     *
     * @param x address of [rows, width]
     * @param factors address of a row, FLOAT
     * @param y address; may be x
     */
    public void scaleColumns(long x, long factors, long y, int rows, int width) {
        launch(scaleColumns, start(x, factors, y).int32(width), Math.multiplyExact(rows, width));
    }

    /**
     * y ← x through dropout, or y + x through dropout.
     *
     * @param x address of the rows
     * @param mask the mask of the dropped numbers
     * @param adds whether to add to y
     * @param y address; may be x unless {@code adds}
     */
    public void drop(long x, Mask mask, boolean adds, long y, int rows, int width) {
        start(x, mask.keys(), y)
                .int32(width)
                .int64(mask.limit())
                .float32((float) (1 / (1 - mask.rate())))
                .int32(adds ? 1 : 0);
        launch(drop, arguments, Math.multiplyExact(rows, width));
    }

    /** y ← f(x). */
    public void activate(Function f, long x, long y, int n) {
        arguments.clear().int32(f.code).addresses(x, y);
        launch(activate, arguments, n);
    }

    /** dx ← dy·f'(x); dx may be dy. */
    public void activationGradient(Function f, long x, long dy, long dx, int n) {
        arguments.clear().int32(f.code).addresses(x, dy, dx);
        launch(activationGradient, arguments, n);
    }

    /**
     * y ← f(gate)·up.
     *
     * @param x address of [rows, 2·width], a row is gate, then up
     * @param y address of [rows, width]
     */
    public void gated(Function f, long x, long y, int rows, int width) {
        arguments.clear().int32(f.code).addresses(x, y).int32(width);
        launch(gated, arguments, Math.multiplyExact(rows, width));
    }

    /** dx ← the gradients of gate and up, in the layout of x; dx may be x. */
    public void gatedGradient(Function f, long x, long dy, long dx, int rows, int width) {
        arguments.clear().int32(f.code).addresses(x, dy, dx).int32(width);
        launch(gatedGradient, arguments, Math.multiplyExact(rows, width));
    }

    private Arguments start(long... addresses) {
        arguments.clear();
        for (long address : addresses) {
            arguments.address(address);
        }
        return arguments;
    }

    private void launch(DeviceKernel kernel, Arguments begun, int n) {
        device.launch(kernel, (n + THREADS - 1) / THREADS, 1, THREADS, begun.int32(n));
    }
}

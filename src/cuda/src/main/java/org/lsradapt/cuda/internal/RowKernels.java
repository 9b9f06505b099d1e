package org.lsradapt.cuda.internal;

/** Kernels that compute row by row, on FLOAT or BF16. Rows lie one after another. */
public final class RowKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel gather;
    private final DeviceKernel scatter;
    private final DeviceKernel addNorm;
    private final DeviceKernel normGradient;
    private final Arguments arguments = new Arguments();

    /**
     * Kernels of a loaded module.
     *
     * @param device where it is loaded
     * @param module {@code rows}
     * @param isBrain whether for BF16
     */
    public RowKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        String type = isBrain ? "bf16" : "f32";
        gather = module.kernel("gather_" + type);
        scatter = module.kernel("scatter_" + type);
        addNorm = module.kernel("add_norm_" + type);
        normGradient = module.kernel("norm_gradient_" + type);
    }

    /**
     * A norm's weights and kind.
     *
     * @param gamma address of the factors, FLOAT
     * @param beta address of what is added, FLOAT, or 0
     * @param epsilon added to the variance
     * @param rms whether the mean is not subtracted
     */
    public record Norm(long gamma, long beta, float epsilon, boolean rms) {}

    /**
     * Numbers that forward keeps for backward, FLOAT, one per row.
     *
     * @param means address of the means
     * @param scales address of the factors
     */
    public record Moments(long means, long scales) {}

    /**
     * Where rows that are normed lie.
     *
     * @param count how many
     * @param width numbers of each
     * @param parts how many lie side by side
     * @param stride distance between the first of them and the first of the next ones
     */
    public record Layout(int count, int width, int parts, int stride) {

        /** Rows one after another. */
        public static Layout of(int count, int width) {
            return new Layout(count, width, 1, width);
        }
    }

    /** Row i of out ← row ids[i] of the table. */
    public void gather(long table, long ids, long out, int rows, int width) {
        arguments.clear().addresses(table, ids, out).int32(width);
        device.launch(gather, rows, columns(width), THREADS, arguments);
    }

    /** Row ids[i] of out ← row i of in, for ids that differ. */
    public void scatter(long in, long ids, long out, int rows, int width) {
        arguments.clear().addresses(in, ids, out).int32(width);
        device.launch(scatter, rows, columns(width), THREADS, arguments);
    }

    /**
     * sum ← x + residual, out ← its norm.
     *
     * @param residual address, or 0, and then the norm is that of x
     * @param sum address, written if there is a residual; may be x
     */
    public void addNorm(long x, long residual, Norm norm, long sum, long out, Moments moments, Layout rows) {
        arguments
                .clear()
                .addresses(x, residual, norm.gamma(), norm.beta(), sum, out, moments.means(), moments.scales())
                .int32(rows.width())
                .int32(rows.parts())
                .int32(rows.stride())
                .float32(norm.epsilon())
                .int32(norm.rms() ? 1 : 0);
        device.launch(addNorm, rows.count(), 1, THREADS, arguments);
    }

    /**
     * dx ← the gradient of what was normed, plus another one.
     *
     * @param x what was normed
     * @param add address of the other one, or 0; dx may be this or dy
     */
    public void normGradient(long dy, long x, Norm norm, Moments moments, long add, long dx, Layout rows) {
        arguments
                .clear()
                .addresses(dy, x, norm.gamma(), moments.means(), moments.scales(), add, dx)
                .int32(rows.width())
                .int32(rows.parts())
                .int32(rows.stride())
                .int32(norm.rms() ? 1 : 0);
        device.launch(normGradient, rows.count(), 1, THREADS, arguments);
    }

    private static int columns(int width) {
        return (width + THREADS - 1) / THREADS;
    }
}

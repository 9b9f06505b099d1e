package org.lsradapt.cuda.internal;

/** Kernels that compute row by row, on FLOAT or BF16. Rows are contiguous. */
public final class RowKernels {
    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel gather;
    private final DeviceKernel scatter;
    private final DeviceKernel addNorm;
    private final DeviceKernel normGradient;
    private final Arguments arguments = new Arguments();

    /**
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code rows}
     * @param isBrain true for BF16, false for FLOAT
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
     * @param beta address of the offsets, FLOAT, or 0
     * @param epsilon added to the variance
     * @param rms true for an RMS norm, which does not subtract the mean
     */
    public record Norm(long gamma, long beta, float epsilon, boolean rms) {}

    /**
     * The numbers that the forward pass keeps for the backward pass, FLOAT, one per row.
     *
     * @param means address of the means
     * @param scales address of the factors
     */
    public record Moments(long means, long scales) {}

    /**
     * The layout of rows to be normed.
     *
     * @param count the number of rows
     * @param width the numbers per row
     * @param parts the number of rows that lie next to each other
     * @param stride the distance between the first numbers of two such groups
     */
    public record Layout(int count, int width, int parts, int stride) {

        /** The layout of contiguous rows. */
        public static Layout of(int count, int width) {
            return new Layout(count, width, 1, width);
        }
    }

    /** Row i of out ← row ids[i] of the table. */
    public void gather(long table, long ids, long out, int rows, int width) {
        arguments.clear().addresses(table, ids, out).int32(width);
        device.launch(gather, rows, columns(width), THREADS, arguments);
    }

    /** Row ids[i] of out ← row i of in, for distinct ids. */
    public void scatter(long in, long ids, long out, int rows, int width) {
        arguments.clear().addresses(in, ids, out).int32(width);
        device.launch(scatter, rows, columns(width), THREADS, arguments);
    }

    /**
     * sum ← x + residual, out ← its norm.
     *
     * @param residual address, or 0 to norm x itself
     * @param sum address, written only if there is a residual; may be x
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
     * dx ← the gradient of the norm's input, plus {@code add}.
     *
     * @param x the norm's input
     * @param add address of another gradient, or 0; dx may be the same address or dy
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

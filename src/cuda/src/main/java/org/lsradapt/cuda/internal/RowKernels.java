package org.lsradapt.cuda.internal;

/** Computations row by row, on contiguous rows in FLOAT: the module {@code rows}. */
public final class RowKernels extends Kernels {

    public RowKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /**
     * A norm's weights and kind.
     *
     * @param gamma address of the factors
     * @param beta address of the offsets, or 0
     * @param epsilon added to the variance
     * @param rms true for an RMS norm, which does not subtract the mean
     */
    public record Norm(long gamma, long beta, float epsilon, boolean rms) {}

    /**
     * The numbers that the forward pass keeps for the backward pass, one per row.
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
        arguments(table, ids, out).int32(width);
        launch("gather_f32", rows, blocks(width));
    }

    /** Row ids[i] of out ← row i of in, for distinct ids. */
    public void scatter(long in, long ids, long out, int rows, int width) {
        arguments(in, ids, out).int32(width);
        launch("scatter_f32", rows, blocks(width));
    }

    /**
     * sum ← x + residual, out ← its norm.
     *
     * @param residual address, or 0 to norm x itself
     * @param sum address, written only if there is a residual; may be x
     */
    public void addNorm(long x, long residual, Norm norm, long sum, long out, Moments moments, Layout rows) {
        arguments(x, residual, norm.gamma(), norm.beta(), sum, out, moments.means(), moments.scales())
                .int32(rows.width(), rows.parts(), rows.stride())
                .float32(norm.epsilon())
                .int32(norm.rms() ? 1 : 0);
        launch("add_norm_f32", rows.count(), 1);
    }

    /**
     * dx ← the gradient of the norm's input, plus {@code add}.
     *
     * @param x the norm's input
     * @param add address of another gradient, or 0; dx may be the same address or dy
     */
    public void normGradient(long dy, long x, Norm norm, Moments moments, long add, long dx, Layout rows) {
        arguments(dy, x, norm.gamma(), moments.means(), moments.scales(), add, dx)
                .int32(rows.width(), rows.parts(), rows.stride(), norm.rms() ? 1 : 0);
        launch("norm_gradient_f32", rows.count(), 1);
    }
}

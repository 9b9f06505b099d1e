package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Computations row by row, on contiguous rows in FLOAT: the module {@code rows}. */
public final class RowKernels extends Kernels {

    public RowKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /**
     * A norm's weights and kind.
     *
     * @param beta address of the offsets, or 0
     * @param epsilon added to the variance
     * @param rms true for an RMS norm, which does not subtract the mean
     */
    public record Norm(long gamma, long beta, float epsilon, boolean rms) {}

    /** The addresses of a mean and a factor per row, which the forward pass keeps for the backward pass. */
    public record Moments(long means, long scales) {}

    /** Rows to be normed; {@code parts} lie next to each other, and such groups begin {@code stride} apart. */
    public record Layout(int count, int width, int parts, int stride) {

        /** The layout of contiguous rows. */
        public static Layout of(int count, int width) {
            return new Layout(count, width, 1, width);
        }
    }

    /**
     * The address of a result, and that of the same numbers in BF16 without gaps between rows, or 0.
     */
    public record Output(long numbers, long rounded) {

        /** A result in FLOAT alone. */
        public static Output of(long numbers) {
            return new Output(numbers, 0);
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

    /** sum ← x + residual, out ← its norm; without a residual (0) the norm of x. The sum may be x. */
    public void addNorm(long x, long residual, Norm norm, long sum, Output out, Moments moments, Layout rows) {
        arguments(
                        x,
                        residual,
                        norm.gamma(),
                        norm.beta(),
                        sum,
                        out.numbers(),
                        out.rounded(),
                        moments.means(),
                        moments.scales())
                .int32(rows.width(), rows.parts(), rows.stride())
                .float32(norm.epsilon())
                .int32(norm.rms() ? 1 : 0);
        launch("add_norm_f32", rows.count(), 1);
    }

    /** dx ← the gradient of the norm's input plus that at {@code add}, unless 0; dx may be dy or {@code add}. */
    public void normGradient(long dy, long x, Norm norm, Moments moments, long add, Output dx, Layout rows) {
        arguments(dy, x, norm.gamma(), moments.means(), moments.scales(), add, dx.numbers(), dx.rounded())
                .int32(rows.width(), rows.parts(), rows.stride(), norm.rms() ? 1 : 0);
        launch("norm_gradient_f32", rows.count(), 1);
    }
}

package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.ElementType;

/** Element-wise conversions, sums, dropout and activations: the module {@code elements}. */
public final class ElementKernels extends Kernels {

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
     * @param places address of two numbers of 32 bits per row: the place of its sequence, and its own in the sequence
     * @param key the layer's key
     * @param rate 0 ≤ rate &lt; 1
     */
    public record Mask(long places, long key, double rate) {

        /** The limit below which a hash of 53 bits drops its number. */
        private long limit() {
            return (long) Math.ceil(rate * 0x1p53);
        }
    }

    public ElementKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /** Starts a thread for each of [rows, width] numbers. */
    private void launch(String kernel, Arguments begun, int rows, int width) {
        int n = count(rows, width);
        begun.int32(n);
        launch(kernel, blocks(n), 1);
    }

    /** y ← x, rounded to BF16; {@code stride} is the distance between rows of x. */
    public void castToBrain(long x, long y, int rows, int width, int stride) {
        launch("cast_to_bf16", arguments(x, y).int32(width, stride), rows, width);
    }

    /** sum ← a + b for [rows, width]; sum may be one of them. */
    public void add(long a, long b, long sum, int rows, int width) {
        launch("add_f32", arguments(a, b, sum), rows, width);
    }

    /** Each row ← bias; {@code stride} is the distance between rows. */
    public void fillRows(long bias, long out, int rows, int width, int stride) {
        launch("fill_rows_f32", arguments(bias, out).int32(width, stride), rows, width);
    }

    /** y ← x [rows, width], each column times its factor; y may be x. */
    public void scaleColumns(long x, long factors, long y, int rows, int width) {
        launch("scale_columns_f32", arguments(x, factors, y).int32(width), rows, width);
    }

    /** y ← x through dropout, or y + x through dropout; y may be x if it is FLOAT, unless {@code adds}. */
    public void drop(long x, Mask mask, boolean adds, Output y, int rows, int width) {
        Arguments begun = arguments(x, mask.places(), y.numbers())
                .int64(mask.key())
                .int32(width)
                .int64(mask.limit())
                .float32((float) (1 / (1 - mask.rate())))
                .int32(adds ? 1 : 0);
        launch(y.of("drop"), begun, rows, width);
    }

    /** The address of a result, and its type: FLOAT, or BF16 for what only products read. */
    public record Output(long numbers, ElementType type) {

        /** A kernel that writes this type. */
        private String of(String kernel) {
            return kernel + (type == ElementType.BF16 ? "_bf16" : "_f32");
        }
    }

    /** y ← f(x) for [rows, width]. */
    public void activate(Function f, long x, Output y, int rows, int width) {
        launch(y.of("activate"), arguments().int32(f.code).addresses(x, y.numbers()), rows, width);
    }

    /** dx ← dy·f'(x) for [rows, width]; dx may be dy if it is FLOAT. */
    public void activationGradient(Function f, long x, long dy, Output dx, int rows, int width) {
        launch(dx.of("activation_gradient"), arguments().int32(f.code).addresses(x, dy, dx.numbers()), rows, width);
    }

    /** y ← f(gate)·up; a row of x [rows, 2·width] is gate, then up. */
    public void gated(Function f, long x, Output y, int rows, int width) {
        launch(
                y.of("gated"),
                arguments().int32(f.code).addresses(x, y.numbers()).int32(width),
                rows,
                width);
    }

    /** dx ← the gradients of gate and up, in the layout of x; dx may be x if it is FLOAT. */
    public void gatedGradient(Function f, long x, long dy, Output dx, int rows, int width) {
        Arguments begun =
                arguments().int32(f.code).addresses(x, dy, dx.numbers()).int32(width);
        launch(dx.of("gated_gradient"), begun, rows, width);
    }
}

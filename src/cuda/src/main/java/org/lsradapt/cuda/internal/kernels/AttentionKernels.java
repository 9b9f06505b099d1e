package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Rotary positions, and attention with its gradients in FLOAT: the module {@code attention}. */
public final class AttentionKernels extends PackedAttention {

    public AttentionKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /**
     * The angles of rotary positions.
     *
     * @param positions address of the tables' row for each rotated row, 32 bits
     * @param sines address of [rows, half]
     * @param half the number of rotated pairs per head
     */
    public record Angles(long positions, long cosines, long sines, int half) {}

    /** Rotates heads in place, or back for gradients; rows are {@code stride} apart. */
    public void rotate(long x, Angles angles, boolean backward, int rows, int heads, int size, int stride) {
        int n = count(rows, heads, angles.half());
        arguments(x, angles.positions(), angles.cosines(), angles.sines())
                .int32(stride, heads, size, angles.half())
                .float32(backward ? -1 : 1)
                .int32(n);
        launch("rotate_f32", blocks(n), 1);
    }

    /** Computes the gradients of the relative embeddings, except those with address 0, in rows of one stride. */
    public void relativeGradient(Problem p, long logs, long dOut, long sums, Relative gradients) {
        Inputs in = p.in();
        long seen = p.seen().keys();
        Arguments begun = arguments(
                in.queries(), in.keys(), in.values(), seen, logs, dOut, sums, gradients.keys(), gradients.queries());
        launch(
                "relative_gradient",
                begun.int32(p.queryRows()),
                p,
                2 * p.scores().centre() + 1,
                p.heads().heads());
    }

    @Override
    void launch(String result, Arguments begun, Problem p, int rows, int heads) {
        Relative relative = p.scores().relative();
        add(p, begun).addresses(relative.keys(), relative.queries()).int32(relative.stride());
        launch((result.equals("attention") ? "" : "attention_") + result + "_f32", rows, heads);
    }
}

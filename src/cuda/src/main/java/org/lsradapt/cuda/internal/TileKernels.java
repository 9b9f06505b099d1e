package org.lsradapt.cuda.internal;

import java.util.List;
import java.util.Locale;

/**
 * Attention and its gradients with tensor cores: FLOAT in memory, factors of products rounded to BF16, sums in FLOAT.
 * Relative embeddings are not supported. From row to row, neither the first nor the last seen row may decrease.
 */
public final class TileKernels implements PackedAttention {
    private static final int THREADS = 128;

    private static final int ROWS = 64;

    /** Addresses are multiples of this many numbers, which are read together. */
    private static final int ALIGNED = 4;

    private final Device device;
    private final List<Sized> sizes;
    private final Arguments arguments = new Arguments();

    /** Kernels for heads of up to {@code most} numbers. */
    private record Sized(int most, DeviceKernel attention, DeviceKernel queryGradient, DeviceKernel keyGradient) {}

    /**
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code tiles}
     */
    public TileKernels(Device device, DeviceModule module) {
        this.device = device;
        sizes = List.of(sized(module, 32), sized(module, 64), sized(module, 128));
    }

    private static Sized sized(DeviceModule module, int most) {
        String size = "_" + most + "_bf16";
        return new Sized(
                most,
                module.kernel("tiled_attention" + size),
                module.kernel("tiled_query_gradient" + size),
                module.kernel("tiled_key_gradient" + size));
    }

    private int most() {
        return sizes.get(sizes.size() - 1).most();
    }

    /** Whether there are kernels for such heads, whose addresses are multiples of 16 bytes. */
    public boolean cover(AttentionKernels.Heads heads) {
        return heads.size() <= most()
                && heads.size() % ALIGNED == 0
                && heads.queryStride() % ALIGNED == 0
                && heads.keyStride() % ALIGNED == 0;
    }

    private Sized of(AttentionKernels.Heads heads) {
        if (!cover(heads)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "attention with tensor cores: heads of %d numbers in rows of %d and %d, expected up to %d, all"
                            + " multiples of %d",
                    heads.size(),
                    heads.queryStride(),
                    heads.keyStride(),
                    most(),
                    ALIGNED));
        }
        return sizes.stream()
                .filter(sized -> heads.size() <= sized.most())
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void attention(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seen,
            long out,
            long logs,
            int rows) {
        arguments.clear().addresses(in.queries(), in.keys(), in.values(), seen, out, logs);
        launch(of(heads).attention(), heads, scores, heads.heads(), rows);
    }

    @Override
    public void queryGradient(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seen,
            long out,
            long logs,
            long dOut,
            long sums,
            long dQueries,
            int rows) {
        arguments.clear().addresses(in.queries(), in.keys(), in.values(), seen, out, logs, dOut, sums, dQueries);
        launch(of(heads).queryGradient(), heads, scores, heads.heads(), rows);
    }

    @Override
    public void keyGradient(
            AttentionKernels.Inputs in,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            long seers,
            long logs,
            long dOut,
            long sums,
            AttentionKernels.Inputs gradients,
            int rows) {
        arguments
                .clear()
                .addresses(
                        in.queries(),
                        in.keys(),
                        in.values(),
                        seers,
                        logs,
                        dOut,
                        sums,
                        gradients.keys(),
                        gradients.values());
        launch(of(heads).keyGradient(), heads, scores, heads.heads() / heads.group(), rows);
    }

    private void launch(
            DeviceKernel kernel,
            AttentionKernels.Heads heads,
            AttentionKernels.Scores scores,
            int readHeads,
            int rows) {
        arguments.int32(rows);
        heads.to(arguments);
        scores.to(arguments);
        device.launch(kernel, (rows + ROWS - 1) / ROWS, readHeads, THREADS, arguments);
    }
}

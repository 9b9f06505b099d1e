package org.lsradapt.cuda.internal.kernels;

import java.util.Locale;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.transformer.internal.Heads;

/**
 * Attention and its gradients with tensor cores: FLOAT in memory, factors of products rounded to BF16, sums in FLOAT: the
 * module {@code tiles}. Relative embeddings are not supported. From row to row, neither the first nor the last seen row may
 * decrease.
 */
public final class TileKernels extends PackedAttention {
    private static final int ROWS = 64;

    /** There are kernels for heads of up to 32, 64 and 128 numbers. */
    private static final int LEAST = 32;

    private static final int MOST = 128;

    /** Addresses are multiples of this many numbers, which are read together. */
    private static final int ALIGNED = 4;

    public TileKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /** Whether there are kernels for such heads, whose addresses are multiples of 16 bytes. */
    public boolean cover(Heads heads) {
        return heads.size() <= MOST
                && heads.size() % ALIGNED == 0
                && heads.queryStride() % ALIGNED == 0
                && heads.keyStride() % ALIGNED == 0;
    }

    @Override
    void launch(String result, Arguments begun, Problem p, int rows, int readHeads) {
        Heads heads = p.heads();
        if (!cover(heads)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "attention with tensor cores: heads of %d numbers in rows of %d and %d, expected up to %d, all"
                            + " multiples of %d",
                    heads.size(),
                    heads.queryStride(),
                    heads.keyStride(),
                    MOST,
                    ALIGNED));
        }
        int most = LEAST;
        while (most < heads.size()) {
            most *= 2;
        }
        add(p, begun.int32(rows));
        launch("tiled_" + result + "_" + most + "_bf16", (rows + ROWS - 1) / ROWS, readHeads);
    }
}

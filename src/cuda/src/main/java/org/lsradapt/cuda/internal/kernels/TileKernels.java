package org.lsradapt.cuda.internal.kernels;

import java.util.Locale;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.transformer.internal.Heads;

/**
 * Attention and its gradients by tiles: FLOAT in memory, factors of products in a precision, sums in FLOAT: the module {@code
 * tiles_f32}, {@code tiles_tf32} or {@code tiles_bf16}. The latter two use tensor cores. Relative embeddings are not
 * supported. From row to row, neither the first nor the last seen row may decrease.
 */
public final class TileKernels extends PackedAttention {
    private static final int ROWS = 64;

    /** There are kernels for heads of up to 32, 64 and 128 numbers. */
    private static final int LEAST = 32;

    private static final int MOST = 128;

    /** Addresses are multiples of this many numbers, which are read together. */
    private static final int ALIGNED = 4;

    private final Precision precision;

    public TileKernels(Device device, DeviceModule module, Precision precision) {
        super(device, module);
        this.precision = precision;
    }

    /** The name of a precision's module. */
    public static String module(Precision precision) {
        return "tiles_" + type(precision);
    }

    private static String type(Precision precision) {
        return switch (precision) {
            case FLOAT -> "f32";
            case TF32 -> "tf32";
            case BF16 -> "bf16";
        };
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
                    "attention by tiles: heads of %d numbers in rows of %d and %d, expected up to %d, all"
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
        // Not all sums of 128 columns in FLOAT fit into registers: two blocks have half of the columns each.
        boolean halved = most == MOST && result.equals("key_gradient") && precision.operands() == ElementType.F32;
        int blocks = (rows + ROWS - 1) / ROWS * (halved ? 2 : 1);
        launch("tiled_" + result + "_" + most + "_" + type(precision), blocks, readHeads);
    }
}

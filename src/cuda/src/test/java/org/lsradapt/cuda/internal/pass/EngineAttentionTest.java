package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.cuda.internal.kernels.TileKernels;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** Which kernels compute attention. */
class EngineAttentionTest {

    private static PackedAttention.Heads heads(int size) {
        return new PackedAttention.Heads(2, 1, size, 2 * size, 2 * size);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void attention_eachPrecision_usesTilesForTheHeadsTheyCover(Precision precision) {
        try (Engine engine = new Engine(new InterpretedDriver().open(0), precision)) {
            for (int size : new int[] {4, 32, 36, 80, 128}) {
                assertEquals(TileKernels.class, engine.attention(heads(size)).getClass());
            }
            for (int size : new int[] {6, 132, 256}) {
                assertEquals(
                        AttentionKernels.class, engine.attention(heads(size)).getClass());
            }
            PackedAttention.Heads between = new PackedAttention.Heads(2, 1, 4, 10, 8);
            assertEquals(AttentionKernels.class, engine.attention(between).getClass());
        }
    }

    @Test
    void tiles_headsTheyDoNotCover_areRefused() {
        try (Device device = new InterpretedDriver().open(0)) {
            TileKernels kernels = new TileKernels(device, KernelSources.load(device, "tiles_f32"), Precision.FLOAT);
            PackedAttention.Problem problem = new PackedAttention.Problem(
                    new PackedAttention.Inputs(0, 0, 0),
                    heads(6),
                    new PackedAttention.Scores(1, 0, 0, 0, PackedAttention.Relative.NONE),
                    new PackedAttention.Seen(0, 0),
                    1,
                    1);
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> kernels.attention(problem, 0, 0));
            assertEquals(
                    "attention by tiles: heads of 6 numbers in rows of 12 and 12, expected up to 128, all"
                            + " multiples of 4",
                    e.getMessage());
        }
    }
}

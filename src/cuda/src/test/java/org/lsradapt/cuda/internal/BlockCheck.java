package org.lsradapt.cuda.internal;

import org.lsradapt.cuda.internal.kernels.BlockKernels;

/** Checks the widening of blocks against its definition. */
final class BlockCheck {
    private static final int LENGTH = 32;

    /** Scales in 16 bits, some with leading zeros, and their values; the last one's products are halfway between two BF16. */
    private static final int[] SCALES = {0x3C00, 0x2E66, 0x8401, 0x0001, 0x0203, 0x5BFF, 0x3E00};

    private static final double[] VALUES = {1, 1638.0 / 16384, -1025.0 / 16777216, 0x1p-24, 515 * 0x1p-24, 255.875, 1.5
    };

    private final Bench bench;
    private final ElementType type;
    private final BlockKernels kernels;
    private final String suffix;

    BlockCheck(Bench bench, DeviceModule module, ElementType type) {
        this.bench = bench;
        this.type = type;
        kernels = new BlockKernels(bench.device, module, type == ElementType.BF16);
        suffix = type == ElementType.BF16 ? "_bf16" : "_f32";
    }

    void run() {
        for (int blocks : new int[] {1, 3, 11}) {
            bench.clear();
            bench.describe(blocks + " blocks");
            for (int scale = 0; scale < SCALES.length; scale++) {
                for (boolean isBytes : new boolean[] {true, false}) {
                    bench.add(widen(isBytes, blocks, scale));
                }
            }
        }
    }

    private Finding widen(boolean isBytes, int count, int scale) {
        int levels = isBytes ? LENGTH : LENGTH / 2;
        byte[] blocks = new byte[count * (2 + levels)];
        bench.random.nextBytes(blocks);
        double[] expected = new double[count * LENGTH];
        for (int block = 0; block < count; block++) {
            int at = block * (2 + levels);
            blocks[at] = (byte) SCALES[scale];
            blocks[at + 1] = (byte) (SCALES[scale] >> 8);
            for (int i = 0; i < LENGTH; i++) {
                int packed = blocks[at + 2 + i % levels];
                int level = isBytes ? packed : ((packed >> (i / levels * 4)) & 15) - 8;
                expected[block * LENGTH + i] = Bench.exact(type, VALUES[scale] * level);
            }
        }
        return bench.exactlyTwice(
                (isBytes ? "widen_q8_0" : "widen_q4_0") + suffix,
                type,
                expected,
                out -> kernels.widen(isBytes, bench.up(blocks), out, expected.length));
    }
}

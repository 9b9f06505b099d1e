package org.lsradapt.cuda.interpreter;

import java.util.Arrays;

/**
 * Instructions of a whole warp on matrices of BF16 or TF32. The PTX ISA, sections "Matrix Fragments for mma.m16n8k16 with floating
 * point type", "Matrix Fragments for mma.m16n8k8" and "ldmatrix", says which numbers a lane has.
 */
final class Matrices {
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;

    private Matrices() {}

    /** Where a register's numbers of the left factor, or of the transposed right one, are in a row, and its depth. */
    private enum Fragments {
        /** Two numbers of BF16 in a register. */
        BRAIN(16) {
            @Override
            void put(long bits, float[] numbers, int row, int inGroup, int part) {
                int at = depth * row + 2 * inGroup + part * 8;
                numbers[at] = Float.intBitsToFloat((int) bits << 16);
                numbers[at + 1] = Float.intBitsToFloat((int) bits & 0xFFFF0000);
            }
        },
        /** A number of TF32, whose last 13 bits a device does not read. */
        TENSOR(8) {
            @Override
            void put(long bits, float[] numbers, int row, int inGroup, int part) {
                numbers[depth * row + inGroup + part * 4] = Float.intBitsToFloat((int) bits & 0xFFFFE000);
            }
        };

        final int depth;

        Fragments(int depth) {
            this.depth = depth;
        }

        abstract void put(long bits, float[] numbers, int row, int inGroup, int part);
    }

    /**
     * {@code mma.sync.m16n8k16} of BF16, or {@code m16n8k8} of TF32: d = a·b + c, products exact, their sum rounded once, or as a
     * device may: see {@link #truncated}.
     */
    static Step.Effect multiply(boolean isBrain, int[] d, int[] a, int[] b, int[] c) {
        Fragments fragments = isBrain ? Fragments.BRAIN : Fragments.TENSOR;
        int depth = fragments.depth;
        return (warp, lanes) -> {
            requireAll(lanes);
            long[] r = warp.registers;
            float[] left = new float[ROWS * depth];
            float[] right = new float[COLUMNS * depth];
            for (int lane = 0; lane < Warp.LANES; lane++) {
                int group = lane / 4;
                int inGroup = lane % 4;
                for (int i = 0; i < 4; i++) {
                    fragments.put(r[Warp.LANES * a[i] + lane], left, group + i % 2 * 8, inGroup, i / 2);
                }
                for (int i = 0; i < 2; i++) {
                    fragments.put(r[Warp.LANES * b[i] + lane], right, group, inGroup, i);
                }
            }
            long[] sums = new long[4];
            for (int lane = 0; lane < Warp.LANES; lane++) {
                for (int i = 0; i < 4; i++) {
                    int row = lane / 4 + i / 2 * 8;
                    int column = lane % 4 * 2 + i % 2;
                    float[] products = new float[depth];
                    for (int k = 0; k < depth; k++) {
                        products[k] = left[depth * row + k] * right[depth * column + k];
                    }
                    float before = Floats.f(r[Warp.LANES * c[i] + lane]);
                    sums[i] = Floats.bits(
                            warp.block.memory.truncates ? truncated(before, products) : rounded(before, products));
                }
                for (int i = 0; i < 4; i++) {
                    r[Warp.LANES * d[i] + lane] = sums[i];
                }
            }
        };
    }

    private static float rounded(float before, float[] products) {
        double sum = before;
        for (float product : products) {
            sum += product;
        }
        return (float) sum;
    }

    /**
     * The sum as tensor cores are known to compute it: eight products at a time with what is before, of each the bits down
     * to the last one of the largest number, and the bits of the sum that FLOAT has. The ISA leaves both open.
     */
    static float truncated(float before, float[] products) {
        float sum = before;
        for (int from = 0; from < products.length; from += 8) {
            float[] terms = Arrays.copyOf(Arrays.copyOfRange(products, from, from + 8), 9);
            terms[8] = sum;
            sum = towardZero(terms);
        }
        return sum;
    }

    private static float towardZero(float[] terms) {
        int most = Float.MIN_EXPONENT;
        for (float term : terms) {
            most = Math.max(most, Math.getExponent(term));
        }
        if (most > Float.MAX_EXPONENT) {
            return rounded(0, terms);
        }
        double last = Math.scalb(1.0, most - 23);
        double sum = 0;
        for (float term : terms) {
            sum += last * (long) (term / last);
        }
        float nearest = (float) sum;
        return Math.abs(nearest) > Math.abs(sum) ? Math.nextAfter(nearest, 0) : nearest;
    }

    /** {@code ldmatrix.m8n8}: as many matrices of 8 rows of 16 bytes as there are registers. */
    static Step.Effect load(int[] to, int address, boolean transposed) {
        return (warp, lanes) -> {
            requireAll(lanes);
            long[] r = warp.registers;
            long[][] words = new long[to.length][Warp.LANES];
            for (int lane = 0; lane < COLUMNS * to.length; lane++) {
                long row = r[Warp.LANES * address + lane];
                if (row % 16 != 0) {
                    throw new DeviceFault("0x" + Long.toHexString(row) + " is not a multiple of 16");
                }
                for (int i = 0; i < 4; i++) {
                    words[lane / 8][lane % 8 * 4 + i] = warp.block.shared.read(row + 4L * i, 4, warp.stamp(lane));
                }
            }
            for (int i = 0; i < to.length; i++) {
                for (int lane = 0; lane < Warp.LANES; lane++) {
                    int column = lane / 4;
                    int row = lane % 4 * 2;
                    r[Warp.LANES * to[i] + lane] = transposed
                            ? number(words[i], row, column) | (number(words[i], row + 1, column) << 16)
                            : words[i][lane];
                }
            }
        };
    }

    private static long number(long[] words, int row, int column) {
        return (words[4 * row + column / 2] >>> (column % 2 * 16)) & 0xFFFF;
    }

    /** No lane may be elsewhere. */
    static void requireAll(int lanes) {
        if (lanes != -1) {
            throw new DeviceFault("only lanes " + Integer.toHexString(lanes) + " come to an instruction of a warp");
        }
    }
}

package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * A product of FLOAT activations with a matrix in a storage format, on the CPU: C ← A·op(S) + beta·C.
 *
 * <p>If the processor multiplies BF16, the activations and tiles of blocks are rounded to BF16; a matrix in BF16 is
 * multiplied in place; sums are FLOAT. Otherwise, for F32 and F16, and for one row A times blocks, tiles become FLOAT.
 * A tile is small enough to stay in the cache until it has been multiplied, and each element of S is widened once. With
 * {@link RowKernels}, one row is multiplied in FLOAT by S as it is stored; not by a matrix in BF16 on a processor that
 * multiplies BF16, where oneDNN is faster.
 *
 * @param a A, not transposed
 * @param stored S [rows, columns]
 * @param transposed whether op(S) = Sᵀ
 * @param c C, not transposed
 * @param kernels vector instructions; null for none
 * @param alone whether each row of A is multiplied as if it were alone, which is bit-identical
 */
record StoredProduct(
        NativeMatrix a,
        StoredMatrix stored,
        boolean transposed,
        float beta,
        NativeMatrix c,
        @Nullable RowKernels kernels,
        boolean alone) {

    /** Columns of C in a unit of work, which is not divided among threads. */
    private static final int OUTPUTS = 64;

    /**
     * Length of A's rows from which on oneDNN adds to C in several passes. Then C is computed in strips of about
     * {@link #OUTPUT_BYTES}, which stay in the cache between the passes, but of no fewer than {@link #LEAST_OUTPUTS}
     * columns, since narrower products are slower.
     */
    private static final int LONG_ROW = 2048;

    private static final int OUTPUT_BYTES = 1 << 21;
    private static final int LEAST_OUTPUTS = 512;

    /** Multiply-adds per thread below which the product of one row is not divided. */
    private static final int ROW_GRAIN = 1 << 15;

    /** Elements of a tile that is multiplied by one row. */
    private static final int VECTOR_TILE = 1 << 15;

    /** Columns of C whose weights are in the cache while one row after the other is multiplied by them. */
    private static final int OUTPUTS_IN_CACHE = 512;

    /** Rows of A that kernels multiply at a time; filling a group up takes longer than fewer than three rows alone. */
    private static final int GROUP = 4;

    private static final int LEAST_OF_GROUP = 3;

    /** Rows of S that are multiplied by one row after the other, while they are in the cache. */
    private static final int ALONE_TILE = 64;

    /** Bytes of a tile of whole rows of S, for op(S) = Sᵀ; the number of rows is a multiple of sixteen. */
    private static final int TILE_BYTES = 1 << 23;

    /** Rows and columns of a tile of S for op(S) = S. Each reads and writes a strip of C, so many rows pay off. */
    private static final int STRIP_ROWS = 256;

    private static final int STRIP_COLUMNS = 512;
    private static final int BRAIN_STRIP_ROWS = 2048;
    private static final int BRAIN_STRIP_COLUMNS = 2048;

    private static final ThreadLocal<ShortPointer> ROUNDED = ThreadLocal.withInitial(() -> new ShortPointer(0));

    private static final ThreadLocal<Rows> ROWS = ThreadLocal.withInitial(Rows::new);

    /** One thread's Java arrays, which grow to the largest size requested. */
    private static final class Rows {
        private float[] row = new float[0];
        private float[] arranged = new float[0];
        private float[] products = new float[0];
        private float[] before = new float[0];
        private float[] all = new float[0];
    }

    /** Whether a processor that multiplies BF16 rounds operands to BF16; F32 and F16 hold more digits. */
    static boolean roundsToBfloat16(StoredMatrix stored) {
        return stored.format() != WeightFormat.F32 && stored.format() != WeightFormat.F16;
    }

    /** Computes the product, in BF16 if {@code multipliesBrain}, unless S is F32 or F16. */
    void run(boolean multipliesBrain, int threads) {
        boolean brain = multipliesBrain && roundsToBfloat16(stored);
        boolean liesInBrain = brain && stored.format() == WeightFormat.BF16;
        if ((a.rows() == 1 || alone) && transposed && !liesInBrain) {
            if (kernels != null && kernels.multiplies(stored.format())) {
                row(threads);
                return;
            }
            Parallel.run(threads, part -> {
                int from = (int) ((long) stored.rows() * part / threads);
                vector(from, (int) ((long) stored.rows() * (part + 1) / threads));
            });
            return;
        }
        NativeMatrix left = brain ? rounded(threads) : a;
        if (stored.format() == (brain ? WeightFormat.BF16 : WeightFormat.F32)) {
            byOutputs(threads, (row, rows, from, count) -> {
                NativeMatrix b = inPlace(isBrain(left), from, count);
                multiply(left.rows(row, rows), b, beta, c.block(row, rows, from, count));
            });
        } else if (transposed) {
            int height = Math.min(tileRows(brain), share(stored.rows(), threads, 16));
            int tiles = (stored.rows() + height - 1) / height;
            Parallel.run(tiles, tile -> {
                int from = tile * height;
                rows(left, from, Math.min(stored.rows(), from + height));
            });
        } else {
            int most = brain ? BRAIN_STRIP_COLUMNS : STRIP_COLUMNS;
            int unit = Math.max(OUTPUTS, stored.format().blockLength());
            int width = Math.min(most, share(stored.columns(), threads, unit));
            int strips = (stored.columns() + width - 1) / width;
            Parallel.run(strips, strip -> {
                int from = strip * width;
                strip(left, from, Math.min(stored.columns(), from + width));
            });
        }
    }

    /** C ← A·op(S) + bias, for S in BF16 on a processor that multiplies BF16. */
    void addBias(FloatPointer bias, int threads) {
        NativeMatrix left = rounded(threads);
        byOutputs(threads, (row, rows, from, count) -> {
            NativeMatrix b = inPlace(true, from, count);
            OneDnn.gemmBfloat16(left.rows(row, rows), b, bias.getPointer(from), c.block(row, rows, from, count));
        });
    }

    /** C ← (A·op(S))∘F in BF16, for S in BF16 on a processor that multiplies BF16. */
    void multiplyBy(NativeMatrix factor, int threads) {
        NativeMatrix left = rounded(threads);
        byOutputs(threads, (row, rows, from, count) -> {
            NativeMatrix b = inPlace(true, from, count);
            OneDnn.gemmBfloat16Times(
                    left.rows(row, rows), b, factor.block(row, rows, from, count), c.block(row, rows, from, count));
        });
    }

    @FunctionalInterface
    private interface Outputs {
        void compute(int row, int rows, int from, int count);
    }

    /** Computes one row after the other, for few columns at a time: oneDNN adds in another order for one row than for several. */
    private void rowByRow(int from, int to, Outputs body) {
        int most = a.rows() == 1 ? to - from : OUTPUTS_IN_CACHE;
        for (int first = from; first < to; first += most) {
            for (int row = 0; row < a.rows(); row++) {
                body.compute(row, 1, first, Math.min(most, to - first));
            }
        }
    }

    private void byOutputs(int threads, Outputs body) {
        int outputs = transposed ? stored.rows() : stored.columns();
        int units = (outputs + OUTPUTS - 1) / OUTPUTS;
        int parts = Math.min(threads, units);
        int strips = strips(outputs / parts);
        int each = parts * strips;
        Parallel.run(parts, part -> {
            for (int strip = part * strips; strip < (part + 1) * strips; strip++) {
                int from = OUTPUTS * (int) ((long) units * strip / each);
                int to = Math.min(outputs, OUTPUTS * (int) ((long) units * (strip + 1) / each));
                if (alone) {
                    rowByRow(from, to, body);
                } else {
                    body.compute(0, a.rows(), from, to - from);
                }
            }
        });
    }

    private int strips(int columns) {
        if (a.columns() < LONG_ROW) {
            return 1;
        }
        int most = Math.max(LEAST_OUTPUTS, OUTPUT_BYTES / Float.BYTES / a.rows());
        return (columns + most - 1) / most;
    }

    /** Multiplies a row, or several as if each were alone, by S as it is stored. */
    private void row(int threads) {
        int rest = a.rows() % GROUP;
        int together = rest < LEAST_OF_GROUP ? a.rows() - rest : a.rows();
        if (a.rows() > 1 && together < a.rows()) {
            if (together > 0) {
                ofRows(0, together).row(threads);
            }
            for (int row = together; row < a.rows(); row++) {
                ofRows(row, 1).row(threads);
            }
            return;
        }
        int k = stored.columns();
        float[] rows = arranged();
        int parts = (int) Math.max(1, Math.min(threads, stored.rows() * (long) k / ROW_GRAIN));
        Parallel.run(parts, part -> {
            int from = (int) ((long) stored.rows() * part / parts);
            products(from, (int) ((long) stored.rows() * (part + 1) / parts), rows);
        });
    }

    private StoredProduct ofRows(int from, int count) {
        return new StoredProduct(
                a.rows(from, count), stored, transposed, beta, c.block(from, count, 0, c.columns()), kernels, alone);
    }

    private float[] arranged() {
        int k = stored.columns();
        WeightFormat format = stored.format();
        Rows own = ROWS.get();
        own.row = Scratch.grown(own.row, k);
        own.arranged = Scratch.grown(own.arranged, kernels.arrangedLength(format, k));
        if (a.rows() == 1) {
            ((FloatPointer) a.memory()).get(own.row, 0, k);
            kernels.arrange(format, own.row, k, own.arranged);
            return own.arranged;
        }
        own.all = Scratch.grown(own.all, kernels.arrangedLength(format, a.rows(), k));
        for (int row = 0; row < a.rows(); row++) {
            ((FloatPointer) a.rows(row, 1).memory()).get(own.row, 0, k);
            kernels.arrange(format, own.row, row, k, own.arranged, own.all);
        }
        return own.all;
    }

    private void products(int from, int to, float[] arranged) {
        int count = to - from;
        Rows own = ROWS.get();
        own.products = Scratch.grown(own.products, a.rows() * count);
        if (a.rows() == 1) {
            kernels.multiply(stored, from, to, arranged, own.products);
        } else {
            kernels.multiply(stored, from, to, arranged, a.rows(), own.products);
        }
        for (int row = 0; row < a.rows(); row++) {
            FloatPointer out = (FloatPointer) c.block(row, 1, from, count).memory();
            if (beta != 0) {
                own.before = Scratch.grown(own.before, count);
                out.get(own.before, 0, count);
                for (int i = 0; i < count; i++) {
                    own.products[row * count + i] += beta * own.before[i];
                }
            }
            out.put(own.products, row * count, count);
        }
    }

    private int tileRows(boolean brain) {
        int fitting = TILE_BYTES / ((brain ? Short.BYTES : Float.BYTES) * stored.columns());
        return Math.max(16, fitting / 16 * 16);
    }

    /** A thread's share of {@code all}, a multiple of a unit. */
    private static int share(int all, int threads, int unit) {
        return (all + threads * unit - 1) / (threads * unit) * unit;
    }

    /** A in BF16, row by row. */
    private NativeMatrix rounded(int threads) {
        if (isBrain(a)) {
            return a;
        }
        int m = a.rows();
        int k = a.columns();
        ShortPointer rounded = Scratch.grown(ROUNDED.get(), (long) m * k, AlignedMemory::brains);
        ROUNDED.set(rounded);
        int parts = Math.max(1, Math.min(threads, m / 32));
        Parallel.run(parts, part -> {
            int from = (int) ((long) m * part / parts);
            int to = (int) ((long) m * (part + 1) / parts);
            FloatPointer some = (FloatPointer) a.rows(from, to - from).memory();
            OneDnn.toBfloat16(to - from, k, some, a.stride(), rounded.getPointer((long) from * k));
        });
        return new NativeMatrix(rounded, m, k, k);
    }

    /**
     * Elements from … to-1 of products of one row in FLOAT: each element of S is needed once, so packing does not pay.
     */
    private void vector(int from, int to) {
        int k = stored.columns();
        boolean inPlace = stored.format() == WeightFormat.F32;
        int most = Math.max(1, VECTOR_TILE / k);
        if (inPlace) {
            most = alone ? ALONE_TILE : to - from;
        }
        for (int row = from; row < to; row += most) {
            int rows = Math.min(most, to - row);
            FloatPointer tile = inPlace
                    ? new FloatPointer(StoredTile.at(stored, row, 0))
                    : StoredTile.own().floats(stored, row, rows, 0, k, kernels);
            NativeMatrix some = new NativeMatrix(tile, rows, k, k);
            for (int i = 0; i < a.rows(); i++) {
                Pointer out = c.block(i, 1, row, rows).memory();
                Blas.gemv(1, some, a.rows(i, 1).memory(), 1, beta, out, 1);
            }
        }
    }

    /** Some columns of op(S), in place. */
    private NativeMatrix inPlace(boolean brain, int from, int count) {
        Pointer lying = transposed ? StoredTile.at(stored, from, 0) : StoredTile.at(stored, 0, from);
        Pointer memory = brain ? lying : new FloatPointer(lying);
        return transposed
                ? new NativeMatrix(memory, count, stored.columns(), stored.columns()).transpose()
                : new NativeMatrix(memory, stored.rows(), count, stored.columns());
    }

    /** Columns from … to-1 of C ← A·Sᵀ + beta·C. */
    private void rows(NativeMatrix left, int from, int to) {
        int k = stored.columns();
        int rows = to - from;
        multiply(left, tile(left, from, rows, 0, k).transpose(), beta, c.columns(from, rows));
    }

    /** Columns from … to-1 of C ← A·S + beta·C. */
    private void strip(NativeMatrix left, int from, int to) {
        int columns = to - from;
        int height = isBrain(left) ? BRAIN_STRIP_ROWS : STRIP_ROWS;
        NativeMatrix out = c.columns(from, columns);
        for (int row = 0; row < stored.rows(); row += height) {
            int rows = Math.min(height, stored.rows() - row);
            NativeMatrix tile = tile(left, row, rows, from, columns);
            multiply(left.columns(row, rows), tile, row == 0 ? beta : 1, out);
        }
    }

    private NativeMatrix tile(NativeMatrix left, int firstRow, int rows, int from, int columns) {
        Pointer tile = isBrain(left)
                ? StoredTile.own().brain(stored, firstRow, rows, from, columns, kernels)
                : StoredTile.own().floats(stored, firstRow, rows, from, columns, kernels);
        return new NativeMatrix(tile, rows, columns, columns);
    }

    private static void multiply(NativeMatrix left, NativeMatrix right, float factor, NativeMatrix out) {
        if (isBrain(left)) {
            OneDnn.gemmBfloat16(left, right, factor, out);
        } else {
            Blas.gemm(1, left, right, factor, out);
        }
    }

    private static boolean isBrain(NativeMatrix matrix) {
        return matrix.memory() instanceof ShortPointer;
    }
}

package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * A product of FLOAT activations with a matrix in a storage format, on the CPU: C ← A·op(S) + beta·C.
 *
 * <p>Where the processor multiplies BF16, the activations are rounded to BF16 and so are tiles of blocks; a matrix in
 * BF16 is multiplied where it lies; sums are FLOAT. Elsewhere, for F32 and F16, and where one row A is multiplied by
 * blocks, tiles become FLOAT. A tile is small enough to stay in the cache until it has been multiplied, and each number
 * of S is widened once.
 *
 * @param m rows of A and C
 * @param a memory of A
 * @param lda distance between rows of A
 * @param stored S [rows, columns]
 * @param transposed whether op(S) = Sᵀ
 * @param beta factor of C
 * @param c memory of C
 * @param ldc distance between rows of C
 */
record StoredProduct(
        int m, FloatPointer a, int lda, StoredMatrix stored, boolean transposed, float beta, FloatPointer c, int ldc) {

    /** Columns of C that are not divided among threads. */
    private static final int OUTPUTS = 64;

    /** Numbers of a tile that is multiplied by one row. */
    private static final int VECTOR_TILE = 1 << 15;

    /** Bytes of a tile of whole rows of S, where op(S) = Sᵀ; rows are counted by sixteens. */
    private static final int TILE_BYTES = 1 << 20;

    /**
     * Rows and columns of a tile of S where it is multiplied as it is. Each tile reads and writes a strip of C: the
     * faster the product, the more it is worth to have many rows.
     */
    private static final int STRIP_ROWS = 256;

    private static final int STRIP_COLUMNS = 512;
    private static final int BRAIN_STRIP_ROWS = 512;
    private static final int BRAIN_STRIP_COLUMNS = 1024;

    private static final ThreadLocal<ShortPointer> ROUNDED = ThreadLocal.withInitial(() -> new ShortPointer(0));

    /**
     * Computes it.
     *
     * @param multipliesBrain whether in BF16, unless S is F32 or F16: those hold more digits, and nobody has rounded them
     * @param threads among how many it is divided
     */
    void run(boolean multipliesBrain, int threads) {
        boolean brain = multipliesBrain && stored.format() != WeightFormat.F32 && stored.format() != WeightFormat.F16;
        boolean liesInBrain = brain && stored.format() == WeightFormat.BF16;
        if (m == 1 && transposed && !liesInBrain) {
            Parallel.run(threads, part -> {
                int from = (int) ((long) stored.rows() * part / threads);
                vector(from, (int) ((long) stored.rows() * (part + 1) / threads));
            });
            return;
        }
        ShortPointer rounded = brain ? rounded(threads) : null;
        if (stored.format() == (brain ? WeightFormat.BF16 : WeightFormat.F32)) {
            int outputs = transposed ? stored.rows() : stored.columns();
            int units = (outputs + OUTPUTS - 1) / OUTPUTS;
            int parts = Math.min(threads, units);
            Parallel.run(parts, part -> {
                int from = OUTPUTS * (int) ((long) units * part / parts);
                inPlace(rounded, from, Math.min(outputs, OUTPUTS * (int) ((long) units * (part + 1) / parts)));
            });
        } else if (transposed) {
            int height = tileRows(brain);
            int tiles = (stored.rows() + height - 1) / height;
            Parallel.run(tiles, tile -> {
                int from = tile * height;
                rows(rounded, from, Math.min(stored.rows(), from + height));
            });
        } else {
            int width = brain ? BRAIN_STRIP_COLUMNS : STRIP_COLUMNS;
            int strips = (stored.columns() + width - 1) / width;
            Parallel.run(strips, strip -> {
                int from = strip * width;
                strip(rounded, from, Math.min(stored.columns(), from + width));
            });
        }
    }

    private int tileRows(boolean brain) {
        int fitting = TILE_BYTES / ((brain ? Short.BYTES : Float.BYTES) * stored.columns());
        return Math.max(16, fitting / 16 * 16);
    }

    /** A in BF16, rows one after another. */
    private ShortPointer rounded(int threads) {
        int k = inner();
        ShortPointer rounded = Scratch.grown(ROUNDED.get(), (long) m * k, ShortPointer::new);
        ROUNDED.set(rounded);
        int parts = Math.max(1, Math.min(threads, m / 32));
        Parallel.run(parts, part -> {
            int from = (int) ((long) m * part / parts);
            int to = (int) ((long) m * (part + 1) / parts);
            OneDnn.toBfloat16(to - from, k, a.getPointer((long) from * lda), lda, rounded.getPointer((long) from * k));
        });
        return rounded;
    }

    private int inner() {
        return transposed ? stored.columns() : stored.rows();
    }

    /** Elements from … to-1 of one row in FLOAT: each number of S is needed once, and nothing is worth packing. */
    private void vector(int from, int to) {
        int k = stored.columns();
        int most = stored.format() == WeightFormat.F32 ? to - from : Math.max(1, VECTOR_TILE / k);
        for (int row = from; row < to; row += most) {
            int rows = Math.min(most, to - row);
            FloatPointer tile = stored.format() == WeightFormat.F32
                    ? new FloatPointer(StoredTile.at(stored, row, 0))
                    : StoredTile.own().floats(stored, row, rows, 0, k);
            Blas.gemv(false, rows, k, 1, tile, k, a, 1, beta, c.getPointer(row));
        }
    }

    /** Columns from … to-1 of C, by S as it lies. */
    private void inPlace(ShortPointer rounded, int from, int to) {
        int k = inner();
        Pointer b = transposed ? StoredTile.at(stored, from, 0) : StoredTile.at(stored, 0, from);
        FloatPointer out = c.getPointer(from);
        if (rounded == null) {
            FloatPointer numbers = new FloatPointer(b);
            Blas.gemm(false, transposed, m, to - from, k, 1, a, lda, numbers, stored.columns(), beta, out, ldc);
        } else {
            OneDnn.gemmBfloat16(transposed, m, to - from, k, rounded, k, b, stored.columns(), beta, out, ldc);
        }
    }

    /** Columns from … to-1 of C ← A·Sᵀ + beta·C. */
    private void rows(ShortPointer rounded, int from, int to) {
        int k = stored.columns();
        int rows = to - from;
        FloatPointer out = c.getPointer(from);
        if (rounded == null) {
            FloatPointer tile = StoredTile.own().floats(stored, from, rows, 0, k);
            Blas.gemm(false, true, m, rows, k, 1, a, lda, tile, k, beta, out, ldc);
        } else {
            Pointer tile = StoredTile.own().brain(stored, from, rows, 0, k);
            OneDnn.gemmBfloat16(true, m, rows, k, rounded, k, tile, k, beta, out, ldc);
        }
    }

    /** Columns from … to-1 of C ← A·S + beta·C. */
    private void strip(ShortPointer rounded, int from, int to) {
        int columns = to - from;
        int height = rounded == null ? STRIP_ROWS : BRAIN_STRIP_ROWS;
        FloatPointer out = c.getPointer(from);
        for (int row = 0; row < stored.rows(); row += height) {
            int rows = Math.min(height, stored.rows() - row);
            float factor = row == 0 ? beta : 1;
            if (rounded == null) {
                FloatPointer tile = StoredTile.own().floats(stored, row, rows, from, columns);
                Blas.gemm(false, false, m, columns, rows, 1, a.getPointer(row), lda, tile, columns, factor, out, ldc);
            } else {
                Pointer tile = StoredTile.own().brain(stored, row, rows, from, columns);
                ShortPointer left = rounded.getPointer(row);
                OneDnn.gemmBfloat16(false, m, columns, rows, left, stored.rows(), tile, columns, factor, out, ldc);
            }
        }
    }
}

package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.BytePointer;
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
 * <p>Where the processor multiplies BF16, the activations are rounded to BF16 and so are tiles of S, but for a matrix
 * in BF16, which is multiplied where it lies; sums are FLOAT. Elsewhere tiles become FLOAT. A tile is small enough to
 * stay in the cache until it has been multiplied, and each number of S is widened once.
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

    /** Rows of S in a tile where op(S) = Sᵀ, and numbers of such a tile's rows that are multiplied at a time. */
    private static final int TILE_ROWS = 64;

    /** Rows and columns of a tile of S where it is multiplied as it is: the strip of C must fit the cache too. */
    private static final int STRIP_ROWS = 256;

    private static final int STRIP_COLUMNS = 512;

    private static final ThreadLocal<Memory> MEMORY = ThreadLocal.withInitial(Memory::new);

    /** What a thread keeps from product to product. */
    private static final class Memory {
        private ShortPointer rounded = new ShortPointer(0);
        private BytePointer brain = new BytePointer(0);
        private FloatPointer single = new FloatPointer(0);
        private float[] row = new float[0];
        private byte[] bytes = new byte[0];

        ShortPointer rounded(long numbers) {
            if (rounded.capacity() < numbers) {
                rounded.close();
                rounded = new ShortPointer(numbers);
            }
            return rounded;
        }

        BytePointer brain(long numbers) {
            if (brain.capacity() < numbers * Short.BYTES) {
                brain.close();
                brain = new BytePointer(numbers * Short.BYTES);
            }
            return brain;
        }

        FloatPointer single(long numbers) {
            if (single.capacity() < numbers) {
                single.close();
                single = new FloatPointer(numbers);
            }
            return single;
        }

        float[] row(int numbers) {
            if (row.length < numbers) {
                row = new float[numbers];
            }
            return row;
        }

        byte[] bytes(int length) {
            if (bytes.length < length) {
                bytes = new byte[length];
            }
            return bytes;
        }
    }

    /**
     * Computes it.
     *
     * @param brain whether in BF16
     * @param threads among how many it is divided
     */
    void run(boolean brain, int threads) {
        ShortPointer rounded = brain ? rounded(threads) : null;
        if (transposed) {
            int tiles = (stored.rows() + TILE_ROWS - 1) / TILE_ROWS;
            int parts = Math.min(threads, tiles);
            Parallel.run(parts, part -> {
                int from = TILE_ROWS * (int) ((long) tiles * part / parts);
                int to = Math.min(stored.rows(), TILE_ROWS * (int) ((long) tiles * (part + 1) / parts));
                rows(rounded, from, to);
            });
        } else {
            int strips = (stored.columns() + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
            if (brain && stored.format() == WeightFormat.BF16) {
                int parts = Math.min(threads, strips);
                Parallel.run(parts, part -> {
                    int from = STRIP_COLUMNS * (int) ((long) strips * part / parts);
                    int to = Math.min(stored.columns(), STRIP_COLUMNS * (int) ((long) strips * (part + 1) / parts));
                    multiply(rounded, stored.columns(), inPlace(0, from), 0, stored.rows(), to - from, beta, from);
                });
            } else {
                Parallel.run(strips, strip -> {
                    int from = strip * STRIP_COLUMNS;
                    strip(rounded, from, Math.min(stored.columns(), from + STRIP_COLUMNS));
                });
            }
        }
    }

    /** A in BF16, rows one after another. */
    private ShortPointer rounded(int threads) {
        int k = inner();
        ShortPointer rounded = MEMORY.get().rounded((long) m * k);
        int parts = Math.max(1, Math.min(threads, m / 32));
        Parallel.run(parts, part -> {
            int from = (int) ((long) m * part / parts);
            int to = (int) ((long) m * (part + 1) / parts);
            OneDnn.toBfloat16(
                    to - from, k, a.getPointer((long) from * lda), lda, rounded.getPointer((long) from * k));
        });
        return rounded;
    }

    private int inner() {
        return transposed ? stored.columns() : stored.rows();
    }

    /** Columns from … to-1 of C ← A·Sᵀ + beta·C. */
    private void rows(ShortPointer rounded, int from, int to) {
        int k = stored.columns();
        if (rounded != null && stored.format() == WeightFormat.BF16) {
            Pointer in = inPlace(from, 0);
            OneDnn.gemmBfloat16(true, m, to - from, k, rounded, k, in, k, beta, c.getPointer(from), ldc);
            return;
        }
        for (int row = from; row < to; row += TILE_ROWS) {
            int rows = Math.min(TILE_ROWS, to - row);
            FloatPointer out = c.getPointer(row);
            if (rounded == null) {
                FloatPointer tile = tile(row, rows, 0, k);
                Blas.gemm(false, true, m, rows, k, 1, a, lda, tile, k, beta, out, ldc);
            } else {
                OneDnn.gemmBfloat16(true, m, rows, k, rounded, k, brainTile(row, rows, 0, k), k, beta, out, ldc);
            }
        }
    }

    /** Columns from … to-1 of C ← A·S + beta·C. */
    private void strip(ShortPointer rounded, int from, int to) {
        int columns = to - from;
        for (int row = 0; row < stored.rows(); row += STRIP_ROWS) {
            int rows = Math.min(STRIP_ROWS, stored.rows() - row);
            float factor = row == 0 ? beta : 1;
            if (rounded == null) {
                FloatPointer tile = tile(row, rows, from, columns);
                FloatPointer left = a.getPointer(row);
                Blas.gemm(false, false, m, columns, rows, 1, left, lda, tile, columns, factor, c.getPointer(from), ldc);
            } else {
                multiply(rounded, columns, brainTile(row, rows, from, columns), row, rows, columns, factor, from);
            }
        }
    }

    /** C[:, at …] ← A[:, row … row+rows-1]·B + factor·C[:, at …] for B [rows, columns] in BF16. */
    private void multiply(
            ShortPointer rounded, int ldb, Pointer b, int row, int rows, int columns, float factor, int at) {
        ShortPointer left = rounded.getPointer(row);
        OneDnn.gemmBfloat16(
                false, m, columns, rows, left, stored.rows(), b, ldb, factor, c.getPointer(at), ldc);
    }

    private Pointer inPlace(int row, int column) {
        long at = (long) row * stored.rowBytes() + (long) column * Short.BYTES;
        return new BytePointer(stored.memory()).getPointer(at);
    }

    private FloatPointer tile(int row, int rows, int from, int columns) {
        Memory memory = MEMORY.get();
        FloatPointer tile = memory.single((long) rows * columns);
        float[] numbers = memory.row(columns);
        for (int i = 0; i < rows; i++) {
            stored.widen(row + i, from, columns, numbers, 0);
            tile.position((long) i * columns).put(numbers, 0, columns);
        }
        return tile.position(0);
    }

    private BytePointer brainTile(int row, int rows, int from, int columns) {
        Memory memory = MEMORY.get();
        int rowBytes = columns * Short.BYTES;
        BytePointer tile = memory.brain((long) rows * columns);
        byte[] bytes = memory.bytes(rowBytes);
        for (int i = 0; i < rows; i++) {
            stored.widenToBfloat16(row + i, from, columns, bytes, 0);
            tile.position((long) i * rowBytes).put(bytes, 0, rowBytes);
        }
        return tile.position(0);
    }
}

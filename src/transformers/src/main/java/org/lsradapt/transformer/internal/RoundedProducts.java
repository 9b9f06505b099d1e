package org.lsradapt.transformer.internal;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.OneDnn.Several;

/**
 * The products of attention with factors rounded to BF16 and sums in FLOAT, for all heads of a piece at once. Factors
 * are computed with spare rows of zeros, and weights, which are scores, probabilities or their gradients, with spare
 * rows and columns, so that pieces of many lengths share compiled code. One thread's memory.
 */
final class RoundedProducts {
    private final Factor ofKeys = new Factor();
    private final Factor ofQueries = new Factor();
    private ShortPointer weights = new ShortPointer(0L);
    private FloatPointer sums = new FloatPointer(0L);

    /** One thread's copy of rows in BF16, which has the heads side by side. */
    private static final class Factor {
        private ShortPointer memory = new ShortPointer(0L);

        NativeMatrix round(NativeMatrix from, int rows) {
            int width = from.columns();
            if (memory.isNull() || memory.capacity() < (long) rows * width) {
                memory.close();
                memory = AlignedMemory.brains((long) rows * width);
            }
            int count;
            for (int row = 0; row < from.rows(); row += count) {
                count = part(from.rows() - row);
                FloatPointer some = (FloatPointer) from.rows(row, count).memory();
                OneDnn.toBfloat16(count, width, some, from.stride(), memory.getPointer((long) row * width));
            }
            long filled = (long) from.rows() * width;
            Pointer.memset(memory.getPointer(filled), 0, ((long) rows * width - filled) * Short.BYTES);
            return new NativeMatrix(memory, rows, width, width);
        }
    }

    /** Returns how many of some rows are copied at once: few different numbers, each of which is compiled. */
    private static int part(int rows) {
        return rows < 8 || rows >= 128 ? Integer.highestOneBit(rows) : rows / 8 * 8;
    }

    /** The numbers of a piece's weights, with spare ones. */
    static int numbers(AttentionPiece piece) {
        return OneDnn.sharedRows(piece.keys()) * piece.columns();
    }

    /** Returns memory for weights in BF16, until the next call. */
    ShortPointer weights(int numbers) {
        if (weights.isNull() || weights.capacity() < numbers) {
            weights.close();
            weights = AlignedMemory.brains(numbers);
        }
        return weights;
    }

    /** Returns weights in BF16, until the next call. */
    ShortPointer round(FloatPointer from, int numbers) {
        ShortPointer to = weights(numbers);
        int count;
        for (int at = 0; at < numbers; at += count) {
            count = Integer.highestOneBit(numbers - at);
            OneDnn.toBfloat16(1, count, from.getPointer(at), count, to.getPointer(at));
        }
        return to;
    }

    static void widen(ShortPointer from, int numbers, FloatPointer to) {
        int count;
        for (int at = 0; at < numbers; at += count) {
            count = Integer.highestOneBit(numbers - at);
            OneDnn.fromBfloat16(1, count, from.getPointer(at), count, to.getPointer(at));
        }
    }

    /** Computes weights ← scale·keys·queriesᵀ. */
    void weights(AttentionPiece piece, float scale, NativeMatrix keys, NativeMatrix queries, FloatPointer to) {
        Shape shape = new Shape(piece, keys.columns(), queries.columns());
        NativeMatrix k = ofKeys.round(keys, shape.keys);
        NativeMatrix q = ofQueries.round(queries, piece.pitch());
        for (int i = 0; i < shape.together; i++) {
            OneDnn.gemmBfloat16(
                    shape.count, scale, shape.perKey(k), shape.perQuery(q, i, true), 0, shape.weights(to, i, false));
        }
    }

    /** Computes queries ← weightsᵀ·keys + beta·queries. */
    void queries(AttentionPiece piece, ShortPointer weights, NativeMatrix keys, float beta, NativeMatrix queries) {
        Shape shape = new Shape(piece, keys.columns(), queries.columns());
        NativeMatrix k = ofKeys.round(keys, shape.keys);
        NativeMatrix sum = sum(queries, piece.pitch());
        float factor = queries.rows() == piece.pitch() ? beta : 0;
        for (int i = 0; i < shape.together; i++) {
            OneDnn.gemmBfloat16(
                    shape.count,
                    1,
                    shape.weights(weights, i, true),
                    shape.perKey(k),
                    factor,
                    shape.perQuery(sum, i, false));
        }
        add(sum, beta, queries);
    }

    /** Computes keys ← weights·queries + beta·keys. */
    void keys(AttentionPiece piece, ShortPointer weights, NativeMatrix queries, float beta, NativeMatrix keys) {
        Shape shape = new Shape(piece, keys.columns(), queries.columns());
        NativeMatrix q = ofQueries.round(queries, piece.pitch());
        NativeMatrix sum = sum(keys, shape.keys);
        float factor = keys.rows() == shape.keys ? beta : 0;
        for (int i = 0; i < shape.together; i++) {
            OneDnn.gemmBfloat16(
                    shape.count,
                    1,
                    shape.weights(weights, i, false),
                    shape.perQuery(q, i, false),
                    i == 0 ? factor : 1,
                    shape.perKey(sum));
        }
        add(sum, beta, keys);
    }

    /** Returns where a product goes that has {@code rows} rows: {@code out}, or a matrix with the spare rows. */
    private NativeMatrix sum(NativeMatrix out, int rows) {
        if (out.rows() == rows) {
            return out;
        }
        int width = out.columns();
        if (sums.isNull() || sums.capacity() < (long) rows * width) {
            sums.close();
            sums = AlignedMemory.floats((long) rows * width);
        }
        return new NativeMatrix(sums, rows, width, width);
    }

    /** Adds a product to where it belongs, unless {@link #sum} put it there. */
    private static void add(NativeMatrix sum, float beta, NativeMatrix out) {
        int count;
        for (int row = 0; sum.rows() > out.rows() && row < out.rows(); row += count) {
            count = part(out.rows() - row);
            OneDnn.add((FloatPointer) sum.rows(row, count).memory(), beta, out.rows(row, count));
        }
    }

    /**
     * The heads of a piece. Those that read the same keys are computed one after another, each together with those of
     * the other keys.
     */
    private static final class Shape {
        private final int keys;
        private final int pitch;
        private final int width;
        /** The heads of keys. */
        private final int count;
        /** The heads that read the same keys. */
        private final int together;

        Shape(AttentionPiece piece, int keyColumns, int queryColumns) {
            keys = OneDnn.sharedRows(piece.keys());
            pitch = piece.pitch();
            width = queryColumns / piece.heads();
            count = keyColumns / width;
            together = piece.heads() / count;
        }

        Several perKey(NativeMatrix rows) {
            return new Several(rows.columns(0, width), width);
        }

        Several perQuery(NativeMatrix rows, int i, boolean transposed) {
            return new Several(rows.columns(i * width, width).transpose(transposed), together * width);
        }

        Several weights(Pointer memory, int i, boolean transposed) {
            NativeMatrix all = new NativeMatrix(memory, keys, count * together * pitch, count * together * pitch);
            return new Several(all.columns(i * pitch, pitch).transpose(transposed), together * pitch);
        }
    }
}

package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.lsr.weights.StoredWeight;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An embedding table [rows, width]. Rows are looked up, and the table may also produce logits. */
public sealed interface EmbeddingTable {

    int rows();

    int width();

    void read(int row, float[] to);

    /** Returns a row as an array of the model's type, which must not be written. */
    INDArray row(int row);

    /** Returns the table as W [width, rows], whose product with a hidden state has a logit per row. */
    FrozenWeight weight();

    /**
     * A table in an array. Its rows are read through buffers of up to 1 GiB, because an ND4J buffer ends at 2 GiB and
     * takes a microsecond to create.
     */
    final class Dense implements EmbeddingTable {
        private static final int BLOCK = 1 << 28;

        private final INDArray array;
        private final int rowsOfABlock;
        /** Created by the first read: the memory may be freed before that, which a pass reports. */
        private volatile FloatBuffer @Nullable [] blocks;

        /** Creates a table of an array [rows, width] in c order, with its own memory; kept. */
        public Dense(INDArray array) {
            this.array = array;
            rowsOfABlock = Math.max(1, BLOCK / width());
        }

        private FloatBuffer[] blocks() {
            FloatBuffer[] made = new FloatBuffer[(rows() + rowsOfABlock - 1) / rowsOfABlock];
            for (int i = 0; i < made.length; i++) {
                int first = i * rowsOfABlock;
                int numbers = Math.min(rowsOfABlock, rows() - first) * width();
                made[i] = Blas.bytes(array, (long) first * width() * Float.BYTES, numbers * Float.BYTES)
                        .asFloatBuffer();
            }
            return made;
        }

        @Override
        public int rows() {
            return (int) array.size(0);
        }

        @Override
        public int width() {
            return (int) array.size(1);
        }

        @Override
        public void read(int row, float[] to) {
            FloatBuffer[] own = blocks;
            if (own == null) {
                own = blocks();
                blocks = own;
            }
            int width = width();
            own[row / rowsOfABlock].get(row % rowsOfABlock * width, to, 0, width);
        }

        @Override
        public INDArray row(int row) {
            return Views.rows(array, row, row + 1);
        }

        @Override
        public FrozenWeight weight() {
            return new DenseWeight(array.permute(1, 0));
        }
    }

    /** A table in reduced precision. */
    record Stored(StoredMatrix matrix) implements EmbeddingTable {

        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int width() {
            return matrix.columns();
        }

        @Override
        public void read(int row, float[] to) {
            matrix.widen(row, 0, width(), to, 0);
        }

        @Override
        public INDArray row(int row) {
            float[] numbers = new float[width()];
            read(row, numbers);
            return Nd4j.create(numbers, new long[] {1, width()}, 'c');
        }

        @Override
        public FrozenWeight weight() {
            return new StoredWeight(matrix);
        }
    }
}

package org.lsradapt.lsr.backend;

import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@link Backend#gemmStored} on any backend: it turns some rows at a time into an array and multiplies that. */
final class StoredTiles {

    /** Elements that are widened at a time. */
    private static final int TILE = 1 << 20;

    private StoredTiles() {}

    static void multiply(
            Backend backend, INDArray a, StoredMatrix stored, boolean transposed, double beta, INDArray c) {
        int rows = Math.max(1, Math.min(stored.rows(), TILE / stored.columns()));
        for (int from = 0; from < stored.rows(); from += rows) {
            int to = Math.min(stored.rows(), from + rows);
            try (INDArray tile = widened(stored, from, to)) {
                if (transposed) {
                    backend.gemm(a, false, tile, true, 1, beta, Views.columns(c, from, to));
                } else {
                    backend.gemm(Views.columns(a, from, to), false, tile, false, 1, from == 0 ? beta : 1, c);
                }
            }
        }
    }

    private static INDArray widened(StoredMatrix stored, int from, int to) {
        int columns = stored.columns();
        float[] numbers = new float[(to - from) * columns];
        for (int row = from; row < to; row++) {
            stored.widen(row, 0, columns, numbers, (row - from) * columns);
        }
        return Nd4j.create(numbers, new long[] {to - from, columns}, 'c');
    }
}

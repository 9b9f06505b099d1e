package org.lsradapt.lsr.backend;

import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@link Backend#gemmLevels} on any backend by arrays of whole numbers, whose sums are exact below 2²⁴. */
final class LevelTiles {

    /** Elements of S that become an array at a time. */
    private static final int TILE = 1 << 20;

    private LevelTiles() {}

    static void multiply(Backend backend, INDArray a, ByteLevels levels, double beta, INDArray c) {
        int m = (int) a.size(0);
        int k = levels.columns();
        float[] numbers;
        try (INDArray copy = a.dup('c')) {
            numbers = copy.data().asFloat();
        }
        float[] scales = new float[m];
        for (int row = 0; row < m; row++) {
            float largest = ByteLevels.largest(numbers, row * k, k);
            scales[row] = ByteLevels.scale(largest);
            float factor = ByteLevels.factor(largest);
            for (int i = row * k; i < (row + 1) * k; i++) {
                numbers[i] = factor == 0 ? 0 : (float) Math.rint(numbers[i] * factor);
            }
        }
        int rows = Math.max(1, Math.min(levels.rows(), TILE / k));
        try (INDArray rounded = Nd4j.create(numbers, new long[] {m, k}, 'c');
                INDArray rowScales = Nd4j.create(scales, new long[] {m, 1}, 'c')) {
            for (int from = 0; from < levels.rows(); from += rows) {
                int to = Math.min(levels.rows(), from + rows);
                add(backend, rounded, rowScales, levels.rows(from, to), beta, Views.columns(c, from, to));
            }
        }
    }

    private static void add(
            Backend backend, INDArray rounded, INDArray rowScales, ByteLevels some, double beta, INDArray c) {
        int k = some.columns();
        int n = some.rows();
        float[] numbers = new float[n * k];
        float[] scales = new float[n];
        for (int row = 0; row < n; row++) {
            some.levels(row, numbers, row * k);
            scales[row] = some.scale(row);
        }
        try (INDArray tile = Nd4j.create(numbers, new long[] {n, k}, 'c');
                INDArray columnScales = Nd4j.create(scales, new long[] {1, n}, 'c');
                INDArray products = Nd4j.createUninitialized(c.dataType(), new long[] {c.size(0), n}, 'c')) {
            backend.gemm(rounded, false, tile, true, 1, 0, products);
            products.muli(columnScales);
            products.muli(rowScales);
            if (beta == 0) {
                c.assign(products);
            } else {
                c.muli(beta).addi(products);
            }
        }
    }
}

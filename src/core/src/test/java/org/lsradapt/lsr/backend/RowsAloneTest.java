package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrices;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link Backend#withRowsAlone}: a row's product has the same bits among any number of rows. */
class RowsAloneTest {
    private static final int[][] SHAPES = {{193, 101}, {70, 1056}, {1, 32}};

    @FunctionalInterface
    private interface Product {
        void compute(Backend backend, INDArray a, INDArray c);
    }

    /** Backends with and without vector instructions and products in BF16. */
    private static Stream<Backend> backends() {
        return Stream.of(
                        new CpuBackend(),
                        new CpuBackend(() -> 3, OneDnn.multipliesBfloat16()),
                        new CpuBackend(() -> 2, false, RowKernels.installed()),
                        new CpuBackend(() -> 1, false))
                .map(Backend::withRowsAlone);
    }

    private static void check(int n, int k, Product product) {
        INDArray x = RandomArrays.normal(new Random(2), DataType.FLOAT, 17, k);
        INDArray before = RandomArrays.normal(new Random(3), DataType.FLOAT, 17, n);
        backends().forEach(backend -> {
            try (Backend.Pass pass = backend.openPass()) {
                check(backend, x, before, product);
            }
        });
    }

    private static void check(Backend backend, INDArray x, INDArray before, Product product) {
        for (int m = 1; m <= 17; m += m < 6 ? 1 : 3) {
            INDArray all = Views.rows(before, 0, m).dup('c');
            product.compute(backend, Views.rows(x, 0, m), all);
            for (int row = 0; row < m; row++) {
                INDArray one = Views.rows(before, row, row + 1).dup('c');
                product.compute(backend, Views.rows(x, row, row + 1), one);
                assertArrayEquals(
                        one.data().asFloat(),
                        Views.rows(all, row, row + 1).dup('c').data().asFloat(),
                        "row " + row + " of " + m + ", [" + x.size(1) + ", " + before.size(1) + "]");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void gemmStored_severalRows_eachAsAlone(WeightFormat format) {
        for (int[] shape : SHAPES) {
            int k = (shape[1] + format.blockLength() - 1) / format.blockLength() * format.blockLength();
            StoredMatrix stored = stored(format, shape[0], k);
            check(shape[0], k, (backend, a, c) -> backend.gemmStored(a, stored, true, 1, c));
            check(shape[0], k, (backend, a, c) -> backend.gemmStored(a, stored, true, 0, c));
        }
    }

    @Test
    void gemmStoredBiased_severalRows_eachAsAlone() {
        StoredMatrix stored = stored(WeightFormat.BF16, 193, 101);
        INDArray bias = RandomArrays.normal(new Random(5), DataType.FLOAT, 193);
        check(193, 101, (backend, a, c) -> backend.gemmStoredBiased(a, stored, bias, c));
    }

    @Test
    void gemm_severalRows_eachAsAlone() {
        for (int[] shape : SHAPES) {
            INDArray weight = RandomArrays.normal(new Random(4), DataType.FLOAT, shape[1], shape[0]);
            INDArray transposed = weight.transpose().dup('c');
            check(shape[0], shape[1], (backend, a, c) -> backend.gemm(a, false, weight, false, 1, 0, c));
            check(shape[0], shape[1], (backend, a, c) -> backend.gemm(a, false, transposed, true, 1, 1, c));
        }
    }

    @Test
    void gemmLevels_severalRows_eachAsAlone() {
        ByteLevels levels = LevelProductTest.levels(RandomArrays.normal(new Random(6), DataType.FLOAT, 96, 193));
        check(193, 96, (backend, a, c) -> backend.gemmLevels(a, levels, 1, c));
    }

    private static StoredMatrix stored(WeightFormat format, int n, int k) {
        return StoredMatrices.random(new Random(n), format, n, k);
    }
}

package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.weights.LevelWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Products of activations and weights in bytes, on each backend, against the same in double. */
class LevelProductTest {

    /** Rounded results of exact sums: products with two scales, a sum, and the sums' own rounding. */
    private static final double ROUNDING = 4 * Math.ulp(1f);

    private final Random random = new Random(Long.getLong("seed", 83));

    static List<Backend> backends() {
        return List.of(new CpuBackend(), new CpuBackend(() -> 3, true), new Nd4jBackend(), new ReferenceBackend());
    }

    /** Wᵀ of a weight [in, out]. */
    static ByteLevels levels(INDArray w) {
        int in = (int) w.size(0);
        int out = (int) w.size(1);
        ByteBuffer levels = ByteBuffer.allocateDirect(in * out);
        ByteBuffer scales = ByteBuffer.allocateDirect(out * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int column = 0; column < out; column++) {
            byte[] row = new byte[in];
            scales.putFloat(column * Float.BYTES, ByteLevels.round(numbers(Views.columns(w, column, column + 1)), row));
            levels.put(column * in, row);
        }
        return new ByteLevels(out, in, levels, scales).packed(LevelProductTest::direct, out);
    }

    private static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect((int) bytes);
    }

    private static float[] numbers(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    /** Q(X)·W + beta·Y in double. */
    private static double[][] expected(INDArray x, ByteLevels w, double beta, INDArray y) {
        int m = (int) x.size(0);
        int k = w.columns();
        double[][] result = new double[m][w.rows()];
        float[][] columns = new float[w.rows()][k];
        for (int j = 0; j < w.rows(); j++) {
            w.levels(j, columns[j], 0);
        }
        for (int i = 0; i < m; i++) {
            float[] row = numbers(Views.rows(x, i, i + 1));
            float largest = ByteLevels.largest(row, 0, k);
            float factor = ByteLevels.factor(largest);
            for (int j = 0; j < w.rows(); j++) {
                double sum = 0;
                for (int q = 0; q < k; q++) {
                    sum += Math.rint(row[q] * factor) * columns[j][q];
                }
                double before = beta == 0 ? 0 : beta * y.getDouble(i, j);
                result[i][j] = sum * ByteLevels.scale(largest) * w.scale(j) + before;
            }
        }
        return result;
    }

    private static double largest(INDArray array) {
        return array.length() == 0 ? 0 : array.amaxNumber().doubleValue();
    }

    private void assertProduct(Backend backend, int m, int k, int n, double beta) {
        INDArray x = normal(random, DataType.FLOAT, m, k);
        INDArray w = normal(random, DataType.FLOAT, k, n);
        INDArray wide = normal(random, DataType.FLOAT, m, n + 5);
        INDArray y = Views.columns(wide, 2, n + 2);
        INDArray before = wide.dup();
        ByteLevels levels = levels(w);
        double[][] expected = expected(x, levels, beta, y);
        backend.gemmLevels(x, levels, beta, y);
        double size = k * largest(x) * largest(w) + Math.abs(beta) * largest(before);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                assertEquals(expected[i][j], y.getDouble(i, j), ROUNDING * size, i + ", " + j);
            }
        }
        assertEquals(Views.columns(before, 0, 2), Views.columns(wide, 0, 2));
        assertEquals(Views.columns(before, n + 2, n + 5), Views.columns(wide, n + 2, n + 5));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void product_ofAnyShape_isThatOfTheRoundedNumbers(Backend backend) {
        int[][] shapes = {{1, 1, 1}, {1, 384, 384}, {7, 5, 3}, {3, 33, 129}, {16, 31, 300}, {29, 64, 600}};
        for (int[] shape : shapes) {
            assertProduct(backend, shape[0], shape[1], shape[2], 0);
            assertProduct(backend, shape[0], shape[1], shape[2], 1);
            assertProduct(backend, shape[0], shape[1], shape[2], -0.3);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void product_ofMoreRowsThanABlock_isThatOfTheRoundedNumbers(Backend backend) {
        assertProduct(backend, 283, 37, 67, 1);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void product_differsFromTheExactOne_byHalfALevelAtMost(Backend backend) {
        int k = 96;
        INDArray x = normal(random, DataType.FLOAT, 9, k);
        INDArray w = normal(random, DataType.FLOAT, k, 40);
        INDArray y = Nd4j.create(DataType.FLOAT, 9, 40);
        backend.gemmLevels(x, levels(w), 0, y);
        for (int i = 0; i < 9; i++) {
            double stepX = Views.rows(x, i, i + 1).amaxNumber().doubleValue() / 127;
            for (int j = 0; j < 40; j++) {
                double stepW = Views.columns(w, j, j + 1).amaxNumber().doubleValue() / 127;
                double exact = 0;
                double bound = 0;
                for (int q = 0; q < k; q++) {
                    double a = x.getDouble(i, q);
                    double b = w.getDouble(q, j);
                    exact += a * b;
                    bound += Math.abs(a) * stepW / 2 + Math.abs(b) * stepX / 2 + stepX * stepW / 4;
                }
                assertTrue(Math.abs(y.getDouble(i, j) - exact) <= bound * (1 + 1e-5), i + ", " + j);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void product_ofRowsOfZeros_isZeroOrWhatWasThere(Backend backend) {
        INDArray x = normal(random, DataType.FLOAT, 5, 20);
        Views.rows(x, 1, 2).assign(0);
        Views.rows(x, 3, 4).assign(1e-38);
        INDArray y = Nd4j.valueArrayOf(new long[] {5, 30}, 3f, DataType.FLOAT);
        INDArray w = normal(random, DataType.FLOAT, 20, 30);
        Views.columns(w, 4, 5).assign(0);
        backend.gemmLevels(x, levels(w), 1, y);
        for (int j = 0; j < 30; j++) {
            assertEquals(3, y.getFloat(1, j));
            assertEquals(3, y.getFloat(3, j));
        }
        assertEquals(3, y.getFloat(0, 4));
        y.assign(Float.NaN);
        backend.gemmLevels(x, levels(w), 0, y);
        assertEquals(0, Math.abs(y.getFloat(1, 7)));
        assertTrue(Float.isFinite(y.getFloat(0, 0)) && y.getFloat(0, 0) != 0);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void product_ofARowThatIsNotFinite_isNaNInThatRowAlone(Backend backend) {
        INDArray x = normal(random, DataType.FLOAT, 6, 50);
        x.putScalar(1, 49, Float.NaN);
        x.putScalar(2, 0, Float.POSITIVE_INFINITY);
        x.putScalar(4, 7, Float.NEGATIVE_INFINITY);
        // The sum of squares is beyond FLOAT, the numbers are not.
        x.putScalar(5, 7, 1e30f);
        INDArray y = Nd4j.create(DataType.FLOAT, 6, 130);
        backend.gemmLevels(x, levels(normal(random, DataType.FLOAT, 50, 130)), 0, y);
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 130; j++) {
                assertEquals(i != 1 && i != 2 && i != 4, Float.isFinite(y.getFloat(i, j)), i + ", " + j);
            }
        }
    }

    /** A sequence's result must not depend on the batch that it is in. */
    @Test
    void product_ofSomeRows_isToTheBitThatOfAll() {
        INDArray x = normal(random, DataType.FLOAT, 300, 70);
        ByteLevels levels = levels(normal(random, DataType.FLOAT, 70, 200));
        INDArray all = Nd4j.create(DataType.FLOAT, 300, 200);
        new CpuBackend().gemmLevels(x, levels, 0, all);
        for (int[] range : new int[][] {{0, 1}, {3, 20}, {17, 288}, {299, 300}}) {
            INDArray some = Nd4j.create(DataType.FLOAT, range[1] - range[0], 200);
            new CpuBackend(() -> 2, true).gemmLevels(Views.rows(x, range[0], range[1]), levels, 0, some);
            assertEquals(
                    0,
                    some.sub(Views.rows(all, range[0], range[1]))
                            .normmaxNumber()
                            .doubleValue());
        }
    }

    @Test
    void levels_areTheNearest_andTheLargestIs127() {
        byte[] levels = new byte[4];
        assertEquals(2f / 127, ByteLevels.round(new float[] {2, -1, 0.003f, 0}, levels));
        assertEquals(127, levels[0]);
        assertEquals(-64, levels[1]);
        assertEquals(0, levels[2]);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> ByteLevels.round(new float[] {Float.NaN}, new byte[1]))
                .getMessage();
        assertEquals("byte levels: a row has a number that is not finite, expected finite numbers", message);
    }

    @Test
    void weight_givesItsNumbersAndColumns_andNoGradient() {
        INDArray w = normal(random, DataType.FLOAT, 33, 21);
        LevelWeight weight = new LevelWeight(levels(w));
        INDArray copy = Nd4j.create(DataType.FLOAT, 33, 21);
        weight.copyTo(copy);
        assertTrue(copy.sub(w).amaxNumber().doubleValue() <= largest(w) / 254 * 1.001);
        INDArray some = Nd4j.create(DataType.FLOAT, 33, 6);
        weight.columns(5, 11).copyTo(some);
        assertEquals(0, some.sub(Views.columns(copy, 5, 11)).normmaxNumber().doubleValue());
        INDArray x = normal(random, DataType.FLOAT, 2, 33);
        INDArray whole = Nd4j.create(DataType.FLOAT, 2, 21);
        INDArray part = Nd4j.create(DataType.FLOAT, 2, 6);
        weight.multiply(new CpuBackend(), x, 0, whole);
        weight.columns(5, 11).multiply(new CpuBackend(), x, 0, part);
        assertTrue(part.sub(Views.columns(whole, 5, 11)).amaxNumber().doubleValue() < 1e-5);
        assertThrows(
                UnsupportedOperationException.class, () -> weight.multiplyTransposed(new CpuBackend(), part, 0, x));
    }

    @Test
    void packing_isUsedWhereTheProcessorMultipliesBytes() {
        ByteLevels levels = levels(normal(random, DataType.FLOAT, 8, 300));
        assertEquals(OneDnn.multipliesBytes(), !levels.panels().isEmpty());
        int packed = OneDnn.multipliesBytes() ? 300 : 0;
        assertEquals(
                packed,
                levels.panels().stream().mapToInt(ByteLevels.Panel::rows).sum());
    }

    @Test
    void rows_ofAPart_arePacked_andThoseOfAPieceOfAPanelAreNot() {
        INDArray w = normal(random, DataType.FLOAT, 8, 700);
        ByteLevels plain = levels(w);
        ByteLevels levels = plain.packed(LevelProductTest::direct, 400, 300);
        assertEquals(levels.panels().isEmpty(), levels.rows(400, 700).panels().isEmpty());
        assertTrue(levels.rows(1, 399).panels().isEmpty());
        INDArray x = normal(random, DataType.FLOAT, 3, 8);
        INDArray whole = Nd4j.create(DataType.FLOAT, 3, 700);
        new CpuBackend().gemmLevels(x, plain, 0, whole);
        for (int[] range : new int[][] {{0, 400}, {400, 700}, {1, 399}}) {
            INDArray part = Nd4j.create(DataType.FLOAT, 3, range[1] - range[0]);
            new CpuBackend().gemmLevels(x, levels.rows(range[0], range[1]), 0, part);
            INDArray error = part.sub(Views.columns(whole, range[0], range[1]));
            assertTrue(error.amaxNumber().doubleValue() < 1e-5);
        }
        String message = assertThrows(
                        IllegalArgumentException.class, () -> plain.packed(LevelProductTest::direct, 400, 299))
                .getMessage();
        assertEquals("byte levels: parts have 699 rows, expected 700", message);
    }
}

package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrices;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Products whose operands have rows behind their last, which hold anything. */
class ProductsWithRoomTest {
    private static final int K = 96;
    private static final int N = 64;
    private static final int[] LENGTHS = {1, 15, 16, 17, 31, 33, 66, 129, 143};
    private static final int MOST = 170;

    private final Random random = new Random(41);
    private final Backend plain = CpuBackends.inBfloat16(2);
    private final Backend withRoom = plain.withRoom(array -> true);

    private interface Product {
        void compute(Backend backend, INDArray a, INDArray factor, INDArray c);
    }

    /** Rows behind A's and F's are NaN. */
    private INDArray operand(int rows, int columns) {
        INDArray whole = RandomArrays.normal(random, DataType.FLOAT, MOST, columns);
        Views.rows(whole, rows, MOST).assign(Float.NaN);
        return Views.rows(whole, 0, rows);
    }

    private void requireSame(DataType type, Product product) {
        for (int m : LENGTHS) {
            INDArray a = operand(m, K);
            INDArray factor = operand(m, N);
            INDArray before =
                    RandomArrays.normal(random, DataType.FLOAT, MOST, N + 5).castTo(type);
            INDArray expected = before.dup();
            INDArray actual = before.dup();
            product.compute(plain, a, factor, Views.block(expected, 0, m, 2, 2 + N));
            product.compute(withRoom, a, factor, Views.block(actual, 0, m, 2, 2 + N));
            String rows = m + " rows";
            assertArrayEquals(numbers(Views.rows(expected, 0, m)), numbers(Views.rows(actual, 0, m)), rows);
            int room = (int) Buffer.roomFor(m);
            assertArrayEquals(numbers(Views.rows(before, room, MOST)), numbers(Views.rows(actual, room, MOST)), rows);
            assertArrayEquals(numbers(Views.columns(before, 0, 2)), numbers(Views.columns(actual, 0, 2)), rows);
            assertArrayEquals(
                    numbers(Views.columns(before, 2 + N, 5 + N)), numbers(Views.columns(actual, 2 + N, 5 + N)), rows);
        }
    }

    private static float[] numbers(INDArray array) {
        return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"F32", "BF16", "Q8_0", "Q4_1"})
    void gemmStored_withRoom_givesTheSameRows(WeightFormat format) {
        StoredMatrix up = StoredMatrices.random(random, format, N, K);
        StoredMatrix down = StoredMatrices.random(random, format, K, N);
        INDArray bias = RandomArrays.normal(random, DataType.FLOAT, N);
        requireSame(DataType.FLOAT, (backend, a, factor, c) -> backend.gemmStored(a, up, true, 0, c));
        requireSame(DataType.FLOAT, (backend, a, factor, c) -> backend.gemmStored(a, down, false, 1, c));
        requireSame(DataType.FLOAT, (backend, a, factor, c) -> backend.gemmStoredBiased(a, up, bias, c));
        requireSame(
                DataType.FLOAT,
                (backend, a, factor, c) -> backend.gemmStoredParts(a, List.of(up.rows(0, 16), up.rows(16, N)), 0.5, c));
    }

    @Test
    void gemmStoredTimes_withRoom_givesTheSameRows() {
        StoredMatrix down = StoredMatrices.random(random, WeightFormat.BF16, K, N);
        assumeTrue(plain.takesBfloat16(down), "the processor does not multiply BF16");
        requireSame(DataType.BFLOAT16, (backend, a, factor, c) -> backend.gemmStoredTimes(a, down, factor, c));
    }

    @Test
    void gemmLevels_withRoom_givesTheSameRows() {
        ByteLevels levels = LevelProductTest.levels(RandomArrays.normal(random, DataType.FLOAT, K, N));
        requireSame(DataType.FLOAT, (backend, a, factor, c) -> backend.gemmLevels(a, levels, 1, c));
    }

    @Test
    void products_ofManyLengths_compileFew() throws InterruptedException {
        assumeTrue(OneDnn.multipliesBfloat16(), "the processor does not multiply BF16");
        StoredMatrix up = StoredMatrices.random(random, WeightFormat.BF16, N, K);
        Backend backend = CpuBackends.inBfloat16(1).withRoom(array -> true);
        INDArray a = Nd4j.create(DataType.FLOAT, 400, K);
        INDArray c = Nd4j.create(DataType.FLOAT, 400, N);
        int[] compiled = new int[1];
        Thread own = new Thread(() -> {
            for (int m = 1; m <= 384; m++) {
                backend.gemmStored(Views.rows(a, 0, m), up, true, 0, Views.rows(c, 0, m));
            }
            compiled[0] = OneDnn.compiledOperations();
        });
        own.start();
        own.join();
        // Each length below 16, eight up to 32, 64 and 128 each, and multiples of 8 from there: products and roundings.
        int lengths = 15 + 3 * 8 + 33;
        assertTrue(compiled[0] <= 2 * lengths, compiled[0] + " compiled operations");
    }
}

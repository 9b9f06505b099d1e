package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Decompositions and QR against what they are to multiply up to. */
@EveryProcessor
class SingularValuesTest {
    private final Random random = new Random(Long.getLong("seed", 62));

    private INDArray normal(long... shape) {
        return RandomArrays.normal(random, DataType.DOUBLE, shape);
    }

    private static double distance(INDArray one, INDArray other) {
        return one.sub(other).normmaxNumber().doubleValue();
    }

    private static void assertOrthonormal(INDArray q) {
        assertTrue(distance(q.transpose().mmul(q), Nd4j.eye(q.size(1)).castTo(DataType.DOUBLE)) < 1e-12);
    }

    private static void assertDecomposes(INDArray matrix, SingularValues found) {
        int k = (int) Math.min(matrix.size(0), matrix.size(1));
        assertEquals(k, found.sigma().length);
        assertArrayEquals(new long[] {matrix.size(0), k}, found.u().shape());
        assertArrayEquals(new long[] {matrix.size(1), k}, found.v().shape());
        assertOrthonormal(found.u());
        assertOrthonormal(found.v());
        for (int i = 1; i < k; i++) {
            assertTrue(found.sigma()[i] <= found.sigma()[i - 1] && found.sigma()[i] >= 0);
        }
        INDArray again = found.u()
                .mulRowVector(Nd4j.createFromArray(found.sigma()))
                .mmul(found.v().transpose());
        assertTrue(distance(again, matrix) < 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"7, 3", "3, 7", "5, 5", "1, 4", "4, 1", "1, 1"})
    void of_multipliesUpToTheMatrix(int rows, int columns) {
        INDArray matrix = normal(rows, columns);
        SingularValues found = SingularValues.of(matrix);
        assertDecomposes(matrix, found);
        assertDecomposes(matrix, SingularValues.ofLarge(matrix));
        assertArrayEquals(found.sigma(), SingularValues.sigma(matrix), 1e-12);
        assertDecomposes(
                matrix.castTo(DataType.FLOAT).castTo(DataType.DOUBLE),
                SingularValues.of(matrix.castTo(DataType.FLOAT)));
    }

    @Test
    void ofProduct_isThatOfTheProduct() {
        INDArray left = normal(8, 3);
        INDArray right = normal(6, 3);
        INDArray product = left.mmul(right.transpose());
        SingularValues found = SingularValues.ofProduct(left, right);
        double[] expected = SingularValues.sigma(product);
        assertArrayEquals(Arrays.copyOf(expected, 3), found.sigma(), 1e-12);
        INDArray again = found.u()
                .mulRowVector(Nd4j.createFromArray(found.sigma()))
                .mmul(found.v().transpose());
        assertTrue(distance(again, product) < 1e-12);
    }

    @Test
    void ofSum_withWeights_hasTheFrobeniusNormOfTheSum() {
        INDArray weights = Nd4j.createFromArray(0.5, -2.0);
        KroneckerSum sum = KroneckerSum.of(List.of(normal(2, 3, 2), normal(2, 2, 5)), weights);
        double[] sigma = SingularValues.ofSum(sum).sigma();
        double norm = sum.materialize().norm2Number().doubleValue();
        assertEquals(norm, SingularValues.tail(sigma, 0), 1e-12 * norm);
        assertEquals(sigma[1], SingularValues.tail(sigma, 1));
        assertEquals(0, SingularValues.tail(sigma, 2));
        assertEquals(Math.sqrt(2 * 2 + 1), SingularValues.tail(new double[] {9, 2, 1}, 1));
        assertEquals(SingularValues.tail(sigma, 1), SingularValues.ofSum(sum).tail(1));
    }

    @Test
    void orthogonal_ofDependentColumns_hasZerosForThem() {
        INDArray matrix = normal(6, 3);
        matrix.putColumn(1, matrix.getColumn(0).mul(-2));
        Orthogonal found = Orthogonal.of(matrix);
        assertTrue(distance(found.q().mmul(found.r()), matrix) < 1e-12);
        assertEquals(0, found.r().getDouble(1, 1));
        assertEquals(0, found.q().getColumn(1).norm2Number().doubleValue());
        assertEquals(1, found.q().getColumn(2).norm2Number().doubleValue(), 1e-12);
        assertEquals(0, found.r().getDouble(2, 0));
        assertTrue(found.r().getDouble(0, 0) > 0);
    }

    @Test
    void orthogonal_ofColumnsThatAreNearlyTheSame_isOrthonormalToRounding() {
        INDArray matrix = normal(20, 4);
        for (int i = 1; i < 4; i++) {
            matrix.putColumn(i, matrix.getColumn(0).add(normal(20).mul(1e-9)));
        }
        Orthogonal found = Orthogonal.of(matrix);
        assertOrthonormal(found.q());
        assertTrue(distance(found.q().mmul(found.r()), matrix) < 1e-13);
    }

    @Test
    void orthogonal_ofAWideMatrix_isTheMatrixItself() {
        INDArray matrix = normal(3, 5);
        Orthogonal found = Orthogonal.of(matrix);
        assertEquals(0, distance(found.r(), matrix));
        assertOrthonormal(found.q());
    }
}

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against the definitions, and against ND4J's products. */
class SmallMatricesTest {
    private final Random random = new Random(Long.getLong("seed", 61));

    private double[][] matrix(int rows, int columns) {
        double[][] matrix = new double[rows][];
        for (int i = 0; i < rows; i++) {
            matrix[i] = random.doubles(columns, -1, 1).toArray();
        }
        return matrix;
    }

    private static void assertClose(INDArray expected, double[][] found) {
        assertEquals(expected.size(0), found.length);
        for (int i = 0; i < found.length; i++) {
            assertArrayEquals(expected.getRow(i).toDoubleVector(), found[i], 1e-13);
        }
    }

    @Test
    void products_areThoseOfMatrices() {
        double[][] x = matrix(3, 5);
        double[][] y = matrix(5, 2);
        double[][] z = matrix(4, 5);
        INDArray asArray = Nd4j.createFromArray(x);
        assertClose(asArray.mmul(Nd4j.createFromArray(y)), SmallMatrices.product(x, y));
        assertClose(asArray.mmul(Nd4j.createFromArray(z).transpose()), SmallMatrices.productTransposed(x, z));
        assertClose(asArray.transpose(), SmallMatrices.transposed(x));
        assertEquals(5, SmallMatrices.transposed(x).length);
    }

    @Test
    void vectors_dotNormAddScale() {
        double[] a = {1.5, -2, 0.25};
        double[] b = {4, 0.5, -8};
        assertEquals(3, SmallMatrices.dot(a, b));
        assertEquals(Math.sqrt(6.3125), SmallMatrices.norm(a));
        SmallMatrices.add(-2, a, b);
        assertArrayEquals(new double[] {1, 4.5, -8.5}, b);
        SmallMatrices.scale(-3, b);
        assertArrayEquals(new double[] {-3, -13.5, 25.5}, b);
    }

    @Test
    void solve_isTheInverseOfTheProduct() {
        for (int n : new int[] {1, 2, 5, 7}) {
            double[][] root = matrix(n, n + 3);
            double[][] s = SmallMatrices.productTransposed(root, root);
            double[][] x = matrix(n, 4);
            double[][] b = SmallMatrices.product(s, x);
            SmallMatrices.solve(Arrays.stream(s).map(double[]::clone).toArray(double[][]::new), b);
            for (int i = 0; i < n; i++) {
                assertArrayEquals(x[i], b[i], 1e-9, n + " equations");
            }
        }
    }

    @Test
    void rowsStackAndWrite_keepNumbersInTheirOrder() {
        INDArray array = RandomArrays.normal(random, DataType.FLOAT, 3, 2, 5);
        double[][] rows = SmallMatrices.rows(array);
        assertEquals(3, rows.length);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 10; j++) {
                assertEquals(array.getDouble(i, j / 5, j % 5), rows[i][j]);
            }
        }
        INDArray again = SmallMatrices.stack(rows, DataType.FLOAT, 2, 5);
        assertArrayEquals(new long[] {3, 2, 5}, again.shape());
        assertEquals(DataType.FLOAT, again.dataType());
        assertEquals(0, again.sub(array).normmaxNumber().doubleValue());
        rows[2][7] = 0.1;
        SmallMatrices.write(rows, array);
        assertEquals(0.1f, array.getFloat(2, 1, 2));
        assertEquals(again.getFloat(0, 0, 0), array.getFloat(0, 0, 0));
    }

    @Test
    void weights_areThoseOfTheSum_orOnes() {
        INDArray first = RandomArrays.normal(random, DataType.DOUBLE, 3, 2, 2);
        INDArray second = RandomArrays.normal(random, DataType.DOUBLE, 3, 2, 2);
        assertArrayEquals(new double[] {1, 1, 1}, SmallMatrices.weights(KroneckerSum.of(first, second)));
        INDArray weights = Nd4j.createFromArray(0.5, -2, 3.25);
        double[] found = SmallMatrices.weights(KroneckerSum.of(List.of(first, second), weights));
        assertArrayEquals(new double[] {0.5, -2, 3.25}, found);
        found[0] = 7;
        assertEquals(0.5, weights.getDouble(0));
    }
}

package org.lsradapt.encoder.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The fast kernels in FLOAT against the plain ones in DOUBLE, at awkward sizes and on blocks of wider arrays. */
class CpuKernelsTest {
    private static final double TOLERANCE = 5e-6;
    private final EncoderKernels fast = new CpuKernels();
    private final EncoderKernels plain = new Nd4jKernels();
    private final Random random = new Random(1);

    private INDArray floats(long... shape) {
        return RandomArrays.normal(random, DataType.FLOAT, shape);
    }

    private static INDArray doubles(INDArray array) {
        return array == null ? null : array.castTo(DataType.DOUBLE);
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        double error = RandomArrays.relativeError(expected, actual);
        assertTrue(error < TOLERANCE, () -> "relative error " + error);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "1,1021", "37,384", "130,1021"})
    void gelu_anySize_equalsPlain(int rows, int width) {
        INDArray z = floats(rows, width).muli(4);
        INDArray bias = floats(width);
        INDArray zd = doubles(z);
        INDArray expected = zd.ulike();
        plain.gelu(zd, doubles(bias), expected, true);
        INDArray out = z.ulike();
        fast.gelu(z, bias, out, true);
        assertClose(expected, out);
        assertClose(zd, z);
    }

    @Test
    void gelu_wholeRange_isWithinDocumentedError() {
        int n = 200_001;
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = -20 + 40f * i / (n - 1);
        }
        float[] value = new float[n];
        float[] derivative = new float[n];
        Gelu.values(x, value, n);
        Gelu.derivatives(x, derivative, n);
        INDArray zd = Nd4j.createFromArray(x).castTo(DataType.DOUBLE).reshape(1, n);
        INDArray out = zd.ulike();
        INDArray xs = zd.dup();
        plain.gelu(zd, Nd4j.zeros(DataType.DOUBLE, n), out, true);
        for (int i = 0; i < n; i++) {
            assertEquals(out.getDouble(i), value[i], 2.5e-7 * Math.max(1, Math.abs(xs.getDouble(i))), "gelu " + x[i]);
            assertEquals(zd.getDouble(i), derivative[i], 2.5e-7, "gelu' " + x[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,1021", "37,384", "70,768"})
    void addNormalizeAndGradient_anySize_equalPlain(int rows, int width) {
        INDArray product = floats(rows, width);
        INDArray bias = floats(width);
        INDArray residual = floats(rows, width);
        INDArray gamma = floats(width);
        INDArray beta = floats(width);
        INDArray[] expected = outputs(DataType.DOUBLE, rows, width);
        INDArray[] actual = outputs(DataType.FLOAT, rows, width);
        plain.addNormalize(
                doubles(product), doubles(bias), doubles(residual), doubles(gamma), doubles(beta), 1e-5, expected[0],
                expected[1], expected[2]);
        fast.addNormalize(product, bias, residual, gamma, beta, 1e-5, actual[0], actual[1], actual[2]);
        for (int i = 0; i < 3; i++) {
            assertClose(expected[i], actual[i]);
        }
        INDArray grad = floats(rows, width);
        INDArray expectedGrad = doubles(grad).ulike();
        plain.normalizeGradient(doubles(grad), doubles(gamma), expected[1], expected[2], expectedGrad);
        fast.normalizeGradient(grad, gamma, actual[1], actual[2], grad);
        assertTrue(expectedGrad.sub(doubles(grad)).norm2Number().doubleValue() < 1e-3 * (1 + expectedGrad.norm2Number().doubleValue()));
    }

    private static INDArray[] outputs(DataType type, int rows, int width) {
        return new INDArray[] {
            Nd4j.create(type, rows, width), Nd4j.create(type, rows, width), Nd4j.create(type, rows)
        };
    }

    @ParameterizedTest
    @CsvSource({"1,4", "3,8", "12,32"})
    void attentionAndGradient_raggedSequences_equalPlain(int heads, int headSize) {
        int h = heads * headSize;
        for (int[][] offsets : new int[][][] {
            {{0, 5, 6, 37}, {0, 5, 6, 37}}, {{0, 1, 2, 3}, {0, 5, 6, 37}}, {{0, 61}, {0, 61}}, {{0, 70, 670}, {0, 70, 670}}
        }) {
            Spans spans = new Spans(offsets[0], offsets[1]);
            int m = offsets[0][offsets[0].length - 1];
            int n = offsets[1][offsets[1].length - 1];
            INDArray qkv = floats(Math.max(m, n), 3L * h + 5);
            INDArray q = block(qkv, m, 0, h);
            INDArray k = block(qkv, n, h, 2L * h);
            INDArray v = block(qkv, n, 2L * h, 3L * h);
            INDArray[] e = attention(plain, spans, heads, doubles(q.dup('c')), doubles(k.dup('c')), doubles(v.dup('c')), m, n, h);
            INDArray[] a = attention(fast, spans, heads, q, k, v, m, n, h);
            for (int i = 0; i < e.length; i++) {
                assertClose(e[i], a[i]);
            }
        }
    }

    private static INDArray block(INDArray array, long rows, long from, long to) {
        return array.get(NDArrayIndex.interval(0, rows), NDArrayIndex.interval(from, to)).reshape(rows, to - from);
    }

    private static INDArray[] attention(
            EncoderKernels kernels, Spans spans, int heads, INDArray q, INDArray k, INDArray v, int m, int n, int h) {
        DataType type = q.dataType();
        INDArray p = Nd4j.create(type, spans.probabilities(heads));
        INDArray out = Nd4j.create(type, m, h);
        kernels.attention(spans, heads, q, k, v, p, out);
        INDArray g = RandomArrays.normal(new Random(9), type, m, h);
        INDArray gradQ = Nd4j.create(type, m, h);
        INDArray gradK = Nd4j.create(type, n, h);
        INDArray gradV = Nd4j.create(type, n, h);
        kernels.attentionGradient(spans, heads, q, k, v, p, g, gradQ, gradK, gradV);
        return new INDArray[] {out, gradQ, gradK, gradV};
    }

    @Test
    void softmax_extremeScores_isFiniteAndSumsToOne() {
        float[] x = {-1000, 0, 88, 87.5f, -3e38f, 1, 88};
        double[] exact = {0, 0, 1 / (2 + Math.exp(-0.5)), Math.exp(-0.5) / (2 + Math.exp(-0.5)), 0, 0, 1 / (2 + Math.exp(-0.5))};
        for (int cols : new int[] {1, 3, 40}) {
            FloatBuffer matrix = FloatBuffer.allocate(5 + x.length * cols);
            for (int i = 0; i < x.length * cols; i++) {
                matrix.put(5 + i, x[i / cols]);
            }
            new ColumnSoftmax().forward(matrix, 5, x.length, cols);
            for (int i = 0; i < x.length * cols; i++) {
                assertEquals(exact[i / cols], matrix.get(5 + i), 1e-6);
            }
        }
    }

    @Test
    void tanhAndGradient_anySize_equalPlain() {
        INDArray z = floats(5, 211);
        INDArray expected = doubles(z);
        plain.tanh(expected);
        fast.tanh(z);
        assertClose(expected, z);
        INDArray grad = floats(5, 211);
        INDArray expectedGrad = doubles(grad);
        plain.tanhGradient(expected, expectedGrad);
        fast.tanhGradient(z, grad);
        assertClose(expectedGrad, grad);
    }

    @Test
    void rows_gatherScatterFillEmbed_equalPlain() {
        INDArray table = floats(11, 7);
        INDArray other = floats(3, 7);
        int[][] rows = {{4, 4, 10, 0}, {2, 0, 1, 1}};
        INDArray expected = Nd4j.create(DataType.FLOAT, 4, 7);
        INDArray actual = Nd4j.create(DataType.FLOAT, 4, 7);
        plain.embed(new INDArray[] {table, other}, rows, expected);
        fast.embed(new INDArray[] {table, other}, rows, actual);
        assertClose(expected, actual);
        INDArray to = floats(11, 7);
        INDArray toExpected = to.dup();
        plain.scatterAddRows(expected, new int[] {1, 0, 7, 9}, toExpected);
        fast.scatterAddRows(expected, new int[] {1, 0, 7, 9}, to);
        assertClose(toExpected, to);
        fast.gatherRows(to, new int[] {9, 1, 1, 0}, actual);
        plain.gatherRows(to, new int[] {9, 1, 1, 0}, expected);
        assertClose(expected, actual);
        fast.scatterRows(expected, new int[] {4, 10, 0, 3}, to);
        plain.scatterRows(expected, new int[] {4, 10, 0, 3}, toExpected);
        assertClose(toExpected, to);
    }
}

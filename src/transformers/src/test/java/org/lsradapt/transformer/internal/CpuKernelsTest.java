package org.lsradapt.transformer.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The fast kernels in FLOAT against the plain ones in DOUBLE, at awkward sizes and on blocks of wider arrays. */
class CpuKernelsTest {
    private static final double TOLERANCE = 5e-6;
    private final Kernels fast = new CpuKernels();
    private final Kernels plain = new PlainKernels();
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
    @CsvSource({"1, 1021", "7, 13", "301, 384"})
    void drop_anySize_equalsPlainAndKeepsTheMean(int rows, int width) {
        INDArray x = floats(rows, width);
        DropMask mask = new DropMask(random.longs(rows).toArray(), 0.3);
        INDArray expected = doubles(x).ulike();
        plain.drop(doubles(x), mask, false, expected);
        INDArray out = x.ulike();
        fast.drop(x, mask, false, out);
        assertClose(expected, out);
        INDArray sum = floats(rows, 2L * width).get(NDArrayIndex.all(), NDArrayIndex.interval(width, 2L * width));
        INDArray wanted = doubles(x).ulike().assign(sum);
        plain.drop(doubles(x), mask, true, wanted);
        fast.drop(x, mask, true, sum);
        assertClose(wanted, sum);
        double kept = x.ulike()
                .assign(1)
                .sub(out.eq(0).castTo(DataType.FLOAT))
                .sumNumber()
                .doubleValue();
        double deviation = Math.sqrt(0.3 * 0.7 / x.length());
        assertEquals(0.7, kept / x.length(), 4 * deviation, "kept elements");
        assertEquals(1 / 0.7, out.getDouble(0, firstKept(out)) / x.getDouble(0, firstKept(out)), 1e-6);
    }

    private static int firstKept(INDArray out) {
        int column = 0;
        while (out.getDouble(0, column) == 0) {
            column++;
        }
        return column;
    }

    @ParameterizedTest
    @MethodSource("activationsAndSizes")
    void activate_anySize_equalsPlain(Activation f, int rows, int width) {
        INDArray z = floats(rows, width).muli(4);
        INDArray bias = width % 2 == 0 ? null : floats(width);
        INDArray zd = doubles(z);
        INDArray expected = zd.ulike();
        plain.activate(f, zd, doubles(bias), expected, true);
        INDArray out = z.ulike();
        fast.activate(f, z, bias, out, true);
        assertClose(expected, out);
        assertClose(zd, z);
    }

    @ParameterizedTest
    @MethodSource("activationsAndSizes")
    void activateGatedAndGradient_anySize_equalPlain(Activation f, int rows, int width) {
        INDArray z = floats(rows, 2L * width).muli(3);
        INDArray bias = width % 2 == 0 ? null : floats(2L * width);
        INDArray zd = doubles(z);
        INDArray expected = Nd4j.create(DataType.DOUBLE, rows, width);
        plain.activateGated(f, zd, doubles(bias), expected, true);
        INDArray out = Nd4j.create(DataType.FLOAT, rows, width);
        fast.activateGated(f, z, bias, out, true);
        assertClose(expected, out);
        assertClose(zd, z);
        INDArray grad = floats(rows, width);
        INDArray expectedGrad = zd.ulike();
        plain.gatedGradient(zd, doubles(grad), expectedGrad);
        INDArray actualGrad = z.ulike();
        fast.gatedGradient(z, grad, actualGrad);
        assertClose(expectedGrad, actualGrad);
    }

    static Stream<Arguments> activationsAndSizes() {
        int[][] sizes = {{1, 1}, {3, 5}, {1, 1021}, {37, 384}, {130, 211}};
        return Stream.of(Activation.values()).flatMap(f -> Stream.of(sizes).map(s -> Arguments.of(f, s[0], s[1])));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void plainDerivative_agreesWithCentralDifferences(Activation f) {
        INDArray x = RandomArrays.normal(random, DataType.DOUBLE, 1, 40).muli(2);
        INDArray derivative = x.dup();
        plain.activate(f, derivative, null, x.ulike(), true);
        INDArray up = x.ulike();
        INDArray down = x.ulike();
        plain.activate(f, x.add(1e-6), null, up, false);
        plain.activate(f, x.sub(1e-6), null, down, false);
        assertTrue(RandomArrays.relativeError(up.sub(down).div(2e-6), derivative) < 1e-8);
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
        plain.activate(Activation.GELU, zd, null, out, true);
        for (int i = 0; i < n; i++) {
            assertEquals(out.getDouble(i), value[i], 2.5e-7 * Math.max(1, Math.abs(xs.getDouble(i))), "gelu " + x[i]);
            assertEquals(zd.getDouble(i), derivative[i], 2.5e-7, "gelu' " + x[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,1021", "37,384", "70,768"})
    void addNormalizeAndGradient_anySize_equalPlain(int rows, int width) {
        for (Norm.Kind kind : Norm.Kind.values()) {
            NormWeights norm =
                    new NormWeights(kind, 1e-5, floats(width), kind == Norm.Kind.LAYER ? floats(width) : null);
            NormWeights exact = new NormWeights(kind, 1e-5, doubles(norm.gamma()), doubles(norm.beta()));
            INDArray product = floats(rows, width);
            INDArray bias = floats(width);
            INDArray residual = floats(rows, width);
            INDArray[] expected = outputs(norm, DataType.DOUBLE, rows, width);
            INDArray[] actual = outputs(norm, DataType.FLOAT, rows, width);
            plain.addNormalize(
                    doubles(product),
                    doubles(bias),
                    doubles(residual),
                    expected[3],
                    exact,
                    expected[0],
                    expected[1],
                    expected[2]);
            fast.addNormalize(product, bias, residual, actual[3], norm, actual[0], actual[1], actual[2]);
            for (int i = 0; i < actual.length; i++) {
                if (actual[i] != null) {
                    assertClose(expected[i], actual[i]);
                }
            }
            if (norm.normalizes()) {
                INDArray again = actual[0].ulike();
                fast.scaleNormalized(actual[1], norm, again);
                assertClose(expected[0], again);
            }
            INDArray grad = floats(rows, width);
            INDArray expectedGrad = doubles(grad).ulike();
            plain.normalizeGradient(doubles(grad), exact, expected[1], expected[2], doubles(residual), expectedGrad);
            fast.normalizeGradient(grad, norm, actual[1], actual[2], residual, grad);
            double scale = 1 + expectedGrad.norm2Number().doubleValue();
            assertTrue(expectedGrad.sub(doubles(grad)).norm2Number().doubleValue() < 1e-3 * scale);
            INDArray sum = floats(rows, width);
            fast.add(product, bias, residual, sum);
            assertClose(expected[3], sum);
        }
    }

    private static INDArray[] outputs(NormWeights norm, DataType type, int rows, int width) {
        return new INDArray[] {
            Nd4j.create(type, rows, width),
            norm.normalizes() ? Nd4j.create(type, rows, width) : null,
            norm.normalizes() ? Nd4j.create(type, rows) : null,
            Nd4j.create(type, rows, width)
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rotate_anyPositions_equalsPlainAndTurnsBack(boolean back) {
        Rotation rotation = new Rotation(new Positions.Rotary(new double[] {1, 0.31, 0.017}), 6);
        int[] positions = {0, 5, 1, 700, 129};
        INDArray x = floats(5, 4 * 6 + 3);
        INDArray part = x.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 25));
        INDArray before = part.dup('c');
        INDArray expected = doubles(part.dup('c'));
        plain.rotate(rotation, positions, expected, back);
        fast.rotate(rotation, positions, part, back);
        assertClose(expected, part.dup('c'));
        fast.rotate(rotation, positions, part, !back);
        assertClose(doubles(before), part.dup('c'));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rotate_partOfEachHead_equalsPlainAndLeavesTheOthers(boolean back) {
        Rotation rotation = new Rotation(new Positions.Rotary(new double[] {1, 0.31}, 1.3), 7);
        int[] positions = {0, 5, 700};
        INDArray x = floats(3, 3 * 7);
        INDArray before = x.dup('c');
        INDArray expected = doubles(x);
        plain.rotate(rotation, positions, expected, back);
        fast.rotate(rotation, positions, x, back);
        assertClose(expected, x);
        assertEquals(before.getFloat(1, 2 * 7 + 4), x.getFloat(1, 2 * 7 + 4));
        assertEquals(1.3f * before.getFloat(0, 7), x.getFloat(0, 7), 1e-6);
        INDArray head = before.get(NDArrayIndex.interval(1, 2), NDArrayIndex.interval(0, 4));
        double angle = back ? -5 : 5;
        assertEquals(
                1.3 * (head.getDouble(0, 0) * Math.cos(angle) - head.getDouble(0, 2) * Math.sin(angle)),
                x.getDouble(1, 0),
                1e-5);
    }

    @Test
    void cap_valuesAndGradient_equalTheDefinition() {
        INDArray x = floats(3, 21).muli(9);
        INDArray before = doubles(x);
        INDArray plainly = doubles(x);
        fast.cap(2.5, x);
        plain.cap(2.5, plainly);
        assertClose(plainly, x);
        assertEquals(2.5 * Math.tanh(before.getDouble(1, 4) / 2.5), x.getDouble(1, 4), 1e-6);
        INDArray gradient = floats(3, 21);
        INDArray gradientBefore = doubles(gradient);
        INDArray plainGradient = doubles(gradient);
        fast.capGradient(2.5, x, gradient);
        plain.capGradient(2.5, plainly, plainGradient);
        assertClose(plainGradient, gradient);
        double slope =
                (Math.tanh((before.getDouble(2, 7) + 1e-6) / 2.5) - Math.tanh((before.getDouble(2, 7) - 1e-6) / 2.5))
                        * 2.5
                        / 2e-6;
        assertEquals(slope * gradientBefore.getDouble(2, 7), gradient.getDouble(2, 7), 1e-5);
    }

    @Test
    void normalizeHeads_ofAView_equalsTheDefinitionAndPlain() {
        int size = 5;
        INDArray x = floats(4, 3 * size + 2);
        INDArray part = x.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 1 + 3 * size));
        INDArray gamma = floats(size);
        NormWeights norm = new NormWeights(Norm.Kind.RMS, 0.01, gamma, null);
        INDArray before = part.dup('c');
        INDArray expected = doubles(part.dup('c'));
        INDArray[] kept = {Nd4j.create(DataType.FLOAT, 4, 3L * size), Nd4j.create(DataType.FLOAT, 4, 3)};
        INDArray[] keptDoubles = {doubles(kept[0]), doubles(kept[1])};
        plain.normalizeHeads(
                expected, new NormWeights(Norm.Kind.RMS, 0.01, doubles(gamma), null), keptDoubles[0], keptDoubles[1]);
        fast.normalizeHeads(part, norm, kept[0], kept[1]);
        assertClose(expected, part.dup('c'));
        assertClose(keptDoubles[0], kept[0]);
        assertClose(keptDoubles[1], kept[1]);
        double squares = 0;
        for (int i = 0; i < size; i++) {
            squares += Math.pow(before.getDouble(2, size + i), 2);
        }
        assertEquals(
                before.getDouble(2, size + 3) / Math.sqrt(squares / size + 0.01) * gamma.getDouble(3),
                part.getDouble(2, size + 3),
                1e-6);
        INDArray gradient = floats(4, 3L * size);
        INDArray gradientDoubles = doubles(gradient);
        plain.normalizeHeadsGradient(
                new NormWeights(Norm.Kind.RMS, 0.01, doubles(gamma), null),
                keptDoubles[0],
                keptDoubles[1],
                gradientDoubles);
        fast.normalizeHeadsGradient(norm, kept[0], kept[1], gradient);
        assertClose(gradientDoubles, gradient);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3})
    void crossEntropy_largeVocabulary_equalsPlain(double smoothing) {
        INDArray z = floats(3, 5003).muli(20);
        INDArray zd = doubles(z);
        int[] targets = {-1, 7, 5002, 0};
        double[] expected = new double[4];
        double[] actual = new double[4];
        plain.crossEntropy(zd, targets, 1, smoothing, 0.25, true, expected);
        fast.crossEntropy(z, targets, 1, smoothing, 0.25, true, actual);
        assertArrayEquals(expected, actual, 1e-4);
        assertClose(zd, z);
        assertEquals(0, zd.sumNumber().doubleValue(), 1e-12);
    }

    @Test
    void softmax_extremeScores_isFiniteAndSumsToOne() {
        float[] x = {-1000, 0, 88, 87.5f, -3e38f, 1, 88};
        double[] exact = {
            0, 0, 1 / (2 + Math.exp(-0.5)), Math.exp(-0.5) / (2 + Math.exp(-0.5)), 0, 0, 1 / (2 + Math.exp(-0.5))
        };
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
    void rows_gatherScatterFillEmbed_equalPlain() {
        INDArray table = floats(11, 7);
        INDArray other = floats(3, 7);
        int[][] rows = {{4, 4, 10, 0}, {2, 0, 1, 1}};
        INDArray expected = Nd4j.create(DataType.FLOAT, 4, 7);
        INDArray actual = Nd4j.create(DataType.FLOAT, 4, 7);
        EmbeddingTable[] tables = {new EmbeddingTable.Dense(table), new EmbeddingTable.Dense(other)};
        plain.embed(tables, rows, 1.7, expected);
        fast.embed(tables, rows, 1.7, actual);
        assertClose(expected, actual);
        INDArray to = floats(11, 7);
        INDArray toExpected = to.dup();
        plain.scatterAddRows(expected, new int[] {1, 0, 7, 1}, toExpected);
        fast.scatterAddRows(expected, new int[] {1, 0, 7, 1}, to);
        assertClose(toExpected, to);
        fast.gatherRows(to, new int[] {9, 1, 1, 0}, actual);
        plain.gatherRows(to, new int[] {9, 1, 1, 0}, expected);
        assertClose(expected, actual);
        fast.scatterRows(expected, new int[] {4, 10, 0, 3}, to);
        plain.scatterRows(expected, new int[] {4, 10, 0, 3}, toExpected);
        assertClose(toExpected, to);
    }

    /** The word embeddings of LLaMA-3-70B take 4 GiB; memory that nobody writes to costs nothing. */
    @Test
    void embed_tableOfMoreThan2GiB_readsTheLastRow() {
        int rows = 70_000;
        try (INDArray table = Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, 8192}, 'c')) {
            Views.rows(table, rows - 1, rows).assign(3);
            Views.rows(table, 0, 1).assign(1);
            INDArray embedded = Nd4j.create(DataType.FLOAT, 2, 8192);
            fast.embed(
                    new EmbeddingTable[] {new EmbeddingTable.Dense(table)}, new int[][] {{rows - 1, 0}}, 1, embedded);
            assertEquals(3, Views.rows(embedded, 0, 1).minNumber().doubleValue());
            assertEquals(1, Views.rows(embedded, 1, 2).maxNumber().doubleValue());
        }
    }
}

package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrices;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What every backend must do, against the element-wise definitions in double precision. */
public abstract class BackendContract {
    private static final int[] SIZES = {1, 1, 2, 3, 5, 7, 8, 13, 17};
    private final Backend reference = new ReferenceBackend();

    protected abstract Backend backend();

    /** Whether products with matrices in BF16 or in blocks are those of operands that were rounded to BF16. */
    protected boolean roundsToBfloat16() {
        return false;
    }

    /** A random stack of Kronecker sums: d factors, n sums, s terms, with or without λ. */
    private record Stack(List<INDArray> factors, INDArray weights, long n, long rows, long cols) {
        static Stack random(Random random, DataType type, int d, boolean weighted) {
            int n = 1 + random.nextInt(4);
            int s = 1 + random.nextInt(6);
            List<INDArray> factors = new ArrayList<>();
            long rows = 1;
            long cols = 1;
            for (int i = 0; i < d; i++) {
                long r = SIZES[random.nextInt(d > 2 ? SIZES.length - 4 : SIZES.length)];
                long c = SIZES[random.nextInt(d > 2 ? SIZES.length - 4 : SIZES.length)];
                factors.add(RandomArrays.normal(random, type, n, s, r, c));
                rows *= r;
                cols *= c;
            }
            return new Stack(factors, weighted ? RandomArrays.normal(random, type, n, s) : null, n, rows, cols);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void materialize_randomShapes_equalsDefinition(int d) {
        Random random = new Random(100 + d);
        for (int round = 0; round < 12; round++) {
            for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
                Stack stack = Stack.random(random, type, d, round % 2 == 0);
                INDArray expected = Nd4j.create(type, stack.n, stack.rows, stack.cols);
                INDArray actual = Nd4j.valueArrayOf(expected.shape(), Double.NaN, type);
                reference.materialize(stack.factors, stack.weights, expected);
                backend().materialize(stack.factors, stack.weights, actual);
                assertClose(expected, actual, type, "materialize " + stack);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void materializeGradient_randomShapes_equalsDefinition(int d) {
        Random random = new Random(200 + d);
        for (int round = 0; round < 12; round++) {
            for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
                Stack stack = Stack.random(random, type, d, round % 2 == 0);
                INDArray gradOut = RandomArrays.normal(random, type, stack.n, stack.rows, stack.cols);
                List<INDArray> expected = zerosLike(stack.factors);
                List<INDArray> actual = zerosLike(stack.factors);
                INDArray expectedWeights = stack.weights == null ? null : stack.weights.ulike();
                INDArray actualWeights = stack.weights == null ? null : stack.weights.ulike();
                reference.materializeGradient(stack.factors, stack.weights, gradOut, expected, expectedWeights);
                backend().materializeGradient(stack.factors, stack.weights, gradOut, actual, actualWeights);
                for (int i = 0; i < d; i++) {
                    assertClose(expected.get(i), actual.get(i), type, "factor " + i + " of " + stack);
                }
                if (expectedWeights != null) {
                    assertClose(expectedWeights, actualWeights, type, "λ of " + stack);
                }
            }
        }
    }

    @Test
    void gemm_allTransposesAndViews_equalsDefinition() {
        Random random = new Random(300);
        int[] sizes = {1, 2, 3, 31, 64, 1021};
        for (int round = 0; round < 60; round++) {
            DataType type = round % 3 == 0 ? DataType.DOUBLE : DataType.FLOAT;
            int m = sizes[random.nextInt(sizes.length)];
            int n = sizes[random.nextInt(m == 1021 ? 5 : sizes.length)];
            int k = sizes[random.nextInt(5)];
            boolean ta = random.nextBoolean();
            boolean tb = random.nextBoolean();
            INDArray a = operand(random, type, ta ? k : m, ta ? m : k);
            INDArray b = operand(random, type, tb ? n : k, tb ? k : n);
            double beta = new double[] {0, 1, 0.5}[random.nextInt(3)];
            INDArray whole = RandomArrays.normal(random, type, m, n + 5);
            INDArray before = whole.dup();
            INDArray c = whole.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 2 + n))
                    .reshape(m, n);
            INDArray expected = before.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 2 + n))
                    .dup('c')
                    .reshape(m, n);
            reference.gemm(a, ta, b, tb, 1.5, beta, expected);
            try (Backend.Pass pass = round % 2 == 0 ? backend().openPass() : null) {
                backend().gemm(a, ta, b, tb, 1.5, beta, c);
            }
            String what = type + " " + m + "x" + n + "x" + k + " " + ta + tb + " beta " + beta;
            INDArray got = whole.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 2 + n))
                    .dup('c');
            assertClose(expected, got, type, what);
            INDArray left = whole.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2));
            assertEquals(
                    0,
                    RandomArrays.relativeError(before.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2)), left),
                    what);
        }
    }

    @ParameterizedTest
    @EnumSource
    void gemmStored_everyFormatAtAwkwardSizes_equalsDefinition(WeightFormat format) {
        Random random = new Random(320);
        int[] sizes = {1, 3, 64, 65, 257, 300};
        int[] blocks = {1, 2, 3, 17};
        for (int round = 0; round < 12; round++) {
            int rows = sizes[random.nextInt(sizes.length)];
            int unit = format.blockLength() == 1 ? 31 : format.blockLength();
            int columns = unit * blocks[random.nextInt(unit == 256 ? 3 : blocks.length)];
            boolean transposed = round % 2 == 0;
            double beta = new double[] {0, 1, 0.5}[round % 3];
            int m = sizes[random.nextInt(5)];
            requireStored(random, format, rows, columns, transposed, beta, m);
        }
    }

    /** As in generation; lengths that fill no vector too. */
    @ParameterizedTest
    @EnumSource
    void gemmStored_oneRow_equalsDefinition(WeightFormat format) {
        Random random = new Random(325);
        int unit = format.blockLength();
        int[] lengths = unit == 1 ? new int[] {1, 15, 16, 31, 64, 1021} : new int[] {unit, 3 * unit, 5 * unit};
        for (int columns : lengths) {
            for (int rows : new int[] {7, 300}) {
                requireStored(random, format, rows, columns, true, rows == 7 ? 0 : 0.5, 1);
            }
        }
    }

    /** Their product is that of each, to the bit, wherever C lies. */
    @Test
    void gemmStoredParts_ofSeveralFormats_areTheProductsOfEach() {
        Random random = new Random(327);
        List<StoredMatrix> parts = List.of(
                StoredMatrices.random(random, WeightFormat.Q8_0, 5, 96),
                StoredMatrices.random(random, WeightFormat.BF16, 3, 96),
                StoredMatrices.random(random, WeightFormat.Q4_1, 7, 96));
        for (int m : new int[] {1, 3}) {
            INDArray a = RandomArrays.normal(random, DataType.FLOAT, m, 96);
            INDArray whole = RandomArrays.normal(random, DataType.FLOAT, m, 20);
            INDArray expected = whole.dup();
            int from = 2;
            for (StoredMatrix part : parts) {
                backend().gemmStored(a, part, true, 0.5, Views.columns(expected, from, from + part.rows()));
                from += part.rows();
            }
            backend().gemmStoredParts(a, parts, 0.5, Views.columns(whole, 2, 17));
            assertEquals(0, RandomArrays.relativeError(expected, whole), m + " rows");
        }
    }

    /** Of which a part is widened at a time. */
    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"F32", "BF16", "Q8_0"})
    void gemmStored_ofAMillionNumbers_equalsDefinition(WeightFormat format) {
        Random random = new Random(330);
        for (boolean transposed : new boolean[] {true, false}) {
            requireStored(random, format, 300, 4096, transposed, 0.5, 2);
        }
    }

    /** So large that its columns are computed in strips, and weights widened in tiles; some of its rows are compared. */
    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"BF16", "Q8_0"})
    void gemmStored_manyRowsByLongOnes_equalsDefinition(WeightFormat format) {
        Random random = new Random(331);
        int k = 2080;
        int n = 1120;
        StoredMatrix stored = StoredMatrices.random(random, format, k, n);
        INDArray wide = StoredMatrices.widened(stored).castTo(DataType.DOUBLE);
        INDArray a = RandomArrays.normal(random, DataType.FLOAT, 1030, k);
        if (roundsToBfloat16()) {
            StoredMatrices.roundToBfloat16(wide);
            StoredMatrices.roundToBfloat16(a);
        }
        INDArray c = Nd4j.create(DataType.FLOAT, 1030, n);
        backend().gemmStored(a, stored, false, 0, c);
        for (int row : new int[] {0, 515, 1029}) {
            INDArray expected = Nd4j.create(DataType.DOUBLE, 1, n);
            INDArray left = Views.rows(a, row, row + 1).castTo(DataType.DOUBLE);
            reference.gemm(left, false, wide, false, 1, 0, expected);
            INDArray actual = Views.rows(c, row, row + 1).dup('c');
            assertClose(expected.castTo(DataType.FLOAT), actual, DataType.FLOAT, format + " row " + row);
        }
    }

    /** Also into a block of columns, and of rows that fill no vector. */
    @ParameterizedTest
    @EnumSource
    void gemmStoredBiased_everyFormat_addsTheBiasToEveryRow(WeightFormat format) {
        Random random = new Random(335);
        StoredMatrix stored = StoredMatrices.random(random, format, 65, 256);
        for (int m : new int[] {1, 3, 65}) {
            INDArray a = RandomArrays.normal(random, DataType.FLOAT, m, 256);
            INDArray bias = RandomArrays.normal(random, DataType.FLOAT, 65);
            INDArray whole = RandomArrays.normal(random, DataType.FLOAT, m, 70);
            INDArray c = Views.columns(whole, 2, 67);
            INDArray expected = Nd4j.create(DataType.FLOAT, m, 65).addiRowVector(bias);
            backend().gemmStored(a, stored, true, 1, expected);
            backend().gemmStoredBiased(a, stored, bias, c);
            assertClose(expected, c.dup('c'), DataType.FLOAT, format + " " + m + " rows");
        }
    }

    /** The product times F, rounded once; and A in FLOAT gives the same to the bit as A rounded before. */
    @Test
    void gemmStoredTimes_whereBfloat16IsTaken_isTheRoundedProduct() {
        Random random = new Random(336);
        int[][] shapes = {{1, 7, 5}, {3, 65, 257}, {65, 300, 64}, {257, 768, 96}};
        for (int[] shape : shapes) {
            StoredMatrix stored = StoredMatrices.random(random, WeightFormat.BF16, shape[1], shape[2]);
            INDArray a = RandomArrays.normal(random, DataType.FLOAT, shape[0], shape[1]);
            INDArray factor = RandomArrays.normal(random, DataType.FLOAT, shape[0], shape[2]);
            INDArray c = Nd4j.create(DataType.BFLOAT16, shape[0], shape[2]);
            if (!backend().takesBfloat16(stored)) {
                assertThrows(
                        UnsupportedOperationException.class, () -> backend().gemmStoredTimes(a, stored, factor, c));
                continue;
            }
            INDArray product = factor.ulike();
            backend().gemmStored(a, stored, false, 0, product);
            float[] expected = numbers(product.mul(factor));
            StoredMatrices.roundToBfloat16(a);
            INDArray rounded = a.castTo(DataType.BFLOAT16);
            backend().gemmStoredTimes(rounded, stored, factor, c);
            float[] times = numbers(c.castTo(DataType.FLOAT));
            for (int i = 0; i < times.length; i++) {
                // Half a unit of BF16's last place, and another order of summation.
                double tolerance = Math.abs(expected[i]) * 0x1p-8 + 1e-4;
                assertEquals(expected[i], times[i], tolerance, Arrays.toString(shape) + " " + i);
            }
            INDArray again = factor.ulike();
            backend().gemmStored(rounded, stored, false, 0, again);
            assertArrayEquals(numbers(product), numbers(again), Arrays.toString(shape));
        }
    }

    private static float[] numbers(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    private void requireStored(
            Random random, WeightFormat format, int rows, int columns, boolean transposed, double beta, int m) {
        StoredMatrix stored = StoredMatrices.random(random, format, rows, columns);
        int k = transposed ? columns : rows;
        int n = transposed ? rows : columns;
        INDArray wholeA = RandomArrays.normal(random, DataType.FLOAT, m, k + 3);
        INDArray wholeC = RandomArrays.normal(random, DataType.FLOAT, m, n + 5);
        INDArray before = wholeC.dup();
        INDArray a = Views.columns(wholeA, 1, 1 + k);
        INDArray expected =
                Views.columns(before, 2, 2 + n).castTo(DataType.DOUBLE).dup('c');
        INDArray wide = StoredMatrices.widened(stored).castTo(DataType.DOUBLE);
        INDArray left = a.castTo(DataType.DOUBLE).dup('c');
        // F32 and F16 lose nothing, and one row times rows of blocks, as in generation, is computed in FLOAT.
        boolean blocks = format.blockLength() > 1;
        boolean rounds = blocks || format == WeightFormat.BF16;
        boolean rowInFloat = m == 1 && transposed && blocks;
        if (roundsToBfloat16() && rounds && !rowInFloat) {
            StoredMatrices.roundToBfloat16(wide);
            StoredMatrices.roundToBfloat16(left);
        }
        reference.gemm(left, false, wide, transposed, 1, beta, expected);
        backend().gemmStored(a, stored, transposed, beta, Views.columns(wholeC, 2, 2 + n));
        String what = format + " " + m + " rows by [" + rows + ", " + columns + "] " + transposed + " beta " + beta;
        assertClose(
                expected.castTo(DataType.FLOAT), Views.columns(wholeC, 2, 2 + n).dup('c'), DataType.FLOAT, what);
        assertEquals(
                Views.columns(before, 0, 2).dup('c'),
                Views.columns(wholeC, 0, 2).dup('c'),
                what);
        assertEquals(
                Views.columns(before, n + 2, n + 5).dup('c'),
                Views.columns(wholeC, n + 2, n + 5).dup('c'),
                what);
    }

    /** One row, also as the column of a matrix, times matrices stored either way, whole and as blocks. */
    @Test
    void gemm_oneRow_equalsDefinition() {
        Random random = new Random(350);
        int[] sizes = {1, 2, 3, 31, 64, 1021};
        double[] betas = {0, 1, 0.5};
        for (int round = 0; round < 216; round++) {
            DataType type = round % 3 == 0 ? DataType.DOUBLE : DataType.FLOAT;
            int n = sizes[round % 6];
            int k = sizes[round / 6 % 6];
            boolean ta = random.nextBoolean();
            boolean tb = random.nextBoolean();
            INDArray a = operand(random, type, ta ? k : 1, ta ? 1 : k);
            if (random.nextInt(3) == 0) {
                a = a.transpose();
                ta = !ta;
            }
            INDArray b = operand(random, type, tb ? n : k, tb ? k : n);
            if (random.nextInt(3) == 0) {
                b = b.dup('f');
            }
            double beta = betas[random.nextInt(3)];
            INDArray whole = RandomArrays.normal(random, type, 3, n + 5);
            if (beta == 0) {
                Views.block(whole, 1, 2, 2, 2 + n).assign(Double.NaN);
            }
            INDArray expected = Views.block(whole, 1, 2, 2, 2 + n).dup('c').reshape(1, n);
            reference.gemm(a, ta, b, tb, 1.5, beta, expected);
            INDArray before = whole.dup();
            try (Backend.Pass pass = round % 2 == 0 ? backend().openPass() : null) {
                backend().gemm(a, ta, b, tb, 1.5, beta, Views.block(whole, 1, 2, 2, 2 + n));
            }
            String what = type + " 1x" + n + "x" + k + " " + ta + tb + " beta " + beta;
            assertClose(expected, Views.block(whole, 1, 2, 2, 2 + n).dup('c').reshape(1, n), type, what);
            Views.block(before, 1, 2, 2, 2 + n).assign(expected);
            Views.block(whole, 1, 2, 2, 2 + n).assign(expected);
            assertEquals(before, whole, what + ": wrote beside the row");
        }
    }

    /** Backends divide large products among threads within a pass: by rows of the result, by columns, or by elements of one. */
    @ParameterizedTest
    @CsvSource({"1021, 64, 31", "300, 211, 64", "64, 1021, 31", "211, 300, 64", "1, 1021, 1021", "1021, 1, 1021"})
    void gemm_ofLargeMatrices_equalsDefinition(int m, int n, int k) {
        Random random = new Random(360);
        for (int round = 0; round < 8; round++) {
            DataType type = round < 4 ? DataType.FLOAT : DataType.DOUBLE;
            boolean ta = round % 2 == 0;
            boolean tb = round / 2 % 2 == 0;
            INDArray a = operand(random, type, ta ? k : m, ta ? m : k);
            INDArray b = operand(random, type, tb ? n : k, tb ? k : n);
            INDArray whole = RandomArrays.normal(random, type, m, n + 5);
            INDArray expected = whole.dup();
            reference.gemm(a, ta, b, tb, 1.5, 0.5, Views.columns(expected, 2, 2 + n));
            try (Backend.Pass pass = backend().openPass()) {
                backend().gemm(a, ta, b, tb, 1.5, 0.5, Views.columns(whole, 2, 2 + n));
            }
            assertClose(expected, whole, type, type + " " + m + "x" + n + "x" + k + " " + ta + tb);
        }
    }

    /** Matrices of which neither rows nor columns lie contiguous: factors, also transposed ones, and result. */
    @Test
    void gemm_ofEveryOtherColumn_equalsDefinition() {
        Random random = new Random(370);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (long[] size : new long[][] {{5, 7, 3}, {1, 7, 3}, {5, 1, 3}, {5, 7, 1}, {64, 65, 31}}) {
                INDArray a = everyOtherColumn(RandomArrays.normal(random, type, size[0], 2 * size[2]));
                INDArray b = everyOtherColumn(RandomArrays.normal(random, type, size[2], 2 * size[1]));
                INDArray transposedA = everyOtherColumn(RandomArrays.normal(random, type, size[2], 2 * size[0]));
                transposedA.assign(a.transpose());
                INDArray whole = RandomArrays.normal(random, type, size[0], 2 * size[1]);
                for (INDArray left : List.of(a, transposedA.transpose())) {
                    INDArray expected = whole.dup();
                    INDArray actual = whole.dup();
                    reference.gemm(a.dup('c'), false, b.dup('c'), false, 1.5, 0.5, everyOtherColumn(expected));
                    backend().gemm(left, false, b, false, 1.5, 0.5, everyOtherColumn(actual));
                    assertClose(expected, actual, type, type + " " + Arrays.toString(size));
                }
            }
        }
    }

    private static INDArray everyOtherColumn(INDArray array) {
        return Nd4j.create(
                array.data(),
                new long[] {array.size(0), array.size(1) / 2},
                new long[] {array.size(1), 2},
                0,
                'c',
                array.dataType());
    }

    @Test
    void gemm_betaZero_ignoresOldContents() {
        INDArray c = Nd4j.valueArrayOf(new long[] {3, 2}, Double.NaN, DataType.FLOAT);
        backend().gemm(Nd4j.ones(DataType.FLOAT, 3, 4), false, Nd4j.ones(DataType.FLOAT, 4, 2), false, 1, 0, c);
        assertEquals(
                0, RandomArrays.relativeError(Nd4j.ones(DataType.FLOAT, 3, 2).muli(4), c));
    }

    @Test
    void fillRows_plainAndBlock_copiesTheVectorIntoEachRow() {
        Random random = new Random(400);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (long[] size : new long[][] {{1, 1}, {1, 7}, {1021, 1}, {5, 31}, {700, 211}}) {
                INDArray vector = RandomArrays.normal(random, type, size[1]);
                INDArray whole = RandomArrays.normal(random, type, size[0], size[1] + 3);
                INDArray before = whole.dup();
                backend().fillRows(vector, Views.columns(whole, 1, 1 + size[1]));
                reference.fillRows(vector, Views.columns(before, 1, 1 + size[1]));
                assertEquals(0, RandomArrays.relativeError(before, whole), type + " " + size[0] + "x" + size[1]);
                INDArray plain = Nd4j.create(type, size);
                backend().fillRows(vector, plain);
                assertEquals(0, RandomArrays.relativeError(Views.columns(before, 1, 1 + size[1]), plain));
            }
        }
    }

    @Test
    void addProduct_anySizeAndLayout_equalsDefinition() {
        Random random = new Random(600);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (long[] size : new long[][] {{1, 1, 1}, {5, 3, 1}, {1021, 1, 4}, {1, 1021, 3}, {300, 700, 8}}) {
                INDArray d = operand(random, type, size[0], size[1]);
                INDArray a = RandomArrays.normal(random, type, size[0], size[2]);
                INDArray b = RandomArrays.normal(random, type, size[2], size[1]);
                INDArray expected = Nd4j.create(type, size[0], size[1]);
                reference.addProduct(d, a, b, -0.7, expected);
                INDArray c = Nd4j.valueArrayOf(new long[] {size[0], size[1]}, Double.NaN, type);
                try (Backend.Pass pass = backend().openPass()) {
                    backend().addProduct(d, a, b, -0.7, c);
                }
                assertClose(expected, c, type, type + " " + Arrays.toString(size));
                backend().addProduct(d.dup('f'), a, b, -0.7, c);
                assertClose(expected, c, type, "'f' " + type + " " + Arrays.toString(size));
            }
        }
    }

    @Test
    void addThinProducts_anyBlocks_equalsDefinitionAndEachBlockAlone() {
        Random random = new Random(650);
        int[] sizes = {1, 2, 3, 7, 17, 31};
        for (int round = 0; round < 40; round++) {
            DataType type = round % 2 == 0 ? DataType.FLOAT : DataType.DOUBLE;
            int in = sizes[random.nextInt(sizes.length)];
            int out = sizes[random.nextInt(sizes.length)];
            int blocks = 1 + random.nextInt(5);
            int[] rows = new int[blocks + 1];
            INDArray[] a = new INDArray[blocks];
            INDArray[] b = new INDArray[blocks];
            double[] alpha = new double[blocks];
            long length = 1;
            for (int i = 0; i < blocks; i++) {
                rows[i + 1] = rows[i] + sizes[random.nextInt(sizes.length)];
                if (random.nextInt(3) > 0) {
                    int r = 1 + random.nextInt(5);
                    a[i] = RandomArrays.normal(random, type, in, r);
                    b[i] = RandomArrays.normal(random, type, r, out);
                    alpha[i] = random.nextGaussian();
                    length += (long) r * (rows[i + 1] - rows[i]);
                }
            }
            INDArray x = RandomArrays.normal(random, type, rows[blocks], in);
            INDArray whole = RandomArrays.normal(random, type, rows[blocks], out + 3);
            INDArray expected = whole.dup();
            INDArray alone = whole.dup();
            INDArray h = Nd4j.valueArrayOf(new long[] {length}, Double.NaN, type);
            try (Backend.Pass pass = backend().openPass()) {
                backend().addThinProducts(x, rows, a, b, alpha, h, Views.columns(whole, 1, 1 + out));
                for (int i = 0; i < blocks; i++) {
                    INDArray[] onlyA = new INDArray[blocks];
                    INDArray[] onlyB = new INDArray[blocks];
                    onlyA[i] = a[i];
                    onlyB[i] = b[i];
                    backend().addThinProducts(x, rows, onlyA, onlyB, alpha, h, Views.columns(alone, 1, 1 + out));
                }
            }
            reference.addThinProducts(x, rows, a, b, alpha, h, Views.columns(expected, 1, 1 + out));
            assertClose(expected, whole, type, type + " in " + in + ", out " + out + ", rows " + Arrays.toString(rows));
            assertEquals(0, RandomArrays.relativeError(alone, whole), "each block alone");
        }
    }

    @Test
    void gemmEach_anySize_equalsDefinition() {
        Random random = new Random(700);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (long[] size : new long[][] {{1, 1, 1, 1}, {3, 2, 5, 7}, {40, 31, 64, 24}}) {
                INDArray a = RandomArrays.normal(random, type, size[1], size[2]);
                INDArray b = RandomArrays.normal(random, type, size[0], size[2], size[3]);
                INDArray expected = Nd4j.create(type, size[0], size[1], size[3]);
                INDArray actual = Nd4j.valueArrayOf(expected.shape(), Double.NaN, type);
                reference.gemmEach(a, b, expected);
                try (Backend.Pass pass = backend().openPass()) {
                    backend().gemmEach(a, b, actual);
                }
                assertClose(expected, actual, type, Arrays.toString(size));
            }
        }
    }

    /** Larger than the block that one task builds, so that blocks meet. */
    @Test
    void materializeAndGradient_largeSum_equalsDefinition() {
        Random random = new Random(800);
        for (long[][] sizes : new long[][][] {{{37, 11}, {53, 7}}, {{29, 3}, {5, 7}, {11, 5}}}) {
            List<INDArray> factors = new ArrayList<>();
            long rows = 1;
            long cols = 1;
            for (long[] size : sizes) {
                factors.add(RandomArrays.normal(random, DataType.FLOAT, 2, 3, size[0], size[1]));
                rows *= size[0];
                cols *= size[1];
            }
            INDArray weights = RandomArrays.normal(random, DataType.FLOAT, 2, 3);
            INDArray expected = Nd4j.create(DataType.FLOAT, 2, rows, cols);
            INDArray actual = expected.ulike();
            reference.materialize(factors, weights, expected);
            backend().materialize(factors, weights, actual);
            assertClose(expected, actual, DataType.FLOAT, "large sum");
            List<INDArray> expectedGradients = zerosLike(factors);
            List<INDArray> gradients = zerosLike(factors);
            INDArray expectedGradWeights = weights.ulike();
            INDArray gradWeights = weights.ulike();
            reference.materializeGradient(factors, weights, expected, expectedGradients, expectedGradWeights);
            backend().materializeGradient(factors, weights, expected, gradients, gradWeights);
            for (int i = 0; i < factors.size(); i++) {
                assertClose(expectedGradients.get(i), gradients.get(i), DataType.FLOAT, "factor " + i);
            }
            assertClose(expectedGradWeights, gradWeights, DataType.FLOAT, "λ");
        }
    }

    @Test
    void add_anyLayout_isTheSum() {
        Random random = new Random(900);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (int layout = 0; layout < 3; layout++) {
                INDArray a = operand(random, type, 7, 31);
                INDArray c = operand(random, type, 7, 31);
                INDArray expected = c.add(a);
                backend().add(a, c);
                assertEquals(0, RandomArrays.relativeError(expected, c));
            }
        }
    }

    @Test
    void clear_anyLayout_leavesZerosThereAlone() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray whole = Nd4j.ones(type, 3, 5000);
            backend().clear(Views.columns(whole, 1, 3));
            assertEquals(15000 - 6, whole.sumNumber().intValue());
            backend().clear(whole);
            assertEquals(0, whole.sumNumber().intValue());
        }
    }

    @Test
    void readAndWrite_anyLayout_followTheOrderOfRows() {
        Random random = new Random(500);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (int layout = 0; layout < 4; layout++) {
                INDArray array = layout == 3 ? Nd4j.rand(type, 4, 3).transpose() : operand(random, type, 3, 4);
                double[] numbers = new double[13];
                backend().read(array, numbers);
                for (int i = 0; i < 12; i++) {
                    assertEquals(array.getDouble(i / 4, i % 4), numbers[i]);
                    numbers[i] = i + 0.1;
                }
                backend().write(numbers, array);
                for (int i = 0; i < 12; i++) {
                    assertEquals(i + 0.1, array.getDouble(i / 4, i % 4), 1e-6);
                }
            }
        }
    }

    /** Plain, or a block of columns of a wider matrix, or rows of a taller one. */
    private static INDArray operand(Random random, DataType type, long rows, long cols) {
        return switch (random.nextInt(3)) {
            case 0 -> RandomArrays.normal(random, type, rows, cols);
            case 1 -> Views.columns(RandomArrays.normal(random, type, rows, cols + 3), 1, 1 + cols);
            default -> Views.rows(RandomArrays.normal(random, type, rows + 2, cols), 1, 1 + rows);
        };
    }

    private static List<INDArray> zerosLike(List<INDArray> factors) {
        List<INDArray> zeros = new ArrayList<>();
        for (INDArray factor : factors) {
            zeros.add(Nd4j.create(factor.dataType(), factor.shape()));
        }
        return zeros;
    }

    private static void assertClose(INDArray expected, INDArray actual, DataType type, String what) {
        double error = RandomArrays.relativeError(expected, actual);
        assertTrue(error <= RandomArrays.tolerance(type), () -> what + ": relative error " + error);
    }
}

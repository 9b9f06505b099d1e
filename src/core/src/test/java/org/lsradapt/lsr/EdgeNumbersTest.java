package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What comes of numbers at the edge of their range, and of sizes at theirs, against loops in double precision that do
 * each product as it is written. No number that is not finite may be lost, and none may turn up where it does not belong.
 */
class EdgeNumbersTest {
    private static final int IN = 12;
    private static final int OUT = 10;
    private static final int ROWS = 5;
    private static final LsrConfig CONFIG =
            LsrConfig.builder().bottleneckRank(4).separationRank(3).alpha(1.5).build();

    /** A layer with an adapter whose every factor has a gradient, and what goes through it. */
    private static final class Layer {
        final INDArray weight;
        final INDArray x;
        final INDArray g;
        final LsrAdapter adapter;

        Layer(int rows, int in, int out, LsrConfig config, long seed) {
            Random random = new Random(seed);
            weight = normal(random, DataType.FLOAT, in, out);
            x = normal(random, DataType.FLOAT, rows, in);
            g = normal(random, DataType.FLOAT, rows, out);
            adapter = LsrAdapter.wrap(weight, config);
            adapter.b().factors().forEach(stack -> stack.assign(normal(random, DataType.FLOAT, stack.shape())));
        }

        Oracle oracle() {
            return new Oracle(this);
        }
    }

    private static double[][] rows(INDArray matrix) {
        double[][] rows = new double[(int) matrix.size(0)][(int) matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = matrix.getDouble(i, j);
            }
        }
        return rows;
    }

    /** Σ_k F1_k ⊗ F2_k. */
    private static double[][] dense(KroneckerSum sum) {
        INDArray first = sum.factors().get(0);
        INDArray second = sum.factors().get(1);
        int rows = (int) second.size(1);
        int columns = (int) second.size(2);
        double[][] dense = new double[(int) first.size(1) * rows][(int) first.size(2) * columns];
        for (int k = 0; k < first.size(0); k++) {
            for (int i = 0; i < dense.length; i++) {
                for (int j = 0; j < dense[i].length; j++) {
                    dense[i][j] +=
                            first.getDouble(k, i / rows, j / columns) * second.getDouble(k, i % rows, j % columns);
                }
            }
        }
        return dense;
    }

    /** The layer in double precision. */
    private static final class Oracle {
        private final double[][] x;
        private final double[][] w;
        private final double[][] a;
        private final double[][] b;
        private final double[][] g;
        private final double c;

        Oracle(Layer layer) {
            x = rows(layer.x);
            w = rows(layer.weight);
            a = dense(layer.adapter.a());
            b = dense(layer.adapter.b());
            g = rows(layer.g);
            c = layer.adapter.scaling();
        }

        double[][] forward() {
            return sum(product(x, w), product(product(x, a), b));
        }

        double[][] merged() {
            return sum(w, product(a, b));
        }

        /** g·Wᵀ + c·(g·Bᵀ)·Aᵀ. */
        double[][] backward() {
            return sum(product(g, transposed(w)), product(product(g, transposed(b)), transposed(a)));
        }

        private double[][] sum(double[][] first, double[][] second) {
            double[][] sum = new double[first.length][first[0].length];
            for (int i = 0; i < sum.length; i++) {
                for (int j = 0; j < sum[i].length; j++) {
                    sum[i][j] = first[i][j] + c * second[i][j];
                }
            }
            return sum;
        }

        private static double[][] product(double[][] left, double[][] right) {
            double[][] product = new double[left.length][right[0].length];
            for (int i = 0; i < left.length; i++) {
                for (int j = 0; j < right[0].length; j++) {
                    for (int k = 0; k < right.length; k++) {
                        product[i][j] += left[i][k] * right[k][j];
                    }
                }
            }
            return product;
        }

        private static double[][] transposed(double[][] matrix) {
            double[][] transposed = new double[matrix[0].length][matrix.length];
            for (int i = 0; i < matrix.length; i++) {
                for (int j = 0; j < matrix[i].length; j++) {
                    transposed[j][i] = matrix[i][j];
                }
            }
            return transposed;
        }
    }

    /** Finite where the oracle is, and then near to it; not finite where it is not. */
    private static void assertNear(double[][] expected, INDArray found, double tolerance, String what) {
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                double value = found.getDouble(i, j);
                String where = what + " [" + i + ", " + j + "]: expected " + expected[i][j] + ", found " + value;
                assertEquals(Double.isFinite((float) expected[i][j]), Double.isFinite(value), where);
                if (Double.isFinite(value)) {
                    assertEquals(expected[i][j], value, tolerance, where);
                }
            }
        }
    }

    static Stream<Arguments> poisons() {
        return Stream.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)
                .flatMap(value -> Stream.of("x", "weight", "A1", "A2", "B1", "B2", "gradient")
                        .map(where -> Arguments.of(value, where)));
    }

    @ParameterizedTest
    @MethodSource("poisons")
    void oneNumberThatIsNotFinite_reachesWhatDependsOnIt_andNothingElse(double value, String where) {
        Layer layer = new Layer(ROWS, IN, OUT, CONFIG, 3);
        INDArray array = switch (where) {
            case "x" -> layer.x;
            case "weight" -> layer.weight;
            case "A1" -> layer.adapter.a().factors().get(0);
            case "A2" -> layer.adapter.a().factors().get(1);
            case "B1" -> layer.adapter.b().factors().get(0);
            case "B2" -> layer.adapter.b().factors().get(1);
            default -> layer.g;
        };
        array.putScalar(array.length() / 2, value);
        Oracle oracle = layer.oracle();
        assertNear(oracle.forward(), layer.adapter.forward(layer.x), 1e-3, "forward");
        assertNear(oracle.merged(), layer.adapter.merge(), 1e-3, "merge");
        layer.adapter.zeroGradients();
        assertNear(oracle.backward(), layer.adapter.backward(layer.x, layer.g), 1e-3, "backward");
        boolean everyFactor = where.equals("x") || where.equals("gradient");
        for (Parameter parameter : layer.adapter.parameters()) {
            boolean finite = Double.isFinite(parameter.gradient().sumNumber().doubleValue());
            assertTrue(!everyFactor || !finite, () -> "gradient of " + parameter.name() + " lost the " + value);
        }
        layer.adapter.close();
    }

    /** A sum may overflow on its way though the exact one would not; what is too large in the end never looks small. */
    @Test
    void productsThatOverflow_areNotFinite_andOtherRowsAreAsBefore() {
        Layer layer = new Layer(ROWS, IN, OUT, CONFIG, 4);
        layer.x.getRow(2).muli(1e38);
        double[][] expected = layer.oracle().forward();
        INDArray found = layer.adapter.forward(layer.x);
        int overflown = 0;
        for (int j = 0; j < OUT; j++) {
            if (Math.abs(expected[2][j]) > Float.MAX_VALUE) {
                overflown++;
                assertFalse(Double.isFinite(found.getDouble(2, j)));
            }
            expected[2][j] = found.getDouble(2, j);
        }
        assertTrue(overflown > 0);
        assertNear(expected, found, 1e-3, "forward");
        layer.adapter.close();
    }

    /** Subnormal inputs are no zeros: the result is right to some units of the smallest number. */
    @Test
    void subnormalNumbers_areComputedWith() {
        Layer layer = new Layer(ROWS, IN, OUT, CONFIG, 5);
        layer.x.muli(1e-40);
        double[][] expected = layer.oracle().forward();
        assertTrue(Math.abs(expected[0][0]) > 100 * Float.MIN_VALUE);
        assertNear(expected, layer.adapter.forward(layer.x), 40 * Float.MIN_VALUE, "forward");
        layer.adapter.close();
    }

    @Test
    void sizesOfOne_areLayersToo() {
        for (int[] sizes : new int[][] {{1, 1, 1}, {1, 1, 7}, {1, 7, 1}, {5, 1, 1}, {3, 1, 9}, {3, 9, 1}}) {
            for (int rank : new int[] {1, 2}) {
                LsrConfig config = LsrConfig.builder()
                        .bottleneckRank(rank)
                        .separationRank(1)
                        .build();
                Layer layer = new Layer(sizes[0], sizes[1], sizes[2], config, 6);
                Oracle oracle = layer.oracle();
                String what = sizes[0] + "×" + sizes[1] + "×" + sizes[2] + ", r " + rank;
                assertNear(oracle.forward(), layer.adapter.forward(layer.x), 1e-3, what);
                assertNear(oracle.merged(), layer.adapter.merge(), 1e-3, what);
                layer.adapter.zeroGradients();
                assertNear(oracle.backward(), layer.adapter.backward(layer.x, layer.g), 1e-3, what);
                layer.adapter.close();
            }
        }
    }

    /** A million rows: each is as if it were alone, and gradients are the sum over all. */
    @Test
    void aMillionTokens_areAsAnyNumberOfThem() {
        int rows = 1_000_000;
        Layer few = new Layer(1000, IN, OUT, CONFIG, 7);
        INDArray x = repeated(few.x, rows);
        INDArray g = repeated(few.g, rows);
        INDArray expected = few.adapter.forward(few.x);
        INDArray y = few.adapter.forward(x);
        for (int row : IntStream.of(0, 999, 500_500, rows - 1).toArray()) {
            assertTrue(RandomArrays.relativeError(expected.getRow(row % 1000), y.getRow(row)) < 1e-5);
        }
        few.adapter.zeroGradients();
        INDArray gradX = few.adapter.backward(few.x, few.g);
        List<INDArray> once = new ArrayList<>();
        few.adapter
                .parameters()
                .forEach(parameter -> once.add(parameter.gradient().dup()));
        few.adapter.zeroGradients();
        INDArray gradOfAll = few.adapter.backward(x, g);
        assertTrue(RandomArrays.relativeError(gradX.getRow(999), gradOfAll.getRow(rows - 1)) < 1e-5);
        for (int i = 0; i < once.size(); i++) {
            INDArray all = few.adapter.parameters().get(i).gradient();
            assertTrue(RandomArrays.relativeError(once.get(i).mul(rows / 1000), all) < 1e-4, "factor " + i);
        }
        few.adapter.close();
    }

    private static INDArray repeated(INDArray rows, int count) {
        INDArray all = Nd4j.createUninitialized(DataType.FLOAT, count, rows.size(1));
        int step = (int) rows.size(0);
        for (int from = 0; from < count; from += step) {
            all.get(NDArrayIndex.interval(from, from + step)).assign(rows);
        }
        return all;
    }
}

package org.lsradapt.lsr.kronecker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class KroneckerSumTest {
    private static final int[] SIZES = {1, 1, 2, 3, 5, 7};

    private static KroneckerSum random(Random random, DataType type, int d, boolean weighted) {
        int s = 1 + random.nextInt(5);
        List<INDArray> factors = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            factors.add(
                    normal(random, type, s, SIZES[random.nextInt(SIZES.length)], SIZES[random.nextInt(SIZES.length)]));
        }
        return KroneckerSum.of(factors, weighted ? normal(random, type, s) : null);
    }

    @Test
    void apply_bothWays_equalsMaterializedProduct() {
        Random random = new Random(1);
        for (int round = 0; round < 60; round++) {
            DataType type = round % 2 == 0 ? DataType.FLOAT : DataType.DOUBLE;
            KroneckerSum sum = random(random, type, 1 + round % 3, round % 4 == 0);
            INDArray dense = sum.materialize();
            INDArray x = normal(random, type, 1 + random.nextInt(6), sum.rows());
            INDArray y = normal(random, type, 1 + random.nextInt(6), sum.columns());
            INDArray forward = x.mmul(dense);
            INDArray backward = y.mmul(dense.transpose());
            for (KroneckerSum.Way way : KroneckerSum.Way.values()) {
                INDArray b = KroneckerProducts.apply(sum, y, true, way, Backends.standard());
                assertTrue(relativeError(forward, sum.apply(x, way)) < tolerance(type), sum + " " + way);
                assertTrue(relativeError(backward, b) < tolerance(type), sum + " transposed " + way);
            }
            assertTrue(relativeError(forward, sum.apply(x)) < tolerance(type));
            assertTrue(relativeError(backward, sum.applyTranspose(y)) < tolerance(type));
        }
    }

    /** The extremes, where the ways differ by far; measured, each choice here is the faster by a factor of two or more. */
    @Test
    void apply_extremeShapes_choosesTheCheaperWay() {
        KroneckerSum narrow = ones(16, 32, 2, 24, 2);
        KroneckerSum largeRank = ones(16, 64, 32, 64, 32);
        KroneckerSum square = ones(1, 64, 64, 64, 64);
        KroneckerSum manyTerms = ones(64, 64, 32, 64, 32);
        assertEquals(KroneckerSum.Way.THROUGH_DENSE, narrow.cheaperWay(1), "768 x 4 numbers are next to nothing");
        assertEquals(KroneckerSum.Way.THROUGH_DENSE, narrow.cheaperWay(8192));
        assertEquals(KroneckerSum.Way.THROUGH_FACTORS, largeRank.cheaperWay(1), "4096 x 1024 for one row");
        assertEquals(KroneckerSum.Way.THROUGH_FACTORS, largeRank.cheaperWay(64));
        assertEquals(KroneckerSum.Way.THROUGH_DENSE, ContractionCost.cheaperWithMemory(ones(16, 64, 2, 64, 2), 1));
        assertEquals(KroneckerSum.Way.THROUGH_DENSE, manyTerms.cheaperWay(8192), "64 terms cost more than M");
        assertEquals(KroneckerSum.Way.THROUGH_FACTORS, square.cheaperWay(1));
        assertEquals(KroneckerSum.Way.THROUGH_FACTORS, square.cheaperWay(8192), "128 products in place of 4096");
    }

    private static KroneckerSum ones(long s, long rows1, long cols1, long rows2, long cols2) {
        return KroneckerSum.of(Nd4j.ones(DataType.FLOAT, s, rows1, cols1), Nd4j.ones(DataType.FLOAT, s, rows2, cols2));
    }

    @Test
    void innerProductAndNorm_randomSums_equalDenseOnes() {
        Random random = new Random(2);
        for (int round = 0; round < 30; round++) {
            KroneckerSum left = random(random, DataType.DOUBLE, 1 + round % 3, round % 2 == 0);
            List<INDArray> factors = new ArrayList<>();
            for (INDArray f : left.factors()) {
                factors.add(normal(random, DataType.DOUBLE, 3, f.size(1), f.size(2)));
            }
            KroneckerSum right = KroneckerSum.of(factors, null);
            double expected =
                    left.materialize().mul(right.materialize()).sumNumber().doubleValue();
            double scale = left.normF() * right.normF();
            assertEquals(expected, left.innerProduct(right), 1e-12 * scale);
            assertEquals(left.materialize().norm2Number().doubleValue(), left.normF(), 1e-12 * left.normF());
        }
    }

    /** Each term is a sum of its own. */
    @Test
    void termNormsAndProducts_randomSums_areThoseOfTheDenseTerms() {
        Random random = new Random(4);
        for (int round = 0; round < 12; round++) {
            KroneckerSum sum = random(random, DataType.DOUBLE, 1 + round % 3, round % 2 == 0);
            int s = sum.separationRank();
            INDArray[] terms = new INDArray[s];
            for (int k = 0; k < s; k++) {
                List<INDArray> factors = new ArrayList<>();
                for (INDArray factor : sum.factors()) {
                    factors.add(Views.piece(
                            factor, k * factor.size(1) * factor.size(2), 1, factor.size(1), factor.size(2)));
                }
                double weight =
                        sum.termWeights() == null ? 1 : sum.termWeights().getDouble(k);
                terms[k] = KroneckerSum.of(factors, null).materialize().muli(weight);
            }
            double[] norms = sum.termNorms();
            double[] products = sum.termProducts();
            assertEquals(s, norms.length);
            assertEquals(s * s, products.length);
            for (int k = 0; k < s; k++) {
                double norm = terms[k].norm2Number().doubleValue();
                assertEquals(norm, norms[k], 1e-12 * (1 + norm));
                for (int l = 0; l < s; l++) {
                    double product = terms[k].mul(terms[l]).sumNumber().doubleValue();
                    assertEquals(product, products[k * s + l], 1e-12 * (1 + norms[k] * norms[l]));
                }
            }
        }
    }

    @Test
    void gradient_randomSums_agreesWithCentralDifferences() {
        Random random = new Random(3);
        for (int round = 0; round < 9; round++) {
            KroneckerSum sum = random(random, DataType.DOUBLE, 1 + round % 3, round % 2 == 0);
            INDArray g = normal(random, DataType.DOUBLE, sum.rows(), sum.columns());
            KroneckerSum.Gradient gradient = sum.gradient(g);
            for (int i = 0; i < sum.factors().size(); i++) {
                assertDifferences(
                        sum, g, sum.factors().get(i), gradient.factors().get(i));
            }
            if (sum.termWeights() != null) {
                assertDifferences(sum, g, sum.termWeights(), gradient.termWeights());
            }
        }
    }

    private static void assertDifferences(KroneckerSum sum, INDArray g, INDArray values, INDArray gradient) {
        double step = 1e-5;
        for (long j = 0; j < values.length(); j++) {
            double old = values.getDouble(j);
            values.putScalar(j, old + step);
            double up = sum.materialize().mul(g).sumNumber().doubleValue();
            values.putScalar(j, old - step);
            double down = sum.materialize().mul(g).sumNumber().doubleValue();
            values.putScalar(j, old);
            assertEquals((up - down) / (2 * step), gradient.getDouble(j), 1e-7, sum + " element " + j);
        }
    }

    @Test
    void parameterCount_paperLayer_is1792PerSide() {
        KroneckerSum a =
                KroneckerSum.of(Nd4j.create(DataType.FLOAT, 16, 32, 2), Nd4j.create(DataType.FLOAT, 16, 24, 2));
        assertEquals(1792, a.parameterCount());
        assertEquals(768, a.rows());
        assertEquals(4, a.columns());
    }

    @Test
    void of_badOperands_namesThem() {
        assertMessage(
                "Kronecker sum: factor 2 is [3, 2, 2], expected [4, *, *] (s as factor 1)",
                () -> KroneckerSum.of(Nd4j.create(DataType.FLOAT, 4, 2, 2), Nd4j.create(DataType.FLOAT, 3, 2, 2)));
        assertMessage(
                "Kronecker sum: factor 2 is DOUBLE, expected FLOAT (as factor 1)",
                () -> KroneckerSum.of(Nd4j.create(DataType.FLOAT, 4, 2, 2), Nd4j.create(DataType.DOUBLE, 4, 2, 2)));
        assertMessage(
                "Kronecker sum: factor 1 is INT, expected FLOAT or DOUBLE",
                () -> KroneckerSum.of(Nd4j.create(DataType.INT32, 4, 2, 2)));
        KroneckerSum sum = KroneckerSum.of(Nd4j.create(DataType.FLOAT, 4, 2, 3), Nd4j.create(DataType.FLOAT, 4, 5, 1));
        assertMessage(
                "apply: x is [8, 11], expected [*, 10] (rows of the Kronecker sum 4 × [2, 3] ⊗ [5, 1])",
                () -> sum.apply(Nd4j.create(DataType.FLOAT, 8, 11)));
        assertMessage(
                "apply: x is DOUBLE, expected FLOAT (as the factors)",
                () -> sum.apply(Nd4j.create(DataType.DOUBLE, 8, 10)));
        assertMessage(
                "applyTranspose: y is [8, 10], expected [*, 3] (columns of the Kronecker sum 4 × [2, 3] ⊗ [5, 1])",
                () -> sum.applyTranspose(Nd4j.create(DataType.FLOAT, 8, 10)));
        assertMessage(
                "applyTranspose: y is DOUBLE, expected FLOAT (as the factors)",
                () -> sum.applyTranspose(Nd4j.create(DataType.DOUBLE, 8, 3)));
        assertMessage(
                "gradient: ∂L/∂M is [10, 4], expected [10, 3] (the Kronecker sum 4 × [2, 3] ⊗ [5, 1])",
                () -> sum.gradient(Nd4j.create(DataType.FLOAT, 10, 4)));
        assertMessage(
                "gradient: ∂L/∂M is DOUBLE, expected FLOAT (as the factors)",
                () -> sum.gradient(Nd4j.create(DataType.DOUBLE, 10, 3)));
        assertEquals("KroneckerSum 4 × [2, 3] ⊗ [5, 1] FLOAT", sum.toString());
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

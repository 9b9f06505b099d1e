package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

@EveryProcessor
class NearestSumTest {
    private static final int[] SIZES = {1, 1, 2, 3, 5, 7, 11};

    private static KroneckerSum random(Random random, DataType type, int s, boolean weighted) {
        return KroneckerSum.of(
                List.of(
                        normal(random, type, s, size(random), size(random)),
                        normal(random, type, s, size(random), size(random))),
                weighted ? normal(random, type, s) : null);
    }

    private static int size(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static double distance(INDArray left, INDArray right) {
        return left.castTo(DataType.DOUBLE)
                .sub(right.castTo(DataType.DOUBLE))
                .norm2Number()
                .doubleValue();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void ofSum_sameTerms_isTheSameMatrixWithConditionNumberOne(DataType type) {
        Random random = new Random(1);
        for (int round = 0; round < 60; round++) {
            int s = 1 + random.nextInt(6);
            KroneckerSum sum = random(random, type, s, round % 2 == 0);
            NearestSum same = NearestSum.ofSum(sum, s);
            assertTrue(relativeError(sum.materialize(), same.sum().materialize()) < tolerance(type), sum.describe());
            assertEquals(1, ConditionNumber.of(same.sum()).value(), type == DataType.FLOAT ? 1e-5 : 1e-12);
            assertTrue(same.error() < 1e-12 * (1 + sum.normF()));
        }
    }

    @Test
    void ofSum_fewerTerms_isTheNearestSumToTheDenseMatrixAndErrorIsExact() {
        Random random = new Random(2);
        for (int round = 0; round < 60; round++) {
            KroneckerSum sum = random(random, DataType.DOUBLE, 2 + random.nextInt(5), round % 2 == 0);
            INDArray dense = sum.materialize();
            int terms = 1 + random.nextInt(3);
            NearestSum fromFactors = NearestSum.ofSum(sum, terms);
            INDArray first = sum.factors().get(0);
            NearestSum fromMatrix = NearestSum.ofMatrix(dense, (int) first.size(1), (int) first.size(2), terms);
            double scale = 1 + sum.normF();
            assertEquals(fromMatrix.error(), fromFactors.error(), 1e-11 * scale);
            assertEquals(distance(dense, fromFactors.sum().materialize()), fromFactors.error(), 1e-11 * scale);
            assertEquals(distance(dense, fromMatrix.sum().materialize()), fromMatrix.error(), 1e-11 * scale);
        }
    }

    @Test
    void ofMatrix_againstCompetitors_isNotBeaten() {
        Random random = new Random(3);
        for (int round = 0; round < 5; round++) {
            INDArray matrix = normal(random, DataType.DOUBLE, 3L * 5, 2L * 7);
            NearestSum nearest = NearestSum.ofMatrix(matrix, 3, 2, 2);
            assertEquals(distance(matrix, nearest.sum().materialize()), nearest.error(), 1e-12 * 20);
            for (double step : new double[] {1e-3, 1e-2, 0.1}) {
                KroneckerSum moved = KroneckerSum.of(
                        nearest.sum()
                                .factors()
                                .get(0)
                                .add(normal(random, DataType.DOUBLE, 2, 3, 2).muli(step)),
                        nearest.sum()
                                .factors()
                                .get(1)
                                .add(normal(random, DataType.DOUBLE, 2, 5, 7).muli(step)));
                assertTrue(distance(matrix, moved.materialize()) > nearest.error());
            }
            assertTrue(distance(matrix, descended(random, matrix).materialize()) > nearest.error() - 1e-9);
        }
    }

    /** A competitor from elsewhere: gradient descent on ½‖S − M‖² from a random start. */
    private static KroneckerSum descended(Random random, INDArray matrix) {
        KroneckerSum sum =
                KroneckerSum.of(normal(random, DataType.DOUBLE, 2, 3, 2), normal(random, DataType.DOUBLE, 2, 5, 7));
        for (int step = 0; step < 400; step++) {
            KroneckerSum.Gradient gradient = sum.gradient(sum.materialize().sub(matrix));
            for (int i = 0; i < 2; i++) {
                sum.factors().get(i).subi(gradient.factors().get(i).mul(0.01));
            }
        }
        return sum;
    }

    @Test
    void ofMatrix_enoughTerms_isExact() {
        Random random = new Random(4);
        INDArray matrix = normal(random, DataType.FLOAT, 6, 35);
        NearestSum exact = NearestSum.ofMatrix(matrix, 2, 5, 100);
        assertEquals(10, exact.sum().separationRank(), "min(2·5, 3·7)");
        assertTrue(relativeError(matrix, exact.sum().materialize()) < tolerance(DataType.FLOAT));
    }

    @Test
    void withinError_keepsTheFewestTermsThatReachIt() {
        Random random = new Random(5);
        KroneckerSum sum = random(random, DataType.DOUBLE, 6, true);
        NearestSum all = NearestSum.ofSum(sum, 6);
        double norm = sum.normF();
        for (int kept = 1; kept < all.singularValues().length; kept++) {
            double error = NearestSum.ofSum(sum, kept).error() / norm;
            assertEquals(kept, NearestSum.withinError(sum, error * 1.0001).sum().separationRank());
        }
        assertTrue(NearestSum.withinError(sum, 0).error() < 1e-12 * norm);
    }

    @Test
    void ofSum_cancellingTerms_restoresAUsableRepresentation() {
        Random random = new Random(6);
        INDArray a = normal(random, DataType.DOUBLE, 1, 8, 2);
        INDArray b = normal(random, DataType.DOUBLE, 1, 6, 2);
        INDArray da = normal(random, DataType.DOUBLE, 1, 8, 2);
        for (double gap : new double[] {1e-2, 1e-4, 1e-6}) {
            KroneckerSum cancelling = KroneckerSum.of(
                    List.of(Nd4j.concat(0, a.add(da.mul(gap)), a), Nd4j.concat(0, b, b)),
                    Nd4j.createFromArray(1.0, -1.0));
            assertTrue(ConditionNumber.of(cancelling).value() > 0.01 / gap);
            NearestSum restored = NearestSum.ofSum(cancelling, 2);
            assertEquals(1, ConditionNumber.of(restored.sum()).value(), 1e-9);
            double expected = KroneckerSum.of(da.mul(gap), b).normF();
            assertEquals(expected, restored.sum().normF(), 1e-9 * expected / gap);
        }
    }

    @Test
    void zeroAndDependentTerms_areFine() {
        KroneckerSum zero = KroneckerSum.of(Nd4j.zeros(DataType.DOUBLE, 3, 4, 2), Nd4j.ones(DataType.DOUBLE, 3, 5, 2));
        assertEquals(0, NearestSum.ofSum(zero, 2).sum().normF());
        KroneckerSum equal = KroneckerSum.of(Nd4j.ones(DataType.DOUBLE, 3, 4, 2), Nd4j.ones(DataType.DOUBLE, 3, 5, 2));
        NearestSum one = NearestSum.withinError(equal, 1e-12);
        assertEquals(1, one.sum().separationRank());
        assertTrue(relativeError(equal.materialize(), one.sum().materialize()) < 1e-12);
    }

    @Test
    void badInput_isRefusedByName() {
        INDArray matrix = Nd4j.ones(DataType.FLOAT, 6, 4);
        assertMessage(
                "nearest Kronecker sum: a first factor [4, 2] does not divide M [6, 4]",
                () -> NearestSum.ofMatrix(matrix, 4, 2, 1));
        assertMessage(
                "nearest Kronecker sum: 0 terms, expected at least 1", () -> NearestSum.ofMatrix(matrix, 2, 2, 0));
        KroneckerSum three = KroneckerSum.of(
                Nd4j.ones(DataType.FLOAT, 2, 2, 2),
                Nd4j.ones(DataType.FLOAT, 2, 3, 2),
                Nd4j.ones(DataType.FLOAT, 2, 1, 1));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> NearestSum.ofSum(three, 1))
                .getMessage()
                .endsWith("has 3 factors per term, expected 2"));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    @Test
    void singularValues_anyShape_reproduceTheMatrixWithOrthonormalSides() {
        Random random = new Random(7);
        for (int round = 0; round < 40; round++) {
            INDArray m = normal(
                    random, DataType.DOUBLE, (long) size(random) * size(random), (long) size(random) * size(random));
            SingularValues svd = SingularValues.of(m);
            INDArray product = svd.u()
                    .mulRowVector(Nd4j.createFromArray(svd.sigma()))
                    .mmul(svd.v().transpose());
            assertTrue(relativeError(m, product) < 1e-12, Arrays.toString(m.shape()));
            INDArray identity = Nd4j.eye(svd.sigma().length).castTo(DataType.DOUBLE);
            assertTrue(relativeError(identity, svd.u().transpose().mmul(svd.u())) < 1e-12);
            assertTrue(relativeError(identity, svd.v().transpose().mmul(svd.v())) < 1e-12);
        }
    }
}

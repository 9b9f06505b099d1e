package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Sums whose terms are rewritten or rounded, and what the bounds say of them, against the formulas. */
class RewrittenTermsTest {
    private final Random random = new Random(Long.getLong("seed", 63));

    private INDArray normal(long... shape) {
        return RandomArrays.normal(random, DataType.DOUBLE, shape);
    }

    private static double distance(INDArray one, INDArray other) {
        return one.sub(other).normmaxNumber().doubleValue();
    }

    /** The largest inner product of two terms' matrices. */
    private static double overlap(double[][] matrices) {
        double largest = 0;
        for (int i = 0; i < matrices.length; i++) {
            for (int j = 0; j < i; j++) {
                largest = Math.max(largest, Math.abs(SmallMatrices.dot(matrices[i], matrices[j])));
            }
        }
        return largest;
    }

    @Test
    void orthogonalTerms_keepTheMatrix_andTakeAllOfItsConditionAway() {
        INDArray weights = Nd4j.createFromArray(1.0, 2.5, -0.5);
        INDArray first = normal(3, 4, 2);
        INDArray second = normal(3, 2, 3);
        KroneckerSum sum = KroneckerSum.of(List.of(first, second), weights);
        INDArray matrix = sum.materialize();
        OrthogonalTerms.rewrite(sum, 0);
        assertTrue(distance(sum.materialize(), matrix) < 1e-12);
        assertEquals(1, ConditionNumber.of(sum).value(), 1e-12);
        assertArrayEquals(new double[] {1, 1, 1}, weights.toDoubleVector());
        double[][] u = SmallMatrices.rows(first);
        double[][] v = SmallMatrices.rows(second);
        assertTrue(overlap(u) < 1e-12 && overlap(v) < 1e-12);
        for (int k = 0; k < 3; k++) {
            assertEquals(SmallMatrices.norm(u[k]), SmallMatrices.norm(v[k]), 1e-12, "the term's norm is shared evenly");
        }
    }

    @Test
    void orthogonalTerms_thatAreNotNeeded_getAFirstFactorOfTheLeastNormAndNoSecond() {
        INDArray first = normal(4, 2, 3);
        INDArray second = normal(4, 3, 2);
        first.slice(2).assign(first.slice(0));
        first.slice(3).assign(first.slice(1).mul(2));
        KroneckerSum sum = KroneckerSum.of(first, second);
        INDArray matrix = sum.materialize();
        OrthogonalTerms.rewrite(sum, 0.75);
        assertTrue(distance(sum.materialize(), matrix) < 1e-12);
        double[][] u = SmallMatrices.rows(first);
        double[][] v = SmallMatrices.rows(second);
        assertTrue(overlap(u) < 1e-12);
        for (int k = 2; k < 4; k++) {
            assertEquals(0.75, SmallMatrices.norm(u[k]), 1e-12);
            assertEquals(0, SmallMatrices.norm(v[k]));
        }
        KroneckerSum zero = KroneckerSum.of(Nd4j.zeros(DataType.DOUBLE, 2, 2, 2), normal(2, 2, 2));
        OrthogonalTerms.rewrite(zero, 1e-3);
        assertEquals(0, zero.materialize().normmaxNumber().doubleValue());
        assertEquals(1e-3, SmallMatrices.norm(SmallMatrices.rows(zero.factors().get(0))[1]), 1e-15);
    }

    @Test
    void rewriting_ofOtherThanTwoFactors_isRefused() {
        KroneckerSum three = KroneckerSum.of(normal(2, 2, 2), normal(2, 2, 2), normal(2, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> OrthogonalTerms.rewrite(three, 0));
        assertThrows(IllegalArgumentException.class, () -> SkewedTerms.rewrite(three, 2));
        KroneckerSum one = KroneckerSum.of(normal(1, 2, 2), normal(1, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> SkewedTerms.rewrite(one, 2));
        assertThrows(IllegalArgumentException.class, () -> NearestSum.withinError(one, -1e-9));
        assertThrows(IllegalArgumentException.class, () -> NearestSum.withinError(one, Double.NaN));
        assertThrows(
                IllegalArgumentException.class,
                () -> NearestSum.ofMatrix(normal(4, 4).castTo(DataType.FLOAT16), 2, 2, 1));
    }

    @Test
    void skewedTerms_keepTheMatrix_alsoOfAnOddNumber() {
        for (int s : new int[] {2, 3}) {
            KroneckerSum sum = KroneckerSum.of(normal(s, 2, 2), normal(s, 3, 2));
            INDArray matrix = sum.materialize();
            INDArray last = sum.factors().get(0).slice(s - 1).dup();
            SkewedTerms.rewrite(sum, 50);
            assertTrue(distance(sum.materialize(), matrix) < 1e-11);
            assertTrue(ConditionNumber.of(sum).value() > 10);
            assertEquals(s == 3, distance(last, sum.factors().get(0).slice(s - 1)) == 0, "the odd one stays");
        }
    }

    @Test
    void rounding_ofASet_isThatOfEachFactor_andNotOfTheWeights() {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(3)
                .termWeights(true)
                .build();
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("a", RandomArrays.normal(random, DataType.FLOAT, 6, 8)),
                FrozenLinear.of("b", RandomArrays.normal(random, DataType.FLOAT, 8, 6)));
        try (AdapterSet set = AdapterSet.create(layers, config, Backends.standard())) {
            set.values()
                    .assign(RandomArrays.normal(
                            random, DataType.FLOAT, set.values().length()));
            set.materialize();
            INDArray before = set.values().dup();
            try (AdapterSet rounded = AdapterRounding.of(set, Precision.INT8)) {
                assertEquals(before, set.values());
                for (LsrAdapter adapter : set.lsrAdapters()) {
                    LsrAdapter target = rounded.lsrAdapter(adapter.name());
                    for (boolean ofA : new boolean[] {true, false}) {
                        KroneckerSum from = ofA ? adapter.a() : adapter.b();
                        KroneckerSum to = ofA ? target.a() : target.b();
                        assertEquals(0, distance(from.termWeights(), to.termWeights()));
                        List<RoundedSum.StoredFactor> stored =
                                RoundedSum.of(from, Precision.INT8).stored();
                        for (int i = 0; i < stored.size(); i++) {
                            INDArray values = stored.get(i).values();
                            assertEquals(
                                    0,
                                    distance(
                                            values.castTo(DataType.FLOAT),
                                            to.factors().get(i)));
                            assertNotEquals(
                                    0,
                                    distance(from.factors().get(i), to.factors().get(i)));
                        }
                    }
                    INDArray x = RandomArrays.normal(
                            random, DataType.FLOAT, 2, adapter.layer().inFeatures());
                    INDArray update = target.forward(x).sub(x.mmul(target.merge()));
                    assertTrue(update.normmaxNumber().doubleValue() < 1e-3, "materialized");
                }
            }
        }
    }

    @Test
    void updateCondition_errors_areTheFormulas() {
        KroneckerSum a = KroneckerSum.of(normal(2, 3, 2), normal(2, 2, 1));
        KroneckerSum b = KroneckerSum.of(normal(3, 2, 2), normal(3, 1, 3));
        UpdateCondition found = UpdateCondition.of("layer", a, b, -1.5);
        double normA = SingularValues.sigma(a.materialize())[0];
        double normB = SingularValues.sigma(b.materialize())[0];
        double normF = a.materialize().mmul(b.materialize()).norm2Number().doubleValue() * 1.5;
        Precision precision = Precision.FP16;
        double worstA = ConditionNumber.of(a).worstCaseError(precision);
        double worstB = ConditionNumber.of(b).worstCaseError(precision);
        double worst = 1.5 * (worstA * normB + normA * worstB + worstA * worstB);
        assertEquals(worst, found.worstCaseError(precision), 1e-13 * worst);
        double least = 1.5
                * Math.hypot(
                        ConditionNumber.of(a).smallestError(precision) * normB,
                        normA * ConditionNumber.of(b).smallestError(precision));
        assertEquals(least, found.smallestError(precision), 1e-13 * least);
        assertEquals(least / normF, found.relativeError(precision), 1e-12 * least / normF);
    }

    @Test
    void crestFactor_isTheLargestNumberOverTheRootMeanSquare() {
        INDArray first = Nd4j.createFromArray(new double[][][] {{{1, 1}, {1, -1}}, {{3, 0}, {0, 4}}});
        INDArray second = Nd4j.createFromArray(new double[][][] {{{2, 2}}, {{1, 1}}});
        assertEquals(
                4 * 2 / 5.0, ConditionNumber.of(KroneckerSum.of(first, second)).crestFactor(), 1e-15);
        INDArray zero = Nd4j.zeros(DataType.DOUBLE, 2, 1, 2);
        assertEquals(
                1,
                ConditionNumber.of(KroneckerSum.of(Nd4j.ones(DataType.DOUBLE, 2, 2, 2), zero))
                        .crestFactor());
    }

    @Test
    void precisions_haveTheirBitsAndLimits() {
        assertEquals(
                List.of(32, 16, 16, 8, 8, 8, 4),
                List.of(Precision.values()).stream().map(Precision::bits).toList());
        assertEquals(
                List.of(Precision.FP32, Precision.FP16, Precision.BF16, Precision.FP8_E4M3, Precision.FP8_E5M2),
                Precision.floatingPoint());
        assertEquals(65504, Precision.FP16.largest());
        assertEquals(7, Precision.INT4.largest());
        assertEquals(127, Precision.INT8.largest());
        assertEquals((double) Float.MAX_VALUE, Precision.FP32.largest());
    }

    @Test
    void withinError_takesAsFewTermsAsItMay() {
        INDArray first = Nd4j.createFromArray(new double[][][] {{{4, 0}}, {{0, 3}}});
        INDArray second = Nd4j.createFromArray(new double[][][] {{{1, 0}}, {{0, 1}}});
        KroneckerSum sum = KroneckerSum.of(first, second);
        assertEquals(1, NearestSum.withinError(sum, 0.6).sum().separationRank(), "an error of exactly 3/5");
        assertEquals(2, NearestSum.withinError(sum, 0.599).sum().separationRank());
        assertEquals(2, NearestSum.withinError(sum, 0).sum().separationRank());
        assertEquals(1, NearestSum.withinError(sum, 2).sum().separationRank());
    }
}

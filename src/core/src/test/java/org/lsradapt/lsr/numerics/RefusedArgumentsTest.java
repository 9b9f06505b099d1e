package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.ConditionMonitor.Settings;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Settings and numbers that cannot be meant are refused by name. */
class RefusedArgumentsTest {

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void conditionMonitor_settings() {
        assertEquals(1, new Settings(1, Precision.FP16, 1e-9, Policy.LOG).every());
        assertRefused(
                "condition monitor: every 0 steps, expected >= 1",
                () -> new Settings(0, Precision.FP16, 1, Policy.LOG));
        for (double epsilon : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(
                    "condition monitor: epsilon is " + epsilon + ", expected a positive number",
                    () -> new Settings(1, Precision.FP16, epsilon, Policy.LOG));
        }
    }

    @Test
    void conditionMonitor_orthogonalTermsOfOtherThanTwoFactors() {
        LsrConfig config = LsrConfig.builder().factorCount(3).build();
        try (AdapterSet set = AdapterSet.create(
                List.of(FrozenLinear.of("a", Nd4j.ones(DataType.FLOAT, 8, 8))), config, Backends.standard())) {
            Settings settings = new Settings(1, Precision.FP16, 1, Policy.REORTHOGONALIZE);
            assertRefused(
                    "condition monitor: a has 3 factors per term, re-orthogonalize needs 2",
                    () -> new ConditionMonitor(set, settings, ConditionMonitor.Handler.NONE));
        }
    }

    @Test
    void precision_numbersOfIntegerFormats() {
        assertEquals(
                "INT8: an integer format has no numbers of its own, only those of a scale",
                assertThrows(IllegalStateException.class, () -> Precision.INT8.store(1))
                        .getMessage());
        for (double wrong : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            INDArray factor = Nd4j.createFromArray(1, wrong, 2, 3).reshape(2, 2, 1);
            assertRefused(
                    "rounding to int4: a factor has a number that is not finite",
                    () -> RoundedSum.StoredFactor.of(factor, Precision.INT4));
        }
    }

    @Test
    void updateSpectrum_shapes() {
        KroneckerSum a = KroneckerSum.of(Nd4j.ones(DataType.FLOAT, 1, 3, 2));
        KroneckerSum b = KroneckerSum.of(Nd4j.ones(DataType.FLOAT, 1, 3, 4));
        assertRefused("update spectrum: A has 2 columns, B 3 rows", () -> UpdateSpectrum.of(a, b, 1));
    }

    @Test
    void nearestSums_ofNumbersThatAreNotFinite() {
        LsrConfig config =
                LsrConfig.builder().bottleneckRank(2).separationRank(1).build();
        for (double wrong : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            INDArray matrix = Nd4j.ones(DataType.DOUBLE, 4, 6).putScalar(1, 2, wrong);
            INDArray good = Nd4j.ones(DataType.DOUBLE, 6, 4);
            KroneckerSum two =
                    KroneckerSum.of(Nd4j.ones(DataType.DOUBLE, 2, 3, 2), Nd4j.ones(DataType.DOUBLE, 2, 2, 2));
            two.factors().get(1).putScalar(new int[] {1, 0, 1}, wrong);
            KroneckerSum three = KroneckerSum.of(
                    Nd4j.ones(DataType.DOUBLE, 1, 2, 2),
                    Nd4j.ones(DataType.DOUBLE, 1, 2, 2),
                    two.factors().get(1).get(NDArrayIndex.interval(1, 2)).dup('c'));
            String expected = " has NaN or infinity, expected finite numbers";
            assertRefused("nearest Kronecker sum: M" + expected, () -> NearestSum.ofMatrix(matrix, 2, 3, 1));
            String second = "factor 2 of " + two.describe() + expected;
            assertRefused("nearest Kronecker sum: " + second, () -> NearestSum.ofSum(two, 1));
            assertRefused("nearest Kronecker sum: " + second, () -> NearestSum.withinError(two, 0.1));
            AlternatingLeastSquares.Settings defaults = AlternatingLeastSquares.Settings.DEFAULTS;
            assertRefused(
                    "alternating least squares: factor 3 of " + three.describe() + expected,
                    () -> AlternatingLeastSquares.ofSum(three, 1, defaults));
            assertRefused(
                    "alternating least squares: M" + expected,
                    () -> AlternatingLeastSquares.ofMatrix(matrix, List.of(2, 2), List.of(2, 3), 1, defaults));
            LoraConversion.Settings settings = LoraConversion.Settings.DEFAULTS;
            assertRefused("conversion: A" + expected, () -> LoraConversion.of(matrix, good, config, settings));
            assertRefused("conversion: B" + expected, () -> LoraConversion.of(good, matrix, config, settings));
        }
    }
}

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.AlternatingLeastSquares.Settings;
import org.lsradapt.lsr.numerics.AlternatingLeastSquares.Sweep;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AlternatingLeastSquaresTest {
    private static final int[] SIZES = {1, 1, 2, 3, 5};

    private static KroneckerSum random(Random random, int d, int s, DataType type, boolean weighted) {
        List<INDArray> factors = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            factors.add(normal(random, type, s, size(random), size(random)));
        }
        return KroneckerSum.of(factors, weighted ? normal(random, type, s) : null);
    }

    private static int size(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static List<Integer> sizes(KroneckerSum sum, int dimension) {
        return sum.factors().stream().map(f -> (int) f.size(dimension)).toList();
    }

    private static AlternatingLeastSquares ofDense(KroneckerSum sum, int terms, Settings settings) {
        return AlternatingLeastSquares.ofMatrix(sum.materialize(), sizes(sum, 1), sizes(sum, 2), terms, settings);
    }

    private static double distance(KroneckerSum left, KroneckerSum right) {
        INDArray l = left.materialize().castTo(DataType.DOUBLE);
        return l.sub(right.materialize().castTo(DataType.DOUBLE)).norm2Number().doubleValue();
    }

    @Property(tries = 40)
    void fit_anyShape_neverRaisesTheObjectiveAndReportsItsErrorGammaAndBound(
            @ForAll @IntRange(min = 2, max = 4) int d,
            @ForAll @IntRange(min = 1, max = 5) int terms,
            @ForAll boolean dense,
            @ForAll boolean weighted,
            @ForAll Random random) {
        KroneckerSum sum = random(random, d, 5, DataType.DOUBLE, weighted);
        Settings settings = new Settings(1e-4, 30, 0, 2, 7);
        AlternatingLeastSquares fit =
                dense ? ofDense(sum, terms, settings) : AlternatingLeastSquares.ofSum(sum, terms, settings);
        double norm = sum.normF();
        double last = norm * norm;
        for (Sweep sweep : fit.sweeps()) {
            assertTrue(sweep.objective() <= last + 1e-11 * norm * norm, sum.describe() + " " + fit.sweeps());
            last = sweep.objective();
        }
        double distance = distance(sum, fit.sum());
        // From inner products the squared error has the round-off of the squared norms.
        assertEquals(distance * distance, fit.error() * fit.error(), 1e-11 * norm * norm);
        assertEquals(fit.error() / norm, fit.relativeError(), 1e-12);
        double gamma = ConditionNumber.of(fit.sum()).value();
        assertEquals(gamma, fit.conditionNumber(), 1e-6 * gamma);
        double ratio = norm / fit.sum().normF();
        assertTrue(gamma * gamma <= (ratio - 1) / 1e-4 + 1e-6 * gamma * gamma, "γ " + gamma + ", ratio " + ratio);
    }

    @Property(tries = 20)
    void fit_twoFactors_reachesTheNearestSum(
            @ForAll @IntRange(min = 1, max = 3) int terms, @ForAll boolean dense, @ForAll Random random) {
        KroneckerSum sum = random(random, 2, 5, DataType.DOUBLE, true);
        Settings settings = new Settings(1e-12, 5000, 1e-12, 2, 1);
        AlternatingLeastSquares fit =
                dense ? ofDense(sum, terms, settings) : AlternatingLeastSquares.ofSum(sum, terms, settings);
        NearestSum nearest = NearestSum.ofSum(sum, terms);
        double norm = sum.normF();
        // A term of ALS on two factors converges as powers of the ratio of neighbouring singular values.
        assertEquals(nearest.error(), fit.error(), 1e-4 * norm, sum.describe());
        assertTrue(fit.error() * fit.error() >= nearest.error() * nearest.error() - 1e-11 * norm * norm);
    }

    @Test
    void fit_threeFactorsOfAnExactSum_findsIt() {
        Random random = new Random(3);
        for (int round = 0; round < 5; round++) {
            KroneckerSum exact = KroneckerSum.of(
                    normal(random, DataType.DOUBLE, 2, 3, 2),
                    normal(random, DataType.DOUBLE, 2, 4, 1),
                    normal(random, DataType.DOUBLE, 2, 2, 3));
            AlternatingLeastSquares fit = ofDense(exact, 2, Settings.DEFAULTS);
            assertTrue(
                    fit.relativeError() < 1e-6,
                    fit.relativeError() + " after " + fit.sweeps().size());
            List<INDArray> longer = new ArrayList<>();
            for (INDArray factor : exact.factors()) {
                longer.add(Nd4j.concat(0, factor, factor));
            }
            KroneckerSum repeated = KroneckerSum.of(longer, Nd4j.createFromArray(0.7, 0.3, 0.3, 0.7));
            AlternatingLeastSquares shorter = AlternatingLeastSquares.ofSum(repeated, 2, Settings.DEFAULTS);
            assertTrue(distance(repeated, shorter.sum()) < 1e-6 * repeated.normF());
        }
    }

    @Test
    void fit_noNearestSumExists_keepsGammaWithinItsBound() {
        // a⊗a⊗b + a⊗b⊗a + b⊗a⊗a has sums of two terms as near as one likes, none of them nearest.
        INDArray e1 = Nd4j.createFromArray(new double[][][] {{{1, 0}}});
        INDArray e2 = Nd4j.createFromArray(new double[][][] {{{0, 1}}});
        KroneckerSum sum =
                KroneckerSum.of(Nd4j.concat(0, e1, e1, e2), Nd4j.concat(0, e1, e2, e1), Nd4j.concat(0, e2, e1, e1));
        double weaker = 0;
        for (double delta : new double[] {1e-2, 1e-4, 1e-6}) {
            AlternatingLeastSquares fit = AlternatingLeastSquares.ofSum(sum, 2, new Settings(delta, 20000, 1e-9, 3, 1));
            double error = fit.relativeError();
            double bound = Math.sqrt(error / ((1 - error) * delta));
            assertTrue(fit.conditionNumber() <= bound, fit.conditionNumber() + " > " + bound);
            assertTrue(fit.conditionNumber() > weaker, "less regularization, larger γ");
            weaker = fit.conditionNumber();
        }
        assertTrue(weaker > 5, "terms cancel: " + weaker);
    }

    @Test
    void fit_againstGradientDescent_isNotBeaten() {
        Random random = new Random(5);
        for (int round = 0; round < 2; round++) {
            KroneckerSum sum = KroneckerSum.of(
                    normal(random, DataType.DOUBLE, 6, 3, 2),
                    normal(random, DataType.DOUBLE, 6, 2, 2),
                    normal(random, DataType.DOUBLE, 6, 2, 1));
            double best = AlternatingLeastSquares.ofSum(sum, 2, new Settings(1e-8, 2000, 1e-10, 6, 1))
                    .error();
            INDArray dense = sum.materialize();
            for (int start = 0; start < 2; start++) {
                KroneckerSum other = KroneckerSum.of(
                        normal(random, DataType.DOUBLE, 2, 3, 2),
                        normal(random, DataType.DOUBLE, 2, 2, 2),
                        normal(random, DataType.DOUBLE, 2, 2, 1));
                for (int step = 0; step < 700; step++) {
                    KroneckerSum.Gradient gradient =
                            other.gradient(other.materialize().sub(dense));
                    for (int i = 0; i < 3; i++) {
                        other.factors().get(i).subi(gradient.factors().get(i).mul(0.005));
                    }
                }
                assertTrue(distance(sum, other) > best * (1 - 1e-6), distance(sum, other) + " against " + best);
            }
        }
    }

    @Test
    void fit_sameSeed_isTheSameAndFloatStaysFloat() {
        KroneckerSum sum = random(new Random(6), 3, 4, DataType.FLOAT, false);
        AlternatingLeastSquares one = AlternatingLeastSquares.ofSum(sum, 2, Settings.DEFAULTS);
        AlternatingLeastSquares two = AlternatingLeastSquares.ofSum(sum, 2, Settings.DEFAULTS);
        assertEquals(one.sweeps(), two.sweeps());
        assertEquals(DataType.FLOAT, one.sum().dataType());
        assertEquals(one.error(), distance(sum, one.sum()), 1e-5 * sum.normF());
    }

    @Test
    void fit_zero_isZero() {
        KroneckerSum zero = KroneckerSum.of(
                Nd4j.zeros(DataType.DOUBLE, 2, 2, 2),
                Nd4j.ones(DataType.DOUBLE, 2, 3, 1),
                Nd4j.ones(DataType.DOUBLE, 2, 1, 2));
        AlternatingLeastSquares fit = AlternatingLeastSquares.ofSum(zero, 2, Settings.DEFAULTS);
        assertEquals(0, fit.error());
        assertEquals(0, fit.relativeError());
        assertEquals(1, fit.conditionNumber());
        assertEquals(0, fit.sum().normF());
    }

    @Test
    void badInput_isRefusedByName() {
        INDArray matrix = Nd4j.ones(DataType.FLOAT, 6, 4);
        assertMessage(
                "alternating least squares: factors with rows [3, 2] and columns [2, 3], expected two or more of each that"
                        + " multiply up to M's [6, 4]",
                () -> AlternatingLeastSquares.ofMatrix(matrix, List.of(3, 2), List.of(2, 3), 1, Settings.DEFAULTS));
        assertMessage(
                "alternating least squares: 0 terms, expected at least 1",
                () -> AlternatingLeastSquares.ofMatrix(matrix, List.of(3, 2), List.of(2, 2), 0, Settings.DEFAULTS));
        assertMessage(
                "alternating least squares: 1 × [6, 4] has one factor per term, expected at least 2",
                () -> AlternatingLeastSquares.ofSum(KroneckerSum.of(matrix.reshape(1, 6, 4)), 1, Settings.DEFAULTS));
        assertMessage(
                "alternating least squares: regularization is 0.0, expected a positive number",
                () -> new Settings(0, 1, 0, 1, 1));
        assertMessage("alternating least squares: 0 sweeps, expected at least 1", () -> new Settings(1, 0, 0, 1, 1));
        assertMessage("alternating least squares: 0 starts, expected at least 1", () -> new Settings(1, 1, 0, 0, 1));
        assertMessage(
                "alternating least squares: tolerance is NaN, expected at least 0",
                () -> new Settings(1, 1, Double.NaN, 1, 1));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}

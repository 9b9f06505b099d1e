package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

@EveryProcessor
class ConditionNumberTest {

    @Test
    void value_oneTerm_isOne() {
        Random random = new Random(1);
        KroneckerSum sum = KroneckerSum.of(
                RandomArrays.normal(random, DataType.FLOAT, 1, 5, 3),
                RandomArrays.normal(random, DataType.FLOAT, 1, 4, 2));
        assertEquals(1, ConditionNumber.of(sum).value(), 1e-12);
    }

    @Test
    void value_randomSum_equalsDenseDefinition() {
        Random random = new Random(2);
        INDArray f = RandomArrays.normal(random, DataType.DOUBLE, 4, 5, 3);
        INDArray g = RandomArrays.normal(random, DataType.DOUBLE, 4, 2, 7);
        KroneckerSum sum = KroneckerSum.of(f, g);
        double squares = 0;
        for (int k = 0; k < 4; k++) {
            KroneckerSum term = KroneckerSum.of(term(f, k), term(g, k));
            squares += Math.pow(term.materialize().norm2Number().doubleValue(), 2);
        }
        double normF = sum.materialize().norm2Number().doubleValue();
        ConditionNumber gamma = ConditionNumber.of(sum);
        assertEquals(Math.sqrt(squares) / normF, gamma.value(), 1e-12);
        double limit = gamma.value() * Math.pow(2, -11) * normF;
        assertEquals(limit, gamma.smallestError(Precision.FP16), 1e-4 * limit);
    }

    private static INDArray term(INDArray stack, int k) {
        return stack.get(NDArrayIndex.interval(k, k + 1), NDArrayIndex.all(), NDArrayIndex.all())
                .dup('c');
    }

    @Test
    void value_degenerateSums_areAsDocumented() {
        INDArray f = Nd4j.ones(DataType.DOUBLE, 2, 2, 2);
        INDArray g = Nd4j.ones(DataType.DOUBLE, 2, 2, 2);
        assertEquals(1, ConditionNumber.of(KroneckerSum.of(f.mul(0), g)).value());
        g.get(NDArrayIndex.point(1), NDArrayIndex.all(), NDArrayIndex.all()).muli(-1);
        assertEquals(
                Double.POSITIVE_INFINITY,
                ConditionNumber.of(KroneckerSum.of(f, g)).value());
        f.putScalar(0, 0.0 / 0.0);
        assertTrue(Double.isNaN(ConditionNumber.of(KroneckerSum.of(f, g)).value()));
    }

    @Test
    void value_nearlyCancellingTerms_isRightWhereGramMatricesAreNot() {
        Random random = new Random(3);
        INDArray a = RandomArrays.normal(random, DataType.DOUBLE, 1, 6, 2);
        INDArray b = RandomArrays.normal(random, DataType.DOUBLE, 1, 5, 3);
        INDArray change = RandomArrays.normal(random, DataType.DOUBLE, 1, 6, 2);
        for (int exponent = 1; exponent <= 40; exponent += 3) {
            double gap = Math.scalb(1.0, -exponent);
            INDArray moved = a.add(change.mul(gap));
            KroneckerSum sum = KroneckerSum.of(
                    List.of(Nd4j.concat(0, moved, a), Nd4j.concat(0, b, b)), Nd4j.createFromArray(1.0, -1.0));
            double difference = KroneckerSum.of(moved.sub(a), b).normF();
            double terms = Math.hypot(
                    KroneckerSum.of(moved, b).normF(), KroneckerSum.of(a, b).normF());
            double expected = terms / difference;
            assertEquals(expected, ConditionNumber.of(sum).value(), expected * expected * 1e-15 + 1e-10 * expected);
        }
    }

    /**
     * A thousand sums, random and adversarial (equal terms, whose errors add up; terms that cancel, with γ up to 1e12),
     * rounded: the worst-case bound holds always, the paper's up to √d for random terms and up to d·√s for any.
     * Integer formats too, with their factors' crest.
     */
    @Test
    void bounds_roundedFactors_hold() {
        Random random = new Random(4);
        List<Precision> formats = List.of(
                Precision.FP16, Precision.BF16, Precision.FP8_E4M3, Precision.FP8_E5M2, Precision.INT8, Precision.INT4);
        double worst = 0;
        double worstRandom = 0;
        double worstAny = 0;
        double largestGamma = 0;
        for (int round = 0; round < 1000; round++) {
            int kind = round % 3;
            Precision precision = formats.get(random.nextInt(formats.size()));
            KroneckerSum exact = sample(random, kind);
            int d = exact.factors().size();
            KroneckerSum rounded = precision.isScaled()
                    ? RoundedSum.of(exact, precision).sum()
                    : KroneckerSum.of(
                            exact.factors().stream()
                                    .map(factor -> roundUnbounded(factor, precision))
                                    .toList(),
                            exact.termWeights());
            double error =
                    rounded.materialize().sub(exact.materialize()).norm2Number().doubleValue();
            ConditionNumber gamma = ConditionNumber.of(exact);
            largestGamma = Double.isFinite(gamma.value()) ? Math.max(largestGamma, gamma.value()) : largestGamma;
            double paper = error / gamma.smallestError(precision);
            worst = Math.max(worst, error / gamma.worstCaseError(precision));
            worstRandom = Math.max(worstRandom, kind == 0 ? paper / Math.sqrt(d) : 0);
            worstAny = Math.max(worstAny, paper / (d * Math.sqrt(exact.separationRank())));
        }
        System.out.printf(
                Locale.ROOT,
                "error over bound, at most: worst case %.3f; paper's, over sqrt(d), random terms %.3f;"
                        + " over d*sqrt(s), any terms %.3f; gamma up to %.1e%n",
                worst,
                worstRandom,
                worstAny,
                largestGamma);
        assertTrue(worst <= 1 + 1e-6, "worst case " + worst);
        assertTrue(worstRandom <= 1.1, "paper's, random " + worstRandom);
        assertTrue(worst > 0.5, "the worst case is not far from what happens");
        assertTrue(largestGamma > 1e11, "adversarial enough: " + largestGamma);
    }

    /** A sum of 1 to 6 terms of 1 to 3 factors: random terms, or all equal, or nearly equal with alternating signs. */
    private static KroneckerSum sample(Random random, int kind) {
        int d = 1 + random.nextInt(3);
        int s = 1 + random.nextInt(6);
        List<INDArray> factors = new ArrayList<>();
        double gap = Math.pow(10, -12 * random.nextDouble());
        for (int i = 0; i < d; i++) {
            INDArray stack =
                    RandomArrays.normal(random, DataType.DOUBLE, s, 1 + random.nextInt(5), 1 + random.nextInt(5));
            for (int k = 1; k < s && kind > 0; k++) {
                INDArray first = stack.slice(0);
                INDArray own = stack.slice(k);
                own.assign(kind == 1 ? first : first.add(own.mul(gap)));
            }
            factors.add(stack);
        }
        INDArray weights = Nd4j.ones(DataType.DOUBLE, s);
        for (int k = 1; k < s && kind == 2; k += 2) {
            weights.putScalar(k, -1);
        }
        return KroneckerSum.of(factors, weights);
    }

    private static INDArray roundUnbounded(INDArray array, Precision precision) {
        double[] values = array.dup('c').data().asDouble();
        for (int i = 0; i < values.length; i++) {
            values[i] = precision.roundUnbounded(values[i]);
        }
        return Nd4j.createFromArray(values).reshape('c', array.shape());
    }

    @Test
    void roundUnbounded_knownNumbers_areTheFormats() {
        assertEquals(1 + 0x1p-10, Precision.FP16.roundUnbounded(1 + 0x1.8p-11));
        assertEquals(1, Precision.FP16.roundUnbounded(1 + 0x1p-11), "a tie goes to even");
        assertEquals(-1.0078125, Precision.BF16.roundUnbounded(-1.006));
        assertEquals(1.125, Precision.FP8_E4M3.roundUnbounded(1.1));
        assertEquals(1.0, Precision.FP8_E5M2.roundUnbounded(1.1));
        assertEquals(0.1f, Precision.FP32.roundUnbounded(0.1), 0);
        assertEquals(2, Precision.FP8_E5M2.roundUnbounded(1.95));
    }
}

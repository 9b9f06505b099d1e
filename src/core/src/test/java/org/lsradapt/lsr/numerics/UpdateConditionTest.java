package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class UpdateConditionTest {

    private static KroneckerSum a(Random random, int s) {
        return KroneckerSum.of(normal(random, DataType.DOUBLE, s, 5, 2), normal(random, DataType.DOUBLE, s, 7, 1));
    }

    private static KroneckerSum b(Random random, int s) {
        return KroneckerSum.of(normal(random, DataType.DOUBLE, s, 2, 3), normal(random, DataType.DOUBLE, s, 1, 11));
    }

    @Test
    void errors_roundedFactors_areWithinTheBounds() {
        Random random = new Random(1);
        double worst = 0;
        double typical = 0;
        for (int round = 0; round < 100; round++) {
            int s = 1 + random.nextInt(5);
            KroneckerSum a = a(random, s);
            KroneckerSum b = b(random, s);
            UpdateCondition condition = UpdateCondition.of("layer", a, b, -3);
            INDArray exact = a.materialize().mmul(b.materialize()).muli(-3);
            assertEquals(exact.norm2Number().doubleValue(), condition.update().normF(), 1e-10 * exact.length());
            for (Precision precision : Precision.values()) {
                INDArray stored = RoundedSum.of(a, precision)
                        .sum()
                        .materialize()
                        .mmul(RoundedSum.of(b, precision).sum().materialize())
                        .muli(-3);
                double error = stored.sub(exact).norm2Number().doubleValue();
                worst = Math.max(worst, error / condition.worstCaseError(precision));
                typical = Math.max(typical, error / condition.smallestError(precision));
            }
        }
        assertTrue(worst <= 1, "worst case " + worst);
        assertTrue(typical <= Math.sqrt(2) * 1.1, "the paper's form, up to the root of d: " + typical);
        assertTrue(typical > 0.3, "the paper's form is not far from what happens: " + typical);
    }

    @Test
    void worstFirst_skewedLayer_comesFirstAndZeroUpdateLast() {
        Random random = new Random(2);
        UpdateCondition good = UpdateCondition.of("good", a(random, 4), b(random, 4), 1);
        KroneckerSum skewed = a(random, 4);
        SkewedTerms.rewrite(skewed, 1000);
        UpdateCondition bad = UpdateCondition.of("bad", skewed, b(random, 4), 1);
        KroneckerSum nothing = b(random, 4);
        nothing.factors().get(1).assign(0);
        UpdateCondition zero = UpdateCondition.of("zero", a(random, 4), nothing, 1);
        List<String> names = UpdateCondition.worstFirst(List.of(zero, good, bad)).stream()
                .map(UpdateCondition::layer)
                .toList();
        assertEquals(List.of("bad", "good", "zero"), names);
    }

    @Test
    void toString_hasTheSingularValues() {
        Random random = new Random(3);
        UpdateCondition condition = UpdateCondition.of("query", a(random, 2), b(random, 2), 1);
        double[] sigma = condition.update().singularValues();
        String text = condition.toString();
        assertTrue(text.contains("update=UpdateSpectrum[singularValues=[" + sigma[0] + ", " + sigma[1] + "]]"), text);
        assertEquals("[1, 2, 3, 4, 5, 6, 7, 8, … 2 more]", ArrayText.of(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    }
}

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class ConditionNumberTest {

    @Test
    void value_oneTerm_isOne() {
        Random random = new Random(1);
        KroneckerSum sum = KroneckerSum.of(
                RandomArrays.normal(random, DataType.FLOAT, 1, 5, 3), RandomArrays.normal(random, DataType.FLOAT, 1, 4, 2));
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
        assertTrue(gamma.satisfies(Precision.FP16, limit * 1.0001));
        assertFalse(gamma.satisfies(Precision.FP16, limit * 0.9999));
    }

    private static INDArray term(INDArray stack, int k) {
        return stack.get(NDArrayIndex.interval(k, k + 1), NDArrayIndex.all(), NDArrayIndex.all()).dup('c');
    }

    @Test
    void value_degenerateSums_areAsDocumented() {
        INDArray f = Nd4j.ones(DataType.DOUBLE, 2, 2, 2);
        INDArray g = Nd4j.ones(DataType.DOUBLE, 2, 2, 2);
        assertEquals(1, ConditionNumber.of(KroneckerSum.of(f.mul(0), g)).value());
        g.get(NDArrayIndex.point(1), NDArrayIndex.all(), NDArrayIndex.all()).muli(-1);
        assertEquals(Double.POSITIVE_INFINITY, ConditionNumber.of(KroneckerSum.of(f, g)).value());
        f.putScalar(0, 0.0 / 0.0);
        assertTrue(Double.isNaN(ConditionNumber.of(KroneckerSum.of(f, g)).value()));
        assertFalse(ConditionNumber.of(KroneckerSum.of(f, g)).satisfies(Precision.FP32, 1e9));
    }
}

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RoundedSumTest {

    @Test
    void of_floatingPoint_storesEachNumber() {
        Random random = new Random(1);
        KroneckerSum sum =
                KroneckerSum.of(normal(random, DataType.FLOAT, 3, 5, 2), normal(random, DataType.FLOAT, 3, 1, 7));
        RoundedSum rounded = RoundedSum.of(sum, Precision.BF16);
        for (int i = 0; i < 2; i++) {
            double[] exact = sum.factors().get(i).dup('c').data().asDouble();
            double[] stored = rounded.sum().factors().get(i).dup('c').data().asDouble();
            for (int j = 0; j < exact.length; j++) {
                assertEquals(Precision.BF16.store(exact[j]), stored[j]);
            }
        }
        double expected =
                rounded.sum().materialize().sub(sum.materialize()).norm2Number().doubleValue();
        assertEquals(expected, rounded.error(sum), 1e-5 * expected);
    }

    @Test
    void of_integers_roundsWithinHalfAStepOfEachMatrix() {
        Random random = new Random(2);
        for (Precision precision : new Precision[] {Precision.INT8, Precision.INT4}) {
            for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
                INDArray factor = normal(random, type, 4, 3, 11);
                factor.slice(1).muli(1000);
                factor.slice(2).assign(0);
                RoundedSum.StoredFactor stored = RoundedSum.StoredFactor.of(factor, precision);
                for (int k = 0; k < 4; k++) {
                    double largest = factor.slice(k).normmaxNumber().doubleValue();
                    double error = stored.values()
                            .slice(k)
                            .sub(factor.slice(k))
                            .normmaxNumber()
                            .doubleValue();
                    assertTrue(error <= precision.unitRoundOff() * largest * (1 + 1e-5), precision + " " + error);
                    assertTrue(k == 2 || error > 0.5 * precision.unitRoundOff() * largest, "rounding happens");
                }
                double[] restored = new double[stored.integers().length];
                RoundedSum.StoredFactor.restore(stored.integers(), stored.scales(), restored);
                assertEquals(
                        0,
                        Nd4j.createFromArray(restored)
                                .castTo(type)
                                .reshape(factor.shape())
                                .sub(stored.values())
                                .normmaxNumber()
                                .doubleValue());
            }
        }
    }
}

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.ReferenceBackend;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

@EveryProcessor
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
        double expected = distance(rounded.sum(), sum);
        // Both are sums in DOUBLE of 3 terms and 70 squares. What cancels in M' − M leaves 8 of 53 bits less.
        assertEquals(expected, rounded.error(sum), 0x1p-53 * (3 + 70) * 0x1p8 * expected);
    }

    /** ‖M' − M‖_F by the definition, in double precision. */
    private static double distance(KroneckerSum rounded, KroneckerSum exact) {
        Backend reference = new ReferenceBackend();
        double[] numbers = KroneckerSum.of(rounded.factors(), null, reference).materializeDouble();
        double[] wanted = KroneckerSum.of(exact.factors(), null, reference).materializeDouble();
        double squares = 0;
        for (int i = 0; i < numbers.length; i++) {
            squares += (numbers[i] - wanted[i]) * (numbers[i] - wanted[i]);
        }
        return Math.sqrt(squares);
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

package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class UpdateSpectrumTest {

    private static LsrAdapter adapter(int in, int out, int r) {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(3)
                .alpha(1.7)
                .build();
        return LsrAdapter.wrap(Nd4j.zeros(DataType.DOUBLE, in, out), config);
    }

    @Test
    void of_randomAdapters_areTheDenseUpdatesSingularValues() {
        Random random = new Random(1);
        for (int[] size : new int[][] {{24, 10, 4}, {7, 30, 6}, {3, 5, 4}, {1, 9, 2}}) {
            LsrAdapter adapter = adapter(size[0], size[1], size[2]);
            for (Parameter parameter : adapter.parameters()) {
                parameter
                        .value()
                        .assign(normal(
                                random, DataType.DOUBLE, parameter.value().shape()));
            }
            UpdateSpectrum spectrum = UpdateSpectrum.of(adapter);
            INDArray dense = adapter.deltaWeight();
            double[] expected = SingularValues.of(dense).sigma();
            for (int i = 0; i < spectrum.singularValues().length; i++) {
                assertEquals(expected[i], spectrum.singularValues()[i], 1e-11 * expected[0]);
            }
            double norm = dense.norm2Number().doubleValue();
            assertEquals(norm, spectrum.normF(), 1e-12 * norm);
        }
    }

    @Test
    void measures_knownSpectra_areTheirDefinitions() {
        UpdateSpectrum flat = new UpdateSpectrum(new double[] {2, 2, 2, 2});
        assertEquals(4, flat.effectiveRank(), 1e-12);
        assertEquals(1, flat.conditionNumber());
        UpdateSpectrum uneven = new UpdateSpectrum(new double[] {4, 2});
        assertEquals(2, uneven.conditionNumber());
        assertEquals(Math.sqrt(20), uneven.normF(), 1e-15);
        assertEquals(Math.exp(-Math.log(2.0 / 3) * 2 / 3 - Math.log(1.0 / 3) / 3), uneven.effectiveRank(), 1e-12);
        UpdateSpectrum single = new UpdateSpectrum(new double[] {3, 0});
        assertEquals(1, single.effectiveRank(), 1e-12);
        assertEquals(Double.POSITIVE_INFINITY, single.conditionNumber());
        UpdateSpectrum zero = UpdateSpectrum.of(adapter(8, 8, 4));
        assertEquals(0, zero.effectiveRank());
        assertEquals(0, zero.normF());
        assertTrue(Double.isNaN(zero.conditionNumber()));
    }
}

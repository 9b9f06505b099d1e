package org.lsradapt.lsr.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.numerics.NearestSum;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.UpdateSpectrum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What is said of shapes, against sums and adapters with random numbers. */
class SumShapeTest {
    /** Singular values below this part of the largest are round-off. */
    private static final double ZERO = 1e-9;

    private static int rank(KroneckerSum a, KroneckerSum b) {
        double[] sigma = UpdateSpectrum.of(a, b, 1).singularValues();
        int rank = 0;
        while (rank < sigma.length && sigma[rank] > ZERO * sigma[0]) {
            rank++;
        }
        return rank;
    }

    private static int rank(INDArray matrix) {
        INDArray eye = Nd4j.eye(matrix.size(1)).castTo(DataType.DOUBLE);
        return rank(
                KroneckerSum.of(matrix.reshape('c', 1, matrix.size(0), matrix.size(1))),
                KroneckerSum.of(eye.reshape('c', 1, matrix.size(1), matrix.size(1))));
    }

    private static LsrAdapter adapter(LsrConfig config, int in, int out, Random random) {
        LsrAdapter adapter = LsrAdapter.wrap(Nd4j.zeros(DataType.DOUBLE, in, out), config);
        for (Parameter parameter : adapter.parameters()) {
            parameter
                    .value()
                    .assign(normal(random, DataType.DOUBLE, parameter.value().shape()));
        }
        return adapter;
    }

    private static int product(List<Integer> sizes) {
        return sizes.stream().reduce(1, Math::multiplyExact);
    }

    private static List<Integer> sizes(Random random, int count, int... choice) {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sizes.add(choice[random.nextInt(choice.length)]);
        }
        return sizes;
    }

    /**
     * The dimension of the set of all updates is the rank of their derivative, which is exact as a difference: ΔW is
     * linear in each single number.
     */
    private static int dimension(LsrAdapter adapter) {
        INDArray start = adapter.deltaWeight();
        INDArray rows = Nd4j.create(DataType.DOUBLE, adapter.parameterCount(), start.length());
        int row = 0;
        for (Parameter parameter : adapter.parameters()) {
            for (long i = 0; i < parameter.value().length(); i++) {
                double value = parameter.value().getDouble(i);
                parameter.value().putScalar(i, value + 1);
                rows.putRow(row++, adapter.deltaWeight().sub(start).reshape('c', 1, start.length()));
                parameter.value().putScalar(i, value);
            }
        }
        return rank(rows);
    }

    @Test
    void freeNumbersAndRank_randomAdapters_areReached() {
        Random random = new Random(1);
        int regular = 0;
        for (int round = 0; round < 120; round++) {
            int d = 1 + random.nextInt(3);
            List<Integer> in = d < 3 ? sizes(random, d, 1, 2, 3, 4, 5) : sizes(random, d, 1, 2, 2, 3);
            List<Integer> out = d < 3 ? sizes(random, d, 1, 2, 3, 4, 5) : sizes(random, d, 1, 2, 2, 3);
            List<Integer> r = sizes(random, d, 1, 2, 2, 3);
            if (product(in) > 16 || product(out) > 16 || product(r) > 8) {
                continue;
            }
            LsrConfig config = LsrConfig.builder()
                    .bottleneckRank(product(r))
                    .separationRank(d == 1 ? 1 : 1 + random.nextInt(4))
                    .factorCount(d)
                    .inFactors(in)
                    .outFactors(out)
                    .rankFactors(r)
                    .build();
            LayerShape layer = new LayerShape("layer", product(in), product(out));
            Candidate candidate = new Candidate(config, List.of(layer));
            LsrAdapter adapter = adapter(config, layer.in(), layer.out(), random);
            assertEquals(rank(adapter.a(), adapter.b()), candidate.reachableRank(layer), config.toString());
            assertEquals(rank(adapter.a().materialize()), candidate.a(layer).reachableRank(), config.toString());
            int dimension = dimension(adapter);
            if (candidate.isRegular(layer) && d < 3) {
                assertEquals(dimension, candidate.freeNumbers(layer), config.toString());
                regular++;
            } else {
                assertTrue(dimension <= candidate.freeNumbers(layer), config.toString());
            }
        }
        assertTrue(regular > 15, "only " + regular + " with a formula that is exact");
    }

    @Test
    void freeNumbers_asManyTermsAsRepresentEveryMatrix_areAllNumbersOfTheMatrix() {
        for (SumShape shape : List.of(
                new SumShape(12, List.of(4, 6), List.of(3, 2)), new SumShape(8, List.of(3, 2, 2), List.of(3, 1, 2)))) {
            assertEquals(shape.denseCount(), shape.freeNumbers());
            SumShape fewer = new SumShape(shape.terms() - 1, shape.rows(), shape.columns());
            assertTrue(fewer.freeNumbers() < shape.denseCount());
        }
    }

    @Test
    void roundingErrors_orthogonalTermsAndAStart_areWithinTheBounds() {
        Random random = new Random(3);
        INDArray matrix = normal(random, DataType.DOUBLE, 24L * 16, 2L * 2);
        KroneckerSum orthogonal = NearestSum.ofMatrix(matrix, 24, 2, 6).sum();
        LsrConfig config = LsrConfig.builder().separationRank(6).build();
        KroneckerSum start =
                LsrAdapter.wrap(Nd4j.zeros(DataType.DOUBLE, 384, 384), config).a();
        SumShape shape = new SumShape(6, List.of(24, 16), List.of(2, 2));
        for (KroneckerSum sum : List.of(orthogonal, start)) {
            double gamma = ConditionNumber.of(sum).value();
            assertEquals(1, gamma, sum == start ? 0.1 : 1e-12);
            for (Precision precision : Precision.floatingPoint()) {
                INDArray rounded = KroneckerSum.of(
                                round(sum.factors().get(0), precision),
                                round(sum.factors().get(1), precision))
                        .materialize();
                double error = rounded.sub(sum.materialize()).norm2Number().doubleValue() / sum.normF();
                assertTrue(error <= shape.worstRoundingError(precision, gamma));
                assertTrue(error <= Math.sqrt(2) * shape.roundingError(precision, gamma));
                ConditionNumber exact = ConditionNumber.of(sum);
                assertEquals(
                        exact.smallestError(precision) / exact.normF(), shape.roundingError(precision, gamma), 1e-12);
                assertTrue(exact.worstCaseError(precision) / exact.normF()
                        <= shape.worstRoundingError(precision, gamma) * (1 + 1e-12));
            }
        }
    }

    @Test
    void worstRoundingError_ofTwoFactors_isTheFormula() {
        double mu = Precision.FP16.unitRoundOff();
        SumShape shape = new SumShape(9, List.of(2, 3), List.of(5, 7));
        assertEquals(((1 + mu) * (1 + mu) - 1) * 3 * 1.5, shape.worstRoundingError(Precision.FP16, 1.5), 1e-16);
    }

    /** Each of the two terms' three factors has 9 numbers, less two scales between them. */
    @Test
    void freeNumbers_ofThreeFactors_areThoseLessTheScales() {
        assertEquals(2 * (27 - 2), new SumShape(2, List.of(3, 3, 3), List.of(3, 3, 3)).freeNumbers());
    }

    private static INDArray round(INDArray array, Precision precision) {
        INDArray rounded = array.dup('c');
        for (long i = 0; i < rounded.length(); i++) {
            rounded.putScalar(i, precision.roundUnbounded(rounded.getDouble(i)));
        }
        return rounded;
    }
}

package org.lsradapt.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.lsr.backend.Nd4jBackend;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * All 48 Kronecker sums of a 12-layer encoder (query and value, A and B) in one call per side, forward and backward;
 * the plain ND4J path is the baseline.
 */
@State(Scope.Benchmark)
public class MaterializationBenchmark extends MicroBenchmark {
    private static final int ADAPTERS = 24;
    private static final int TERMS = 16;
    private static final int RANK = 4;

    @Param({"cpu", "nd4j"})
    public String backendName;

    @Param({"384", "768"})
    public int width;

    private Backend backend;
    private Side a;
    private Side b;

    private static final class Side {
        final List<INDArray> factors = new ArrayList<>();
        final List<INDArray> gradients = new ArrayList<>();
        final INDArray dense;
        final INDArray gradDense;

        Side(int rows, int cols, Random random) {
            List<Integer> r = FactorSizes.balanced(rows, 2);
            List<Integer> c = FactorSizes.balanced(cols, 2);
            for (int i = 0; i < 2; i++) {
                INDArray factor = Nd4j.create(DataType.FLOAT, ADAPTERS, TERMS, r.get(i), c.get(i));
                float[] values = new float[(int) factor.length()];
                for (int j = 0; j < values.length; j++) {
                    values[j] = (float) random.nextGaussian();
                }
                factor.assign(Nd4j.createFromArray(values).reshape('c', factor.shape()));
                factors.add(factor);
                gradients.add(factor.ulike());
            }
            dense = Nd4j.create(DataType.FLOAT, ADAPTERS, rows, cols);
            gradDense = Nd4j.rand(DataType.FLOAT, ADAPTERS, rows, cols);
        }
    }

    /** Makes the factors and checks the result against the plain path in double. */
    @Setup
    public void setUp() {
        backend = backendName.equals("cpu") ? new CpuBackend() : new Nd4jBackend();
        Random random = new Random(1);
        a = new Side(width, RANK, random);
        b = new Side(RANK, width, random);
        backend.materialize(a.factors, null, a.dense);
        INDArray expected = Nd4j.create(DataType.DOUBLE, a.dense.shape());
        List<INDArray> wide =
                a.factors.stream().map(factor -> factor.castTo(DataType.DOUBLE)).toList();
        new Nd4jBackend().materialize(wide, null, expected);
        double error =
                expected.sub(a.dense.castTo(DataType.DOUBLE)).normmaxNumber().doubleValue();
        if (!(error < 1e-4)) {
            throw new IllegalStateException("materialization is off by " + error);
        }
    }

    /** Factors to dense matrices. */
    @Benchmark
    public void materialize() {
        backend.materialize(a.factors, null, a.dense);
        backend.materialize(b.factors, null, b.dense);
    }

    /** Gradients of dense matrices to gradients of factors. */
    @Benchmark
    public void gradient() {
        backend.materializeGradient(a.factors, null, a.gradDense, a.gradients, null);
        backend.materializeGradient(b.factors, null, b.gradDense, b.gradients, null);
    }
}

package org.lsradapt.benchmarks;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.Parallel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One row times a weight, as generation does it for each new token; {@code gemm}, BLAS's product of matrices divided
 * as the backend divides it, is the baseline. The weights take turns and are larger together than the caches.
 */
@State(Scope.Benchmark)
public class RowProductBenchmark extends MicroBenchmark {
    private static final long WEIGHTS_LENGTH = 64_000_000;
    private static final long DIVISION_GRAIN = 200_000;

    @Param({"384x384", "768x768", "768x3072", "3072x768", "2048x5632", "2048x32000"})
    public String size;

    /** Whether the weight is stored as [out, in]. */
    @Param({"false", "true"})
    public boolean transposed;

    private final Backend backend = new CpuBackend();
    private Backend.Pass pass;
    private INDArray x;
    private INDArray[] weights;
    private INDArray y;
    private int k;
    private int n;
    private int turn;

    /** Makes the weights and checks both ways against each other. */
    @Setup
    public void setUp() {
        k = Integer.parseInt(size.split("x")[0]);
        n = Integer.parseInt(size.split("x")[1]);
        x = Nd4j.rand(DataType.FLOAT, 1, k).subi(0.5);
        y = Nd4j.create(DataType.FLOAT, 1, n);
        weights = new INDArray[(int) Math.max(2, WEIGHTS_LENGTH / ((long) k * n))];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Nd4j.rand(DataType.FLOAT, transposed ? n : k, transposed ? k : n)
                    .subi(0.5);
        }
        pass = backend.openPass();
        gemm();
        INDArray expected = y.dup();
        turn--;
        row();
        double error = expected.sub(y).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
        if (!(error < 1e-4)) {
            throw new IllegalStateException("the product is off by " + error);
        }
    }

    /** Gives the threads back. */
    @TearDown
    public void tearDown() {
        pass.close();
    }

    /** As the backend does it. */
    @Benchmark
    public void row() {
        backend.gemm(x, false, weight(), transposed, 1, 0, y);
    }

    /** The product of matrices. */
    @Benchmark
    public void gemm() {
        NativeMatrix from = NativeMatrix.of(x);
        NativeMatrix weight = NativeMatrix.of(weight()).transpose(transposed);
        NativeMatrix to = NativeMatrix.of(y);
        int parts = (int) Math.max(1, Math.min(Parallel.available(), (long) k * n / DIVISION_GRAIN));
        Parallel.run(parts, part -> {
            int first = (int) ((long) n * part / parts);
            int cols = (int) ((long) n * (part + 1) / parts) - first;
            Blas.gemm(1, from, weight.columns(first, cols), 0, to.columns(first, cols));
        });
    }

    private INDArray weight() {
        return weights[Math.floorMod(turn++, weights.length)];
    }
}

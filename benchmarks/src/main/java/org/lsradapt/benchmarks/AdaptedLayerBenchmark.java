package org.lsradapt.benchmarks;

import java.util.concurrent.TimeUnit;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One adapted layer, forward and backward; {@code frozen}, the products with W alone, is the baseline. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class AdaptedLayerBenchmark {

    @Param({"frozen", "lsr", "lora"})
    public String method;

    @Param({"384", "768"})
    public int width;

    @Param({"64", "2048"})
    public int tokens;

    private final Backend backend = Backends.standard();
    private LsrAdapter adapter;
    private INDArray weight;
    private INDArray x;
    private INDArray y;
    private INDArray gradY;
    private INDArray gradX;
    private INDArray h;
    private INDArray gradH;

    /** Makes the layer and checks the forward product against the merged weight. */
    @Setup
    public void setUp() {
        weight = Nd4j.rand(DataType.FLOAT, width, width).subi(0.5);
        x = Nd4j.rand(DataType.FLOAT, tokens, width).subi(0.5);
        y = Nd4j.create(DataType.FLOAT, tokens, width);
        gradY = Nd4j.rand(DataType.FLOAT, tokens, width).subi(0.5);
        gradX = Nd4j.create(DataType.FLOAT, tokens, width);
        LsrConfig config = method.equals("lora") ? LsrConfig.lora(8, 32) : LsrConfig.defaults();
        adapter = LsrAdapter.wrap(weight, null, config);
        h = Nd4j.create(DataType.FLOAT, tokens, config.bottleneckRank());
        gradH = Nd4j.create(DataType.FLOAT, tokens, config.bottleneckRank());
        for (Parameter parameter : adapter.parameters()) {
            parameter.value().assign(Nd4j.rand(DataType.FLOAT, parameter.value().shape()).subi(0.5));
        }
        INDArray expected = x.mmul(method.equals("frozen") ? weight : adapter.merge());
        forward();
        double error = expected.sub(y).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
        if (!(error < 1e-4)) {
            throw new IllegalStateException("forward is off by " + error);
        }
    }

    /** y = x·W, plus the update, from the factors. */
    @Benchmark
    public void forward() {
        backend.gemm(x, false, weight, false, 1, 0, y);
        if (!method.equals("frozen")) {
            adapter.materialize();
            adapter.addForward(x, h, y);
        }
    }

    /** The forward product, then the gradients of x, A and B. */
    @Benchmark
    public void forwardBackward() {
        forward();
        backend.gemm(gradY, false, weight, true, 1, 0, gradX);
        if (!method.equals("frozen")) {
            adapter.addBackward(x, h, gradY, gradH, gradX);
        }
    }
}

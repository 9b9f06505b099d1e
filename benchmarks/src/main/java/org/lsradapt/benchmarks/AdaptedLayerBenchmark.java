package org.lsradapt.benchmarks;

import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One adapted layer, forward, backward and merged; {@code frozen}, the products with W alone, is the baseline. */
@State(Scope.Benchmark)
public class AdaptedLayerBenchmark extends MicroBenchmark {

    @Param({"frozen", "lsr", "lora"})
    public String method;

    @Param({"384", "768"})
    public int width;

    @Param({"64", "2048"})
    public int tokens;

    private final Backend backend = Backends.standard();
    private Backend.Pass pass;
    private LsrAdapter adapter;
    private INDArray weight;
    private INDArray bias;
    private INDArray x;
    private INDArray y;
    private INDArray gradY;
    private INDArray gradX;
    private INDArray merged;

    /** Makes the layer and checks the forward product against the merged weight. */
    @Setup
    public void setUp() {
        weight = Nd4j.rand(DataType.FLOAT, width, width).subi(0.5);
        bias = Nd4j.rand(DataType.FLOAT, width);
        x = Nd4j.rand(DataType.FLOAT, tokens, width).subi(0.5);
        y = x.ulike();
        gradY = Nd4j.rand(DataType.FLOAT, tokens, width).subi(0.5);
        gradX = x.ulike();
        merged = weight.ulike();
        adapter = LsrAdapter.wrap(weight, bias, method.equals("lora") ? LsrConfig.lora(8, 32) : LsrConfig.defaults());
        for (Parameter parameter : adapter.parameters()) {
            parameter
                    .value()
                    .assign(Nd4j.rand(DataType.FLOAT, parameter.value().shape()).subi(0.5));
        }
        INDArray expected =
                x.mmul(method.equals("frozen") ? weight : adapter.merge()).addiRowVector(bias);
        forward();
        double error = expected.sub(y).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
        if (!(error < 1e-4)) {
            throw new IllegalStateException("forward is off by " + error);
        }
        pass = backend.openPass();
    }

    /** Gives the threads back. */
    @TearDown
    public void tearDown() {
        pass.close();
    }

    /** y = x·W + b, plus the update, from the factors. */
    @Benchmark
    public void forward() {
        if (method.equals("frozen")) {
            backend.fillRows(bias, y);
            backend.gemm(x, false, weight, false, 1, 1, y);
        } else {
            adapter.forward(x, y);
        }
    }

    /** The forward product, then the gradients of x and of the factors. */
    @Benchmark
    public void forwardBackward() {
        forward();
        if (method.equals("frozen")) {
            backend.gemm(gradY, false, weight, true, 1, 0, gradX);
        } else {
            adapter.backward(x, gradY, gradX);
        }
    }

    /** W + ΔW; a copy of W for {@code frozen}. */
    @Benchmark
    public void merge() {
        if (method.equals("frozen")) {
            merged.assign(weight);
        } else {
            adapter.merge(merged);
        }
    }
}

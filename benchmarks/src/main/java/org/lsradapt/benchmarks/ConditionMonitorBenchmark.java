package org.lsradapt.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What watching costs: all adapters of MiniLM (query and value of six layers, 384 wide, r = 4, s = 16), observed once,
 * with every bound held; and every sum made orthogonal. The baseline is materializing the same adapters, as each step
 * does.
 */
@State(Scope.Benchmark)
public class ConditionMonitorBenchmark extends MicroBenchmark {
    private static final int ADAPTERS = 12;
    private static final int WIDTH = 384;

    private AdapterSet adapters;
    private ConditionMonitor watching;
    private ConditionMonitor orthogonal;

    /** Makes the adapters, whose B are not zero, and checks a reading. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < ADAPTERS; i++) {
            layers.add(FrozenLinear.of("layer." + i, Nd4j.rand(DataType.FLOAT, WIDTH, WIDTH)));
        }
        adapters = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard());
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            adapter.b()
                    .factors()
                    .get(1)
                    .assign(Nd4j.randn(DataType.FLOAT, 16, 2, 16).mul(0.1 + random.nextDouble()));
        }
        watching = monitor(1e6);
        orthogonal = monitor(1e-9);
        for (Reading reading : watching.observe(0)) {
            double gamma = reading.condition().value();
            if (reading.exceeded() || !(gamma > 0.5 && gamma < 2)) {
                throw new IllegalStateException("unexpected reading " + reading);
            }
        }
    }

    private ConditionMonitor monitor(double epsilon) {
        ConditionMonitor.Settings settings =
                new ConditionMonitor.Settings(1, Precision.FP16, epsilon, Policy.REORTHOGONALIZE);
        return new ConditionMonitor(adapters, settings, ConditionMonitor.Handler.NONE);
    }

    /** Dense matrices from factors: the baseline. */
    @Benchmark
    public void materialize() {
        adapters.materialize();
    }

    /** One look at all sums. */
    @Benchmark
    public List<Reading> observe() {
        return watching.observe(0);
    }

    /** Terms made to cancel, looked at and made orthogonal, for all sums. */
    @Benchmark
    public List<Reading> reorthogonalize() {
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            skew(adapter.a().factors());
            skew(adapter.b().factors());
        }
        return orthogonal.observe(0);
    }

    /** F ⊗ G + F' ⊗ G' = F ⊗ (G + 10·G') + (F' − 10·F) ⊗ G': the same sum of two factors, with terms that cancel. */
    private static void skew(List<INDArray> factors) {
        long half = factors.get(0).size(0) / 2;
        for (long k = 0; k < half; k++) {
            factors.get(1).slice(k).addi(factors.get(1).slice(k + half).mul(10));
            factors.get(0).slice(k + half).subi(factors.get(0).slice(k).mul(10));
        }
    }
}

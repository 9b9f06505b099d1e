package org.lsradapt.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The work after each backward pass: low precision, the optimizer and the condition monitor, in this order. */
final class Updates {
    private final AdamW optimizer;
    private final Map<String, Double> peakRates = new LinkedHashMap<>();
    private final double maxGradientNorm;
    /** Null without adapters. */
    private final AdapterSet adapters;

    private final LowPrecisionFactors factors;
    private final ConditionMonitor monitor;
    private List<ConditionMonitor.Reading> readings = new ArrayList<>();
    private int skipped;

    /** Prepares a run: rounds the adapters and takes the monitor's first readings. */
    Updates(AdaptedModel model, TrainingConfig config) {
        optimizer = AdamW.builder().weightDecay(config.weightDecay()).build();
        for (Parameter block : model.trainable()) {
            double rate = block.name().equals("head") ? config.headLearningRate() : config.learningRate();
            optimizer.add(block, rate);
            peakRates.put(block.name(), rate);
        }
        maxGradientNorm = config.maxGradientNorm();
        adapters = model.adapters().orElse(null);
        LowPrecision low = config.lowPrecision();
        factors = adapters == null || low.precision() == Precision.FP32 ? null : new LowPrecisionFactors(adapters, low);
        Optional<ConditionMonitor.Settings> watching = config.monitor()
                .filter(settings -> sums(adapters).anyMatch(sum -> !sum.config().isLora()));
        monitor = watching.map(settings -> new ConditionMonitor(adapters, settings, new Follower()))
                .orElse(null);
        observe(0);
    }

    private static Stream<LsrAdapter> sums(AdapterSet adapters) {
        return Stream.ofNullable(adapters)
                .flatMap(set -> set.adapters().stream())
                .filter(LsrAdapter.class::isInstance)
                .map(LsrAdapter.class::cast);
    }

    private final class Follower implements ConditionMonitor.Handler {
        @Override
        public void rewritten(List<INDArray> arrays) {
            arrays.forEach(optimizer::restart);
        }

        @Override
        public void fallBack(LsrAdapter adapter) {
            if (factors != null) {
                factors.keepInFp32(adapter);
            }
        }
    }

    /** Takes a step, counted from 1, with the gradients that the model holds; returns their norm, 0 if the step was skipped. */
    double step(double factor, int step) {
        double norm = 0;
        if (factors != null) {
            factors.beforeStep();
        }
        if (factors == null || factors.storeGradients()) {
            norm = optimizer.step(factor, maxGradientNorm);
        } else {
            skipped++;
        }
        observe(step);
        return norm;
    }

    Map<String, Double> learningRates(double factor) {
        Map<String, Double> rates = new LinkedHashMap<>(peakRates);
        rates.replaceAll((block, rate) -> rate * factor);
        return rates;
    }

    private void observe(int step) {
        if (monitor != null) {
            readings.addAll(monitor.observe(step));
        }
        if (factors != null) {
            factors.afterStep();
        }
    }

    List<ConditionMonitor.Reading> readings() {
        return List.copyOf(readings);
    }

    int skipped() {
        return skipped;
    }

    /**
     * The state on which the next step depends, apart from {@link #arrays}, and the readings so far.
     *
     * @param inFp32 the layers whose adapters are in FP32 by the monitor's decision
     */
    record State(
            int optimizerSteps,
            int skipped,
            LowPrecisionFactors.Scale scale,
            List<String> inFp32,
            List<ConditionMonitor.Reading> readings) {}

    State state() {
        return new State(
                optimizer.steps(),
                skipped,
                factors == null ? LowPrecisionFactors.Scale.FIRST : factors.scale(),
                monitor == null ? List.of() : List.copyOf(monitor.inFp32()),
                readings());
    }

    /** The optimizer's moments and the master copy: the arrays themselves, by name. */
    Map<String, Object> arrays() throws IOException {
        Map<String, Object> arrays = new LinkedHashMap<>();
        Map<String, Object> born = new LinkedHashMap<>();
        Iterator<String> blocks = peakRates.keySet().iterator();
        optimizer.visit((mean, variance, since) -> {
            String block = blocks.next();
            arrays.put("mean." + block, mean);
            arrays.put("variance." + block, variance);
            born.put("since." + block, since);
        });
        if (factors != null) {
            factors.master().ifPresent(master -> arrays.put("master", master));
        }
        arrays.putAll(born);
        return arrays;
    }

    void resume(State state, CheckpointFile file) throws IOException {
        int steps = state.optimizerSteps;
        file.requireWithin("the number of optimizer steps", steps, 0, Integer.MAX_VALUE - 1);
        file.requireWithin("the number of skipped steps", state.skipped, 0, Integer.MAX_VALUE - 1);
        optimizer.visit((mean, variance, since) -> {
            file.require(
                    Arrays.stream(variance).allMatch(v -> v >= 0),
                    "has a mean of squared gradients below 0, expected at least 0");
            file.require(
                    Arrays.stream(since).allMatch(begin -> begin >= 0 && begin <= steps),
                    "has moments that begin before step 0 or after step %d, expected in between",
                    steps);
        });
        optimizer.resume(steps);
        skipped = state.skipped;
        readings = new ArrayList<>(state.readings);
        if (factors != null) {
            factors.resume(state.scale, file);
        }
        for (String layer : state.inFp32) {
            Optional<LsrAdapter> adapter =
                    sums(adapters).filter(sum -> sum.name().equals(layer)).findFirst();
            file.require(
                    monitor != null && adapter.isPresent(),
                    "has layer %s in FP32, expected one that is monitored",
                    layer);
            monitor.keepInFp32(layer);
            if (factors != null) {
                factors.keepInFp32(adapter.get());
            }
        }
    }
}

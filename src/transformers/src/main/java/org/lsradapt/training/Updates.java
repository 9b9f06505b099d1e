package org.lsradapt.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The work after each backward pass: low precision, the optimizer and the condition monitor, in this order. */
final class Updates {
    private static final ConditionMonitor.Reading NO_READING =
            new ConditionMonitor.Reading(0, "", "", new ConditionNumber(1, 1, 1, 1, 1, 1), 0, false);

    private final AdamW optimizer;
    private final Map<String, Double> peakRates = new LinkedHashMap<>();
    private final double maxGradientNorm;
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
        AdapterSet adapters = model.adapters().orElse(null);
        LowPrecision low = config.lowPrecision();
        factors = adapters == null || low.precision() == Precision.FP32 ? null : new LowPrecisionFactors(adapters, low);
        boolean watched = adapters != null
                && config.monitor().isPresent()
                && adapters.adapters().stream()
                        .anyMatch(adapter -> adapter instanceof LsrAdapter lsr
                                && !lsr.config().isLora());
        monitor = watched ? new ConditionMonitor(adapters, config.monitor().get(), new Follower()) : null;
        observe(0);
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

    /**
     * Takes one step with the gradients that the model holds.
     *
     * @param factor the schedule's factor of the learning rates
     * @param step the step, counted from 1
     * @return the gradient's norm; 0 if the step was skipped
     */
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

    /** The learning rates of a step, by block. */
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

    /** Passes the state on which the next step depends, and the readings so far. */
    void keep(StateStream state) throws IOException {
        OptimizerState.keep(optimizer, state);
        skipped = state.number("the number of skipped steps", skipped, 0, Integer.MAX_VALUE - 1);
        if (factors != null) {
            factors.keep(state);
        }
        if (monitor != null) {
            List<String> layers = state.list(List.copyOf(monitor.inFp32()), "", state::text);
            if (state.isReading()) {
                layers.forEach(monitor::keepInFp32);
            }
        }
        readings = state.list(readings, NO_READING, reading -> {
            ConditionNumber condition = reading.condition();
            return new ConditionMonitor.Reading(
                    state.number(reading.step()),
                    state.text(reading.layer()),
                    state.text(reading.side()),
                    new ConditionNumber(
                            state.number(condition.value()),
                            state.number(condition.normF()),
                            state.number(condition.weightNorm()),
                            state.number(condition.weightSum()),
                            state.number(condition.factorCount()),
                            state.number(condition.crestFactor())),
                    state.number(reading.error()),
                    state.flag(reading.exceeded()));
        });
    }
}

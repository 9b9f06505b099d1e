package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Monitors the condition of all adapters of a model during training. A training loop calls {@link #observe} after each
 * step; every N-th call measures γ and ‖M‖_F of every A and B, from the factors alone, and compares γ·μ·‖M‖_F with ε
 * (arXiv 2502.13568). If the bound does not hold, the {@link Policy} decides what happens.
 */
public final class ConditionMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(ConditionMonitor.class);

    /** The treatment of a sum whose bound does not hold. */
    public enum Policy {
        /** Does nothing beyond the warning, which is given once. */
        LOG("log"),
        /** Scales all terms down until the bound holds, as gradients are clipped. M shrinks by the same factor; γ stays. */
        CLIP("clip"),
        /**
         * Makes the terms orthogonal: M stays, γ becomes 1, and the error falls accordingly. For two factors per term,
         * and only if γ is above 1.25: otherwise the gain is too small. An optimizer's moments belong to the old terms,
         * see {@link Handler#rewritten}.
         */
        REORTHOGONALIZE("re-orthogonalize"),
        /** Asks for the adapter to be kept in FP32 from now on, see {@link Handler#fallBack}. */
        FALL_BACK("fp32");

        private final String label;

        Policy(String label) {
            this.label = label;
        }

        /** The name in options and files: {@code log}, {@code clip}, {@code re-orthogonalize} or {@code fp32}. */
        public String label() {
            return label;
        }

        /** Finds a policy; the exception for an unknown label lists all. */
        public static Policy named(String label) {
            return Require.named("monitor policy", label, values(), Policy::label);
        }
    }

    /**
     * The bound and the policy.
     *
     * @param every the interval N between measured steps, at least 1
     * @param precision the format that holds the factors
     * @param epsilon ε, the largest accepted error of A or B, absolute, in the Frobenius norm
     * @param policy what happens if the error is larger
     */
    public record Settings(int every, Precision precision, double epsilon, Policy policy) {

        /** Checks the ranges. */
        public Settings {
            Require.argument(every >= 1, "condition monitor: every %d steps, expected >= 1", every);
            Require.argument(
                    epsilon > 0 && Double.isFinite(epsilon),
                    "condition monitor: epsilon is %s, expected a positive number",
                    epsilon);
        }
    }

    /** Receives changes that the owner of the optimizer and the storage must follow. */
    public interface Handler {

        /** A handler that does nothing, for loops without optimizer state, in FP32. */
        Handler NONE = new Handler() {};

        /**
         * Called when factors, views of an adapter's parameters, were replaced by others of the same matrix; optimizers forget their moments.
         */
        default void rewritten(List<INDArray> factors) {}

        /** Called once for an adapter that must be kept in FP32 from now on, to which the monitor then applies FP32's μ. */
        default void fallBack(LsrAdapter adapter) {}
    }

    /**
     * One sum at one step, before any treatment.
     *
     * @param layer the layer's full name
     * @param side A or B
     * @param condition the condition number with ‖M‖_F
     * @param error γ·μ·‖M‖_F
     * @param exceeded whether the error was above ε
     */
    public record Reading(
            int step, String layer, String side, ConditionNumber condition, double error, boolean exceeded) {}

    /** Below this γ, orthogonal terms are not worth the moments that an optimizer forgets. */
    private static final double WORTHWHILE = 1.25;

    private final AdapterSet adapters;
    private final Settings settings;
    private final Handler handler;
    private final Set<String> inFp32 = new HashSet<>();
    private boolean warned;

    /**
     * Makes a monitor of a model's adapters.
     *
     * @param adapters the monitored adapters; {@link #observe} changes them under {@code CLIP} and
     *     {@code REORTHOGONALIZE}
     * @param settings the interval, the bound and the policy
     * @param handler receives the changes
     * @throws IllegalArgumentException if the policy is {@code REORTHOGONALIZE} and a term does not have two factors
     */
    public ConditionMonitor(AdapterSet adapters, Settings settings, Handler handler) {
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            Require.argument(
                    settings.policy() != Policy.REORTHOGONALIZE
                            || adapter.config().factorCount() == 2,
                    "condition monitor: %s has %d factors per term, %s needs 2",
                    adapter.name(),
                    adapter.config().factorCount(),
                    Policy.REORTHOGONALIZE.label());
        }
        this.adapters = adapters;
        this.settings = settings;
        this.handler = handler;
    }

    /** Measures and treats the adapters after a step, before they are materialized again; without readings unless it is an N-th step. */
    public List<Reading> observe(int step) {
        if (step % settings.every() != 0) {
            return List.of();
        }
        List<Reading> readings = new ArrayList<>();
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            observe(step, adapter, "A", adapter.a(), readings);
            observe(step, adapter, "B", adapter.b(), readings);
        }
        warn(readings.stream().filter(Reading::exceeded).toList());
        return readings;
    }

    /** The names of the adapters that {@link Policy#FALL_BACK} keeps in FP32; a copy. */
    public Set<String> inFp32() {
        return Set.copyOf(inFp32);
    }

    /** Applies FP32's μ to an adapter from now on, to resume a training in which an earlier monitor had decided so. */
    public void keepInFp32(String name) {
        inFp32.add(name);
    }

    private void observe(int step, LsrAdapter adapter, String side, KroneckerSum sum, List<Reading> readings) {
        ConditionNumber condition = ConditionNumber.of(sum);
        double error = condition.smallestError(inFp32.contains(adapter.name()) ? Precision.FP32 : settings.precision());
        boolean exceeded = !(error <= settings.epsilon());
        readings.add(new Reading(step, adapter.name(), side, condition, error, exceeded));
        if (exceeded && Double.isFinite(error)) {
            act(adapter, sum, condition.value(), settings.epsilon() / error);
        }
    }

    private void warn(List<Reading> exceeded) {
        if (warned || exceeded.isEmpty()) {
            return;
        }
        warned = true;
        Reading worst = Collections.max(exceeded, Comparator.comparingDouble(Reading::error));
        LOG.warn(
                "step {}: {} sums with an error above {} in {}; {} of {} has γ = {}, error {}; policy {}",
                worst.step(),
                exceeded.size(),
                settings.epsilon(),
                settings.precision(),
                worst.side(),
                worst.layer(),
                worst.condition().value(),
                worst.error(),
                settings.policy().label());
    }

    private void act(LsrAdapter adapter, KroneckerSum sum, double gamma, double factor) {
        switch (settings.policy()) {
            case LOG -> {}
            case CLIP -> {
                double each = Math.pow(factor, 1.0 / sum.factors().size());
                sum.factors().forEach(stack -> stack.muli(each));
            }
            case REORTHOGONALIZE -> {
                if (gamma < WORTHWHILE) {
                    return;
                }
                OrthogonalTerms.rewrite(sum, startNorm(adapter, sum));
                List<INDArray> rewritten = new ArrayList<>(sum.factors());
                if (sum.termWeights() != null) {
                    rewritten.add(sum.termWeights());
                }
                handler.rewritten(rewritten);
            }
            case FALL_BACK -> {
                if (inFp32.add(adapter.name())) {
                    handler.fallBack(adapter);
                }
            }
        }
    }

    /** The mean norm of a first factor at the default initialization. */
    private static double startNorm(LsrAdapter adapter, KroneckerSum sum) {
        LsrConfig config = adapter.config();
        double terms = (double) config.separationRank() * adapter.layer().inFeatures();
        double deviation = Math.pow(terms, -1.0 / (2 * config.factorCount()));
        INDArray first = sum.factors().get(0);
        return deviation * Math.sqrt((double) first.size(1) * first.size(2));
    }
}

package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the condition of all adapters of a model while it is trained. A training loop calls {@link #observe} after
 * each step; every N-th call measures γ and ‖M‖_F of every A and B, from the factors alone, and compares γ·μ·‖M‖_F
 * with ε (arXiv 2502.13568). Where the bound does not hold, the {@link Policy} says what is done.
 */
public final class ConditionMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(ConditionMonitor.class);

    /** The treatment of a sum whose bound does not hold. */
    public enum Policy {
        /** Nothing but the warning, which is given once. */
        LOG("log"),
        /**
         * All its terms are scaled down until the bound holds, as a gradient is clipped. M becomes smaller by the same
         * factor; γ stays.
         */
        CLIP("clip"),
        /**
         * Its terms are made orthogonal: M stays, γ becomes 1, and the error falls by as much. For two factors per
         * term, where γ is above 1.25: else there is too little to gain. The moments of an optimizer belong to the old
         * terms, see {@link Handler#rewritten}.
         */
        REORTHOGONALIZE("re-orthogonalize"),
        /** Its adapter is to be kept in FP32 from now on, see {@link Handler#fallBack}. */
        FALL_BACK("fp32");

        private final String label;

        Policy(String label) {
            this.label = label;
        }

        /** The name in options and files: {@code log}, {@code clip}, {@code re-orthogonalize} or {@code fp32}. */
        public String label() {
            return label;
        }

        /**
         * Finds a policy.
         *
         * @param label one of the labels
         * @return the policy
         * @throws IllegalArgumentException if there is none of that label; the message lists them
         */
        public static Policy named(String label) {
            return Require.named("monitor policy", label, values(), Policy::label);
        }
    }

    /**
     * The bound and the policy.
     *
     * @param every measure at each N-th step, at least 1
     * @param precision the format that holds the factors
     * @param epsilon ε, the largest error of A or B that is accepted, absolute, in the Frobenius norm
     * @param policy what is done beyond it
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

    /** Told of what the owner of optimizer and storage has to follow. */
    public interface Handler {

        /** For loops without optimizer state, in FP32. */
        Handler NONE = new Handler() {};

        /**
         * Factors were replaced by others that stand for the same matrix. Moments of an optimizer for them are void:
         * forget them.
         *
         * @param factors the arrays, views of the adapter's parameters
         */
        default void rewritten(List<INDArray> factors) {}

        /**
         * From now on an adapter is to be kept in FP32; called once per adapter, which the monitor then judges by
         * FP32's μ.
         *
         * @param adapter the adapter
         */
        default void fallBack(LsrAdapter adapter) {}
    }

    /**
     * One sum at one step, before anything was done about it.
     *
     * @param step the step
     * @param layer the layer's full name
     * @param side A or B
     * @param condition γ, ‖M‖_F
     * @param error γ·μ·‖M‖_F
     * @param exceeded whether that was above ε
     */
    public record Reading(
            int step, String layer, String side, ConditionNumber condition, double error, boolean exceeded) {}

    /** Below it, orthogonal terms are not worth what an optimizer forgets. */
    private static final double WORTHWHILE = 1.25;

    private final AdapterSet adapters;
    private final Settings settings;
    private final Handler handler;
    private final Set<String> inFp32 = new HashSet<>();
    private boolean warned;

    /**
     * A monitor of a model's adapters.
     *
     * @param adapters what is watched; {@code CLIP} and {@code REORTHOGONALIZE} change it in {@link #observe}
     * @param settings when, and against which bound
     * @param handler told of changes
     * @throws IllegalArgumentException if terms are to be made orthogonal that have not two factors
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

    /**
     * To be called after each step, before the next one materializes.
     *
     * @param step how many steps were taken
     * @return the readings, A and B of each layer; empty if this is not an N-th step
     */
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

    /** The names of the adapters that are to be kept in FP32, by {@link Policy#FALL_BACK}; a copy. */
    public Set<String> inFp32() {
        return Set.copyOf(inFp32);
    }

    /**
     * Judges an adapter by FP32's μ from now on, where an earlier monitor told so: for a training that goes on.
     *
     * @param name the adapter's
     */
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

    /** Warns of the worst sum, the first time that there is one. */
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

    /** The norm that a first factor has on average at the default initialization. */
    private static double startNorm(LsrAdapter adapter, KroneckerSum sum) {
        LsrConfig config = adapter.config();
        double terms = (double) config.separationRank() * adapter.layer().inFeatures();
        double deviation = Math.pow(terms, -1.0 / (2 * config.factorCount()));
        INDArray first = sum.factors().get(0);
        return deviation * Math.sqrt((double) first.size(1) * first.size(2));
    }
}

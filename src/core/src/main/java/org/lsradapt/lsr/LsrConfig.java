package org.lsradapt.lsr;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The configuration of an adapter: ranks, factor sizes, scaling, initialization. Immutable, so threads may share it; it
 * owns no memory. {@link #builder()} makes one.
 *
 * @param bottleneckRank r, the inner dimension of A·B ({@code r} in PEFT)
 * @param separationRank s, the number of Kronecker terms of each of A and B ({@code num_terms} elsewhere)
 * @param factorCount d, the number of Kronecker factors per term
 * @param alpha α ({@code lora_alpha} in PEFT)
 * @param scalingRule how the effective factor c follows from α
 * @param inFactors sizes whose product is the layer's input width; empty for the balanced split
 * @param outFactors sizes whose product is the layer's output width; empty for the balanced split
 * @param rankFactors sizes whose product is r; empty for the balanced split
 * @param termWeights whether the terms have trainable weights λ
 * @param initialization how the factors are initialized
 * @param seed seed of the initialization; with the layer's name it determines each adapter's parameters
 */
public record LsrConfig(
        int bottleneckRank,
        int separationRank,
        int factorCount,
        double alpha,
        ScalingRule scalingRule,
        List<Integer> inFactors,
        List<Integer> outFactors,
        List<Integer> rankFactors,
        boolean termWeights,
        Initialization initialization,
        long seed)
        implements AdapterConfig {

    /** The {@link #kind()} of all configurations, including plain LoRA. */
    public static final String KIND = "lsr";

    /** Far more terms than matrices of models need. */
    private static final int MOST_TERMS = 1 << 16;

    /** Checks the ranges; factor sizes are checked against a layer when it is adapted. */
    public LsrConfig {
        Require.argument(bottleneckRank >= 1, "bottleneck rank r is %d, expected >= 1", bottleneckRank);
        Require.argument(
                separationRank >= 1 && separationRank <= MOST_TERMS,
                "separation rank s is %d, expected 1 to %d",
                separationRank,
                MOST_TERMS);
        Require.argument(
                factorCount >= 1 && factorCount <= FactorSizes.MOST,
                "number of Kronecker factors is %d, expected 1 to %d",
                factorCount,
                FactorSizes.MOST);
        Require.argument(Double.isFinite(alpha), "alpha is %s, expected a finite number", alpha);
        inFactors = List.copyOf(inFactors);
        outFactors = List.copyOf(outFactors);
        rankFactors = List.copyOf(rankFactors);
        if (!rankFactors.isEmpty()) {
            FactorSizes.check("rank", rankFactors, bottleneckRank, factorCount);
        }
    }

    /** A builder that holds the defaults: r = 4, s = 16, two balanced factors, c = α = 4, zero update. */
    public static Builder builder() {
        return new Builder();
    }

    /** The defaults of {@link #builder()}. */
    public static LsrConfig defaults() {
        return builder().build();
    }

    /** Plain LoRA: one term of one factor, bottleneck rank r, c = α/r, PEFT's initialization. */
    public static LsrConfig lora(int r, double alpha) {
        return builder()
                .bottleneckRank(r)
                .separationRank(1)
                .factorCount(1)
                .alpha(alpha)
                .scalingRule(ScalingRule.ALPHA_OVER_R)
                .initialization(Initialization.KAIMING_UNIFORM)
                .build();
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String label() {
        return isLora() ? "lora" : KIND;
    }

    @Override
    public double usualLearningRate() {
        return isLora() ? 1e-3 : 2e-3;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        return LsrStack.Shape.of(layer, this);
    }

    /** Whether this is plain LoRA: s = 1, d = 1 and no λ. */
    public boolean isLora() {
        return separationRank == 1 && factorCount == 1 && !termWeights;
    }

    /** The effective factor c of ΔW = c·A·B. */
    public double scaling() {
        return scalingRule.effective(alpha, bottleneckRank);
    }

    /**
     * The factor sizes of an input width.
     *
     * @param size in, the layer's input width
     * @return d sizes whose product is {@code size}
     * @throws IllegalArgumentException if an explicit split does not multiply up to it
     */
    public List<Integer> inFactors(int size) {
        return resolve("input", inFactors, size);
    }

    /** The factor sizes of an output width, see {@link #inFactors(int)}. */
    public List<Integer> outFactors(int size) {
        return resolve("output", outFactors, size);
    }

    /** The factor sizes of the bottleneck rank. */
    public List<Integer> resolvedRankFactors() {
        return resolve("rank", rankFactors, bottleneckRank);
    }

    private List<Integer> resolve(String name, List<Integer> explicit, int size) {
        return explicit.isEmpty()
                ? FactorSizes.balanced(size, factorCount)
                : FactorSizes.check(name, explicit, size, factorCount);
    }

    /**
     * Returns the settings for reports: empty sizes read {@code balanced}, and plain LoRA omits the settings that it
     * does not use.
     */
    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", bottleneckRank);
        if (!isLora()) {
            settings.put("separation rank s", separationRank);
            settings.put("factors d", factorCount);
            settings.put("input factors", orBalanced(inFactors));
            settings.put("output factors", orBalanced(outFactors));
            settings.put("rank factors", orBalanced(rankFactors));
            settings.put("term weights", termWeights);
        }
        settings.put("alpha", alpha);
        settings.put("scaling rule", scalingRule.label());
        settings.put("effective scaling", scaling());
        settings.put("initialization", initialization.label());
        return settings;
    }

    private static Object orBalanced(List<Integer> sizes) {
        return sizes.isEmpty() ? "balanced" : sizes;
    }

    /** A new builder that holds these settings. */
    public Builder toBuilder() {
        return builder()
                .bottleneckRank(bottleneckRank)
                .separationRank(separationRank)
                .factorCount(factorCount)
                .alpha(alpha)
                .scalingRule(scalingRule)
                .inFactors(inFactors)
                .outFactors(outFactors)
                .rankFactors(rankFactors)
                .termWeights(termWeights)
                .initialization(initialization)
                .seed(seed);
    }

    /** This configuration with another seed. */
    @Override
    public LsrConfig withSeed(long newSeed) {
        return toBuilder().seed(newSeed).build();
    }

    /** The same configuration with another number of terms and without λ. */
    public LsrConfig withPlainTerms(int newSeparationRank) {
        return toBuilder().separationRank(newSeparationRank).termWeights(false).build();
    }

    /** Collects the settings; see the components of {@link LsrConfig} for their meaning. For one thread. */
    public static final class Builder {
        private int bottleneckRank = 4;
        private int separationRank = 16;
        private int factorCount = 2;
        private double alpha = 4;
        private ScalingRule scalingRule = ScalingRule.ALPHA;
        private List<Integer> inFactors = List.of();
        private List<Integer> outFactors = List.of();
        private List<Integer> rankFactors = List.of();
        private boolean termWeights;
        private Initialization initialization = Initialization.ZERO_UPDATE;
        private long seed = 1;

        private Builder() {}

        /** Sets r. */
        public Builder bottleneckRank(int value) {
            bottleneckRank = value;
            return this;
        }

        /** Sets s. */
        public Builder separationRank(int value) {
            separationRank = value;
            return this;
        }

        /** Sets d. */
        public Builder factorCount(int value) {
            factorCount = value;
            return this;
        }

        /** Sets α. */
        public Builder alpha(double value) {
            alpha = value;
            return this;
        }

        /** Sets the rule by which the effective factor follows from α. */
        public Builder scalingRule(ScalingRule value) {
            scalingRule = value;
            return this;
        }

        /** Sets an explicit split of the input width; empty for the balanced one. */
        public Builder inFactors(List<Integer> value) {
            inFactors = value;
            return this;
        }

        /** Sets an explicit split of the output width; empty for the balanced one. */
        public Builder outFactors(List<Integer> value) {
            outFactors = value;
            return this;
        }

        /** Sets an explicit split of r; empty for the balanced one. */
        public Builder rankFactors(List<Integer> value) {
            rankFactors = value;
            return this;
        }

        /** Sets whether the terms have trainable weights λ. */
        public Builder termWeights(boolean value) {
            termWeights = value;
            return this;
        }

        /** Sets how the factors are initialized. */
        public Builder initialization(Initialization value) {
            initialization = value;
            return this;
        }

        /** Sets the seed of the initialization; 1 by default, as on the command line. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Checks and builds. */
        public LsrConfig build() {
            return new LsrConfig(
                    bottleneckRank,
                    separationRank,
                    factorCount,
                    alpha,
                    scalingRule,
                    inFactors,
                    outFactors,
                    rankFactors,
                    termWeights,
                    initialization,
                    seed);
        }
    }
}

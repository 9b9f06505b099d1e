package org.lsradapt.lsr;

import org.lsradapt.lsr.internal.Require;

/** The rule by which the effective factor c of ΔW = c·A·B follows from α and the bottleneck rank r. */
public enum ScalingRule {
    /** c = α, as in the LSR-Adapt paper. */
    ALPHA("alpha") {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha;
        }
    },
    /** c = α / r, as in LoRA and PEFT ({@code lora_alpha / r}). */
    ALPHA_OVER_R("alpha/r") {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha / bottleneckRank;
        }
    },
    /** c = α / √r, rank-stabilized LoRA (PEFT's {@code use_rslora}). */
    ALPHA_OVER_SQRT_R("alpha/sqrt-r") {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha / Math.sqrt(bottleneckRank);
        }
    };

    private final String label;

    ScalingRule(String label) {
        this.label = label;
    }

    /** The name in options and files: {@code alpha}, {@code alpha/r} or {@code alpha/sqrt-r}. */
    public String label() {
        return label;
    }

    /** Finds a rule; the exception for an unknown label lists all. */
    public static ScalingRule named(String label) {
        return Require.named("scaling rule", label, values(), ScalingRule::label);
    }

    /** The factor c of ΔW = c·A·B, for α and a bottleneck rank r of at least 1. */
    public abstract double effective(double alpha, int bottleneckRank);
}

package org.lsradapt.lsr;

/** How the effective factor c of ΔW = c·A·B is made of α and the bottleneck rank r. */
public enum ScalingRule {
    /** c = α, as in the LSR-Adapt paper. */
    ALPHA {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha;
        }
    },
    /** c = α / r, as in LoRA and PEFT ({@code lora_alpha / r}). */
    ALPHA_OVER_R {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha / bottleneckRank;
        }
    },
    /** c = α / √r, rank-stabilized LoRA (PEFT's {@code use_rslora}). */
    ALPHA_OVER_SQRT_R {
        @Override
        public double effective(double alpha, int bottleneckRank) {
            return alpha / Math.sqrt(bottleneckRank);
        }
    };

    /**
     * The effective factor c.
     *
     * @param alpha α
     * @param bottleneckRank r, at least 1
     * @return c of ΔW = c·A·B
     */
    public abstract double effective(double alpha, int bottleneckRank);
}

package org.lsradapt.cli;

import java.util.List;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.hira.HiraConfig;
import org.lsradapt.baselines.mixed.MixedConfig;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;

/** Other papers' adapters as methods, with their authors' recommended settings where there are any. */
final class Baselines {
    static final String LEARNING_RATE = "lr";
    /** Learning rate for the LSR authors' initialization; twice this rate is too high. */
    static final double AUTHORS_RATE = 5e-4;

    private static final String SCALE = "scale";
    private static final String ALPHA = "alpha";

    private Baselines() {}

    /** {@code lokr:R}, with PEFT's defaults. */
    static KroneckerConfig lokr(MethodText text) {
        text.require(LEARNING_RATE, ALPHA, "factor");
        int r = text.number().orElse(8);
        KroneckerConfig config = KroneckerConfig.lokr(r, text.real(ALPHA, Math.max(1, r)));
        FactorSplit split = new FactorSplit(text.integer("factor", 0), 0);
        return config.withSplits(split, split);
    }

    /** {@code krona:S}, a sum of s Kronecker products. */
    static KroneckerConfig krona(MethodText text) {
        text.require(LEARNING_RATE, SCALE, "in", "out");
        return kronecker(text, text.number(1));
    }

    /** {@code cdka:R}, with its authors' recommended settings. */
    static KroneckerConfig cdka(MethodText text) {
        text.require(LEARNING_RATE, "r1", "r2", ALPHA);
        return KroneckerConfig.cdka(text.integer("r1", 2), text.integer("r2", 8), text.number(4), text.real(ALPHA, 64));
    }

    /** {@code kadaptation:N}, with the settings of its authors' code. */
    static KroneckerConfig kadaptation(MethodText text) {
        text.require(LEARNING_RATE, "r", SCALE);
        return KroneckerConfig.kadaptation(text.number(32), text.integer("r", 1), text.real(SCALE, 160));
    }

    /** {@code hira:R}, with PEFT's initialization and a scale. */
    static HiraConfig hira(MethodText text) {
        text.require(LEARNING_RATE, SCALE);
        int r = text.number(8);
        return new HiraConfig(LsrConfig.lora(r, r * text.real(SCALE, 1)));
    }

    /** {@code hira-lsr:R}: W is multiplied elementwise by a product of Kronecker sums. */
    static HiraConfig hiraLsr(MethodText text) {
        text.require(LEARNING_RATE, "s", SCALE);
        LsrConfig.Builder lsr = LsrConfig.builder();
        LsrConfig usual = lsr.build();
        return new HiraConfig(lsr.bottleneckRank(text.number(usual.bottleneckRank()))
                .separationRank(text.integer("s", usual.separationRank()))
                .alpha(text.real(SCALE, usual.alpha()))
                .build());
    }

    /** {@code krona-mixed}, with one term per split. */
    static MixedConfig kronaMixed(MethodText text) {
        text.require(LEARNING_RATE, SCALE, "in", "out");
        List<Integer> in = text.integers("in", List.of());
        Require.argument(
                !in.isEmpty(),
                "method %s: no splits, expected the widths of the first factors, such as krona-mixed:in=6+64+16",
                text.label());
        return new MixedConfig(in, text.integers("out", in), text.real(SCALE, 1), 1);
    }

    /** {@code hira-krona:S}: W is multiplied elementwise by a sum of s Kronecker products. */
    static HiraConfig hiraKrona(MethodText text) {
        text.require(LEARNING_RATE, SCALE, "in", "out");
        return new HiraConfig(kronecker(text, text.number(1)));
    }

    /** {@code vera:R}, with PEFT's defaults. */
    static VeraConfig vera(MethodText text) {
        text.require(LEARNING_RATE, "d", "in", "out");
        VeraConfig usual = VeraConfig.of(text.number(256));
        return new VeraConfig(
                usual.rank(),
                text.real("d", usual.initial()),
                text.integer("in", 0),
                text.integer("out", 0),
                usual.seed());
    }

    /** {@code lora-xs:R}, with its authors' scaling. */
    static LoraXsConfig loraXs(MethodText text) {
        text.require(LEARNING_RATE, ALPHA);
        LoraXsConfig usual = LoraXsConfig.of(text.number(16));
        return new LoraXsConfig(usual.rank(), text.real(ALPHA, usual.alpha()), usual.seed());
    }

    /** {@code fourierft:N}, with PEFT's defaults. */
    static FourierConfig fourier(MethodText text) {
        text.require(LEARNING_RATE, SCALE, "zero");
        FourierConfig usual = FourierConfig.of(text.number(1000));
        return new FourierConfig(
                usual.coefficients(), text.real(SCALE, usual.alpha()), text.integer("zero", 0) > 0, usual.seed());
    }

    private static KroneckerConfig kronecker(MethodText text, int terms) {
        KroneckerConfig krona = KroneckerConfig.krona(text.real(SCALE, 1));
        return new KroneckerConfig(
                krona.method(),
                terms,
                new FactorSplit(text.integer("in", 0), 0),
                new FactorSplit(text.integer("out", 0), 0),
                0,
                krona.scaling(),
                krona.seed());
    }

    /**
     * {@code lsr-authors:R}: the layer of the code that the authors of LSR-Adapt published, with their initialization and
     * scaling. Their r is the square root of R; see {@link org.lsradapt.adapters.peft.AuthorsImport}.
     */
    static LsrConfig authors(MethodText text) {
        text.require(LEARNING_RATE, "s", SCALE);
        int r = text.number(4);
        int root = (int) Math.round(Math.sqrt(r));
        Require.argument(
                root * root == r, "method %s: r is %d, expected a square, as the authors' layer has", text.label(), r);
        return LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(text.integer("s", 16))
                .alpha(text.real(SCALE, 4096))
                .scalingRule(ScalingRule.ALPHA)
                .initialization(Initialization.PAPER_AUTHORS)
                .build();
    }
}

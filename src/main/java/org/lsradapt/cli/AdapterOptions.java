package org.lsradapt.cli;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say what adapters look like. */
final class AdapterOptions {

    private static final String REGEX = "regex:";

    @Option(names = "--targets", paramLabel = "NAMES",
            description = "Layers to adapt: name suffixes, or regex:EXPR over full names.")
    private String targets = Defaults.TARGETS;

    @Option(names = "--r", paramLabel = "R", description = "LSR: bottleneck rank.")
    private int rank = Defaults.LSR.bottleneckRank();

    @Option(names = "--s", paramLabel = "S", description = "LSR: separation rank, the number of Kronecker terms.")
    private int terms = Defaults.LSR.separationRank();

    @Option(names = "--factors", paramLabel = "D", description = "LSR: Kronecker factors per term.")
    private int factors = Defaults.LSR.factorCount();

    @Mixin
    private FactorOptions factorSizes = new FactorOptions();

    @Option(names = "--alpha", paramLabel = "ALPHA", description = "LSR: alpha.")
    private double alpha = Defaults.LSR.alpha();

    @Option(names = "--scaling", paramLabel = "RULE",
            description = "LSR: what makes the update's factor of alpha: alpha, alpha/r or alpha/sqrt-r.")
    private String scaling = Defaults.LSR.scalingRule().label();

    @Option(names = "--init", paramLabel = "START",
            description = "LSR: how the factors start: zero-update, paper-authors or kaiming-uniform.")
    private String start = Defaults.LSR.initialization().label();

    @Option(names = "--term-weights", description = "LSR: train a weight for each Kronecker term.")
    private boolean termWeights = Defaults.LSR.termWeights();

    @Option(names = "--lora-r", paramLabel = "R", description = "LoRA: rank.")
    private int loraRank = Defaults.LORA_RANK;

    @Option(names = "--lora-alpha", paramLabel = "ALPHA", description = "LoRA: alpha; the update's factor is alpha/r.")
    private double loraAlpha = Defaults.LORA_ALPHA;

    LsrConfig lsr() {
        return factorSizes
                .builder()
                .bottleneckRank(rank)
                .separationRank(terms)
                .factorCount(factors)
                .alpha(alpha)
                .scalingRule(ScalingRule.named(scaling))
                .initialization(Initialization.named(start))
                .termWeights(termWeights)
                .build();
    }

    LsrConfig lora() {
        return LsrConfig.lora(loraRank, loraAlpha);
    }

    LayerSelector targets() {
        return selector(targets);
    }

    /** What {@code --targets} means. */
    static LayerSelector selector(String targets) {
        return targets.startsWith(REGEX)
                ? LayerSelector.regex(targets.substring(REGEX.length()))
                : LayerSelector.suffixes(List.of(targets.split(",", -1)));
    }

    /** The options of {@code finetune} that make an adapter of these ranks and factor sizes, all else being default. */
    static List<String> of(LsrConfig config) {
        if (config.isLora()) {
            return List.of("--methods", "lora", "--lora-r", String.valueOf(config.bottleneckRank()),
                    "--lora-alpha", String.valueOf(config.alpha()));
        }
        List<String> options = new ArrayList<>(List.of("--methods", "lsr"));
        options.addAll(List.of("--r", String.valueOf(config.bottleneckRank())));
        options.addAll(List.of("--s", String.valueOf(config.separationRank())));
        if (config.factorCount() != Defaults.LSR.factorCount()) {
            options.addAll(List.of("--factors", String.valueOf(config.factorCount())));
        }
        addSizes("--in-factors", config.inFactors(), options);
        addSizes("--out-factors", config.outFactors(), options);
        addSizes("--rank-factors", config.rankFactors(), options);
        return options;
    }

    private static void addSizes(String option, List<Integer> sizes, List<String> options) {
        if (!sizes.isEmpty()) {
            options.addAll(List.of(option, new FactorSizesConverter.Sizes(sizes).toString()));
        }
    }
}

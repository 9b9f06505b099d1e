package org.lsradapt.cli.command;

import org.lsradapt.lsr.LsrConfig;
import picocli.CommandLine.Option;

/** The options that split the widths and the bottleneck rank into sizes of Kronecker factors. */
public final class FactorOptions {

    @Option(
            names = "--in-factors",
            paramLabel = "NxN",
            converter = FactorSizesConverter.class,
            description = "LSR: factor sizes of the layers' input width, such as 32x24.")
    private FactorSizesConverter.Sizes inFactors = FactorSizesConverter.Sizes.BALANCED;

    @Option(
            names = "--out-factors",
            paramLabel = "NxN",
            converter = FactorSizesConverter.class,
            description = "LSR: factor sizes of the layers' output width.")
    private FactorSizesConverter.Sizes outFactors = FactorSizesConverter.Sizes.BALANCED;

    @Option(
            names = "--rank-factors",
            paramLabel = "NxN",
            converter = FactorSizesConverter.class,
            description = "LSR: factor sizes of r, such as 2x2.")
    private FactorSizesConverter.Sizes rankFactors = FactorSizesConverter.Sizes.BALANCED;

    /** Returns a builder with these sizes; the caller sets the rest of the configuration. */
    public LsrConfig.Builder builder() {
        return LsrConfig.builder()
                .inFactors(inFactors.values())
                .outFactors(outFactors.values())
                .rankFactors(rankFactors.values());
    }
}

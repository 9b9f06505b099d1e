package org.lsradapt.cli;

import org.lsradapt.lsr.LsrConfig;
import picocli.CommandLine.Option;

/** The options that split widths and rank into the sizes of Kronecker factors. */
final class FactorOptions {

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

    /** A builder with these sizes, for the rest of a configuration. */
    LsrConfig.Builder builder() {
        return LsrConfig.builder()
                .inFactors(inFactors.values())
                .outFactors(outFactors.values())
                .rankFactors(rankFactors.values());
    }
}

package org.lsradapt.cli;

import java.util.Optional;
import org.lsradapt.transformer.BasePrecision;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** {@code --base-precision}. */
final class BasePrecisionOption {

    @Option(
            names = "--base-precision",
            paramLabel = "FORMAT",
            showDefaultValue = Visibility.NEVER,
            description = "How the base model's linear layers are kept in memory: f32, bf16, int8, int4, or"
                    + " int8-dynamic, which is the fastest and for answers alone. Default: as the adapter was trained,"
                    + " else f32, or what a GGUF file has.")
    private String format;

    /** The requested precision, else the model's own. */
    BasePrecision value() {
        return asked().orElse(BasePrecision.STORED);
    }

    /** The precision asked for. */
    Optional<BasePrecision> asked() {
        return format == null ? Optional.empty() : Optional.of(BasePrecision.named(format));
    }
}

package org.lsradapt.cli.command;

import java.util.Optional;
import org.lsradapt.transformer.weights.BasePrecision;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The option {@code --base-precision}. */
public final class BasePrecisionOption {

    @Option(
            names = "--base-precision",
            paramLabel = "FORMAT",
            showDefaultValue = Visibility.NEVER,
            description = "Format of the base model's linear layers in memory: f32, bf16, int8, int4, or"
                    + " int8-dynamic (the fastest; not for training). Default: that of the adapter's training, else"
                    + " f32, or the GGUF file's.")
    private String format;

    /** Returns the requested precision, or the model's own by default. */
    public BasePrecision value() {
        return asked().orElse(BasePrecision.STORED);
    }

    /** Returns the precision that was given. */
    public Optional<BasePrecision> asked() {
        return format == null ? Optional.empty() : Optional.of(BasePrecision.named(format));
    }
}

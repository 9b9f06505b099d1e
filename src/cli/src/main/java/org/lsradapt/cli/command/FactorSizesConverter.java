package org.lsradapt.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads factor sizes such as {@code 32x24}. */
public final class FactorSizesConverter implements ITypeConverter<FactorSizesConverter.Sizes> {

    /** The sizes. This is a separate type because picocli takes a list for a repeated option. */
    public record Sizes(List<Integer> values) {
        static final Sizes BALANCED = new Sizes(List.of());

        @Override
        public String toString() {
            return values.isEmpty()
                    ? "balanced"
                    : String.join("x", values.stream().map(String::valueOf).toList());
        }
    }

    @Override
    public Sizes convert(String text) {
        List<Integer> sizes = new ArrayList<>();
        for (String part : text.split("x", -1)) {
            try {
                sizes.add(Integer.valueOf(part));
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "'" + text + "' is not a list of factor sizes, expected one such as 32x24");
            }
        }
        return new Sizes(List.copyOf(sizes));
    }
}

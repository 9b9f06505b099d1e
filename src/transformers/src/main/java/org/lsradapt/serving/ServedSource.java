package org.lsradapt.serving;

import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.lsr.internal.Require;

/**
 * How a {@link MultiAdapterModel} takes adapters from a source.
 *
 * @param adapters the source
 * @param bytes how much native memory the adapters that nobody uses at the moment may take: dense A and B, and heads
 * @param requirement throws an {@link IllegalArgumentException} for what must not be served, such as another task's
 */
public record ServedSource(AdapterSource adapters, long bytes, Consumer<AdapterCard> requirement) {
    /** Of MiniLM with r = 4 on query and value, 1,700 adapters. */
    private static final long DEFAULT_BYTES = 256L << 20;

    /** Checks the range. */
    public ServedSource {
        Require.argument(bytes >= 0, "adapters of a source: %d bytes, expected at least 0", bytes);
    }

    /** A source whose adapters may take 256 MB, of any task. */
    public static ServedSource of(AdapterSource adapters) {
        return new ServedSource(adapters, DEFAULT_BYTES, card -> {});
    }

    /** The same with another number of bytes. */
    public ServedSource withBytes(long most) {
        return new ServedSource(adapters, most, requirement);
    }

    /** The same with a requirement in addition. */
    public ServedSource requiring(Consumer<AdapterCard> another) {
        return new ServedSource(adapters, bytes, requirement.andThen(another));
    }
}

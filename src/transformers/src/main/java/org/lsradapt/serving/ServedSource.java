package org.lsradapt.serving;

import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.lsr.internal.Require;

/**
 * Settings of a {@link MultiAdapterModel} that takes adapters from a source.
 *
 * @param bytes limit, in bytes, of the memory of the adapters that are kept: dense A and B or coefficients, heads of
 *     their own, and about 1,000 for the objects of each
 * @param requirement throws an {@link IllegalArgumentException} for an adapter that must not be served, such as one of
 *     another task
 */
public record ServedSource(AdapterSource adapters, long bytes, Consumer<AdapterCard> requirement) {
    /** Enough for 1,700 adapters of MiniLM with r = 4 on query and value. */
    private static final long DEFAULT_BYTES = 256L << 20;

    /** Checks the range. */
    public ServedSource {
        Require.argument(bytes >= 0, "adapters of a source: %d bytes, expected at least 0", bytes);
    }

    /** Keeps adapters of any task, up to 256 MB. */
    public static ServedSource of(AdapterSource adapters) {
        return new ServedSource(adapters, DEFAULT_BYTES, card -> {});
    }

    /** Returns a copy with another limit in bytes. */
    public ServedSource withBytes(long most) {
        return new ServedSource(adapters, most, requirement);
    }

    /** Returns a copy with an additional requirement. */
    public ServedSource requiring(Consumer<AdapterCard> another) {
        return new ServedSource(adapters, bytes, requirement.andThen(another));
    }
}

package org.lsradapt.objectives.language;

import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Require;

/**
 * The limits of the texts that are generated at once on one model. Texts that exceed them wait for others to end; a text
 * that is larger than the memory runs alone.
 *
 * @param texts the most texts at once
 * @param bytes the memory of the keys and values of all texts, each with room for its most tokens, and of kept prefixes
 * @param prefixBytes the part of it that prefixes of earlier texts may take; 0 to keep none
 */
public record GenerationLimits(int texts, long bytes, long prefixBytes) {

    /** System property: the most texts at once, 32 by default. */
    public static final String TEXTS = "lsradapt.generation.texts";

    /** System property: the memory in MiB; by default half of what JavaCPP allows. A quarter of it is for prefixes. */
    public static final String MEMORY = "lsradapt.generation.memory";

    private static final int USUAL_TEXTS = 32;

    /** Checks the ranges. */
    public GenerationLimits {
        Require.argument(texts >= 1, "generation: %d texts at once, expected at least 1", texts);
        Require.argument(
                bytes >= 0 && prefixBytes >= 0, "generation: %d and %d bytes, expected 0 or more", bytes, prefixBytes);
    }

    /** Returns the limits of the system properties. */
    public static GenerationLimits standard() {
        long bytes = Long.getLong(MEMORY, (AlignedMemory.most() / 2) >> 20) << 20;
        return new GenerationLimits(Integer.getInteger(TEXTS, USUAL_TEXTS), bytes, bytes / 4);
    }
}

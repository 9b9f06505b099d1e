package org.lsradapt.models;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Pooling;

/**
 * How an embedding model makes one vector of a text. Immutable.
 *
 * @param pooling how the last hidden states become one
 * @param normalized whether the vector is divided by its Euclidean norm
 * @param queryPrefix what stands before a text that is searched for, such as {@code query: }; may be empty
 * @param passagePrefix what stands before a text that is found; may be empty
 * @param maxLength longest input in tokens, special tokens and prefix included; what is longer is cut
 * @param dimensions the lengths at which vectors were trained (Matryoshka), different numbers from 1; empty if whole vectors alone were
 */
public record EmbeddingSettings(
        Pooling pooling,
        boolean normalized,
        String queryPrefix,
        String passagePrefix,
        int maxLength,
        List<Integer> dimensions) {

    /** Checks the lengths. */
    public EmbeddingSettings {
        dimensions = List.copyOf(dimensions);
        Require.argument(maxLength >= 1, "embedding settings: maxLength is %d, expected >= 1", maxLength);
        Require.argument(
                dimensions.stream().allMatch(length -> length >= 1)
                        && dimensions.stream().distinct().count() == dimensions.size(),
                "embedding settings: dimensions %s, expected different numbers from 1",
                dimensions);
    }

    /** Those of a model whose whole vectors alone were trained. */
    public EmbeddingSettings(
            Pooling pooling, boolean normalized, String queryPrefix, String passagePrefix, int maxLength) {
        this(pooling, normalized, queryPrefix, passagePrefix, maxLength, List.of());
    }

    /**
     * The settings of a model whose files say nothing: the mean, normalized, without prefixes.
     *
     * @param maxLength longest input in tokens
     * @return the settings
     * @throws IllegalArgumentException if it is below 1
     */
    public static EmbeddingSettings standard(int maxLength) {
        return new EmbeddingSettings(Pooling.MEAN, true, "", "", maxLength);
    }

    /**
     * The same for texts of another length.
     *
     * @param maxLength longest input in tokens
     * @return the settings
     * @throws IllegalArgumentException if it is below 1
     */
    public EmbeddingSettings withMaxLength(int maxLength) {
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, maxLength, dimensions);
    }

    /** The same with vectors that were trained at other lengths. */
    public EmbeddingSettings withDimensions(List<Integer> lengths) {
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, maxLength, lengths);
    }
}

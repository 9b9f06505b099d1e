package org.lsradapt.models;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Pooling;

/**
 * The settings by which an embedding model makes one vector of a text. Immutable.
 *
 * @param pooling the pooling that makes one vector of the last hidden states
 * @param normalized whether the vector is divided by its Euclidean norm
 * @param queryPrefix prefix of a query, such as {@code query: }; may be empty
 * @param passagePrefix prefix of a passage; may be empty
 * @param maxLength longest input in tokens, including special tokens and prefix; longer inputs are cut
 * @param dimensions the lengths at which vectors were trained (Matryoshka), distinct numbers from 1; empty if only
 *     whole vectors were trained
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

    /** Creates settings of a model of which only whole vectors were trained. */
    public EmbeddingSettings(
            Pooling pooling, boolean normalized, String queryPrefix, String passagePrefix, int maxLength) {
        this(pooling, normalized, queryPrefix, passagePrefix, maxLength, List.of());
    }

    /**
     * Returns the settings of a model whose files have none: the mean, normalized, without prefixes.
     *
     * @param maxLength longest input in tokens
     * @throws IllegalArgumentException if it is below 1
     */
    public static EmbeddingSettings standard(int maxLength) {
        return new EmbeddingSettings(Pooling.MEAN, true, "", "", maxLength);
    }

    /**
     * Returns these settings with another maximal length.
     *
     * @param maxLength longest input in tokens
     * @throws IllegalArgumentException if it is below 1
     */
    public EmbeddingSettings withMaxLength(int maxLength) {
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, maxLength, dimensions);
    }

    /** Returns these settings with vectors that were trained at other lengths. */
    public EmbeddingSettings withDimensions(List<Integer> lengths) {
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, maxLength, lengths);
    }
}

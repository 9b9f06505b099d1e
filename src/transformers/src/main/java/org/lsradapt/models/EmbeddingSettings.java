package org.lsradapt.models;

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
 */
public record EmbeddingSettings(
        Pooling pooling, boolean normalized, String queryPrefix, String passagePrefix, int maxLength) {

    /** Checks the range of the length. */
    public EmbeddingSettings {
        Require.argument(maxLength >= 1, "embedding settings: maxLength is %d, expected >= 1", maxLength);
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
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, maxLength);
    }
}

package org.lsradapt.models;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Pooling;

/**
 * How a model makes embeddings of texts.
 *
 * @param pooling how the hidden states of a text's tokens become one vector
 * @param normalized whether that is divided by its Euclidean norm
 * @param queryPrefix what is put before a text that others are searched with; empty for nothing
 * @param passagePrefix what is put before all other texts; empty for nothing
 * @param maxLength the longest text in tokens; longer ones are cut
 */
public record EmbeddingSettings(
        Pooling pooling, boolean normalized, String queryPrefix, String passagePrefix, int maxLength) {
    private static final int LENGTH = 512;

    /** Checks the length. */
    public EmbeddingSettings {
        Require.argument(maxLength >= 1, "embedding settings: max length is %d, expected >= 1", maxLength);
    }

    /**
     * What the makers of a packed model say, or, for any other, the normalized mean without prefixes.
     *
     * @param modelName as {@link Models#load} takes it
     */
    public static EmbeddingSettings of(String modelName) {
        return switch (modelName) {
            case "minilm" -> new EmbeddingSettings(Pooling.MEAN, true, "", "", 256);
            case "bge-small" -> new EmbeddingSettings(
                    Pooling.FIRST, true, "Represent this sentence for searching relevant passages: ", "", LENGTH);
            case "e5-small" -> new EmbeddingSettings(Pooling.MEAN, true, "query: ", "passage: ", LENGTH);
            default -> new EmbeddingSettings(Pooling.MEAN, true, "", "", LENGTH);
        };
    }

    /** The same with another longest text. */
    public EmbeddingSettings withMaxLength(int tokens) {
        return new EmbeddingSettings(pooling, normalized, queryPrefix, passagePrefix, tokens);
    }
}

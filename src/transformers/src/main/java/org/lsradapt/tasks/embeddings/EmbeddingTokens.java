package org.lsradapt.tasks.embeddings;

import java.util.Objects;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Tokenizes texts to embed.
 *
 * @param settings prefixes and the longest text
 */
record EmbeddingTokens(Tokenizer tokenizer, EmbeddingSettings settings) {

    /** Tokenizes a text to search with. */
    TokenSequence query(String text) {
        return encode(settings.queryPrefix(), text);
    }

    /** Tokenizes any other text. */
    TokenSequence passage(String text) {
        return encode(settings.passagePrefix(), text);
    }

    private TokenSequence encode(String prefix, String text) {
        return tokenizer.encode(prefix + Objects.requireNonNull(text, "text"), null, settings.maxLength());
    }
}

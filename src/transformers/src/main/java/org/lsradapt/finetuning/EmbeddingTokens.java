package org.lsradapt.finetuning;

import java.util.Objects;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.Tokenizer;

/**
 * The tokens of texts that are to be embedded.
 *
 * @param tokenizer the model's
 * @param settings prefixes and the longest text
 */
record EmbeddingTokens(Tokenizer tokenizer, EmbeddingSettings settings) {

    /** A text that others are searched with. */
    TokenSequence query(String text) {
        return encode(settings.queryPrefix(), text);
    }

    /** Any other text. */
    TokenSequence passage(String text) {
        return encode(settings.passagePrefix(), text);
    }

    private TokenSequence encode(String prefix, String text) {
        return tokenizer.encode(prefix + Objects.requireNonNull(text, "text"), null, settings.maxLength());
    }
}

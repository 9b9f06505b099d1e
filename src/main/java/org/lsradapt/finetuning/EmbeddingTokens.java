package org.lsradapt.finetuning;

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
        return tokenizer.encode(settings.queryPrefix() + text, null, settings.maxLength());
    }

    /** Any other text. */
    TokenSequence passage(String text) {
        return tokenizer.encode(settings.passagePrefix() + text, null, settings.maxLength());
    }
}

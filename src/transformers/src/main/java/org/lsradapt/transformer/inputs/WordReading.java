package org.lsradapt.transformer.inputs;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/** The ways in which a model reads a text that is given as words. */
public enum WordReading {
    /** The words are joined by single spaces and tokenized as one text. */
    JOINED,
    /**
     * Each word is tokenized by itself, like {@code is_split_into_words} in transformers. Tokenizers that put a space
     * before a text put one before each word; others, such as ModernBERT's, put none and therefore see no spaces at
     * all.
     */
    SEPARATE;

    /** The name in files and options. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Finds a reading by its name. */
    public static WordReading named(String label) {
        return Require.named("words", label, values(), WordReading::label);
    }
}

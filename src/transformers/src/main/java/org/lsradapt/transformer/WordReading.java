package org.lsradapt.transformer;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/** How a model reads a text that is divided into words. */
public enum WordReading {
    /** The words are joined by single spaces and tokenized as one text. */
    JOINED,
    /**
     * Each word is tokenized by itself, as transformers does with {@code is_split_into_words}. Tokenizers that put a space before a text
     * put one before each word; others, such as ModernBERT's, put none, and so see no spaces at all.
     */
    SEPARATE;

    /** Its name in files and options. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The reading of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static WordReading named(String label) {
        return Require.named("words", label, values(), WordReading::label);
    }
}

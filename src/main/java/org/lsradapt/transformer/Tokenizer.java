package org.lsradapt.transformer;

/** Turns text into the token sequences that an encoder was trained on. Safe for use by many threads. */
public interface Tokenizer {

    /**
     * Tokenizes a text or a pair of texts, with the special tokens of the model.
     *
     * @param first the text
     * @param second the second text of a pair, or null
     * @param maxLength the longest sequence, special tokens included; of a pair the longer text is cut first
     * @return the sequence, unpadded, at most {@code maxLength} tokens long
     */
    TokenSequence encode(String first, String second, int maxLength);
}

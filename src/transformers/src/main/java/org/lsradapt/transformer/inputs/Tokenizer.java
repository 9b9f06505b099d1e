package org.lsradapt.transformer.inputs;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into the token sequences that a model was trained on, and tokens back into text. Safe for use by many
 * threads.
 */
public interface Tokenizer {

    /**
     * Tokenizes a text or a pair of texts, with the special tokens of the model.
     *
     * @param second the second text of a pair, or null
     * @param maxLength the longest sequence, including special tokens; the longer text of a pair is cut first
     * @return the sequence, unpadded, at most {@code maxLength} tokens long
     * @throws IllegalArgumentException if {@code maxLength} is less than the number of special tokens or 1, or there is
     *     no token because the text is empty and the tokenizer adds none
     */
    TokenSequence encode(String first, @Nullable String second, int maxLength);

    /**
     * Returns the tokens of {@link #encode} with their places in the texts.
     *
     * @param second the second text of a pair, or null
     * @param maxLength the longest sequence, as in {@link #encode}
     * @return the tokens in their order
     */
    List<Token> tokens(String first, @Nullable String second, int maxLength);

    /**
     * Tokenizes each word by itself, and returns one sequence with the special tokens of the model; see
     * {@link WordReading#SEPARATE}.
     *
     * @return the tokens in their order; the part of each is the index of its word, and its place is counted in that
     *     word
     * @throws UnsupportedOperationException if the tokenizer does not support this
     */
    default List<Token> tokens(List<String> words) {
        throw new UnsupportedOperationException("tokens: this tokenizer reads whole texts only, expected words joined");
    }

    /** Tokenizes a text of any length without special tokens around it; text that looks like one becomes one. New. */
    int[] ids(String text);

    /** Returns the number of special tokens that {@link #encode} adds to a text or a pair. */
    int specialTokens(boolean pair);

    /** Returns the text of tokens, not modified, without special tokens; an incomplete character becomes U+FFFD. */
    String decode(int[] ids);

    /** The special token that the model reads before each text, such as LLaMA's {@code <s>}; empty if there is none. */
    OptionalInt beginToken();

    /** The special token that ends each text, such as LLaMA's {@code </s>}; empty if there is none or it is unknown. */
    OptionalInt endToken();
}

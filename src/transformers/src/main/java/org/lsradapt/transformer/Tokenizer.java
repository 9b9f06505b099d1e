package org.lsradapt.transformer;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into the token sequences that a model was trained on, and tokens into text. Safe for use by many threads.
 */
public interface Tokenizer {

    /**
     * Tokenizes a text or a pair of texts, with the special tokens of the model.
     *
     * @param first the text
     * @param second the second text of a pair, or null
     * @param maxLength the longest sequence, special tokens included; of a pair the longer text is cut first
     * @return the sequence, unpadded, at most {@code maxLength} tokens long
     * @throws IllegalArgumentException if {@code maxLength} is less than the number of special tokens or 1, or there is
     *     no token: the text is empty and the tokenizer adds none
     */
    TokenSequence encode(String first, @Nullable String second, int maxLength);

    /**
     * The tokens of {@link #encode}, with their places in the texts.
     *
     * @param first the text
     * @param second the second text of a pair, or null
     * @param maxLength the longest sequence, as for {@link #encode}
     * @return the tokens in their order
     */
    List<Token> tokens(String first, @Nullable String second, int maxLength);

    /**
     * The tokens of words of which each is tokenized by itself, as one sequence with the special tokens of the model; see
     * {@link WordReading#SEPARATE}.
     *
     * @param words the words
     * @return the tokens in their order; the part of each is the index of its word, in which it says where it stands
     * @throws UnsupportedOperationException if the tokenizer cannot do it
     */
    default List<Token> tokens(List<String> words) {
        throw new UnsupportedOperationException("tokens: this tokenizer reads whole texts only, expected words joined");
    }

    /**
     * Tokenizes a text without special tokens before and behind it. What looks like a special token inside the text
     * becomes one.
     *
     * @param text the text; of any length
     * @return vocabulary indices, new; empty for an empty text
     */
    int[] ids(String text);

    /**
     * How many special tokens {@link #encode} adds; 0 where the tokenizer adds none.
     *
     * @param pair whether to a pair of texts
     */
    int specialTokens(boolean pair);

    /**
     * The text of tokens.
     *
     * @param ids vocabulary indices; not modified
     * @return their text, without special tokens; what is no complete character becomes U+FFFD
     */
    String decode(int[] ids);

    /** The special token that the model reads before each text, such as LLaMA's {@code <s>}; empty if there is none. */
    OptionalInt beginToken();

    /**
     * The special token that ends each text, such as LLaMA's {@code </s>}; empty if there is none or it is not known.
     */
    OptionalInt endToken();
}

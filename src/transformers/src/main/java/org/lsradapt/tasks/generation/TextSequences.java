package org.lsradapt.tasks.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Converts texts to token sequences for next-token training.
 *
 * <p>A text's tokens are the tokenizer's begin token, if it has one, the tokens of prompt and completion together, and the end token, if
 * the tokenizer has one. The begin token is given, and so are the tokens that the prompt also has on its own. All others are predicted,
 * including the end token and a token that spans the prompt's end. A text with more than {@code maxLength} tokens is cut into windows of
 * that length. Each window begins with the last token of the preceding one, so that each token is predicted once; a window without a
 * token to predict is left out. No sequence holds tokens of two texts.
 */
public final class TextSequences {

    private TextSequences() {}

    /**
     * Tokenizes texts that need no chat template.
     *
     * @param texts texts such as {@link org.lsradapt.tasks.generation.LanguageModelData#train()}
     * @param maxLength the longest sequence in tokens, at least 2
     * @return one or more sequences per text, in the same order; none for a text without a token to predict
     * @throws IllegalArgumentException if a text is a conversation
     */
    public static List<TokenSequence> encode(List<? extends TrainingText> texts, Tokenizer tokenizer, int maxLength) {
        return encode(
                texts,
                tokenizer,
                chat -> {
                    throw new IllegalArgumentException(
                            "text sequences: found a conversation, expected texts, or a chat template for it");
                },
                maxLength);
    }

    /**
     * Tokenizes texts and conversations.
     *
     * @param texts texts such as {@link org.lsradapt.tasks.generation.LanguageModelData#train()}
     * @param turns applies the model's chat template to a conversation: returns, for each answer of the assistant, all of the text before
     *     it and the answer, with the special tokens that the model expects
     * @param maxLength the longest sequence in tokens, at least 2
     * @return one or more sequences per text, and per answer of a conversation, in the same order; none for a text without a token to
     *     predict
     */
    public static List<TokenSequence> encode(
            List<? extends TrainingText> texts,
            Tokenizer tokenizer,
            Function<Conversation, List<PromptCompletion>> turns,
            int maxLength) {
        return encode(texts, tokenizer, turns, maxLength, length -> {});
    }

    /** Encodes like the public method; {@code prompted} takes the length of each prompt with its completion, in tokens. */
    static List<TokenSequence> encode(
            List<? extends TrainingText> texts,
            Tokenizer tokenizer,
            Function<Conversation, List<PromptCompletion>> turns,
            int maxLength,
            IntConsumer prompted) {
        Require.argument(maxLength >= 2, "text sequences: maxLength is %d, expected >= 2", maxLength);
        List<TokenSequence> sequences = new ArrayList<>(texts.size());
        for (TrainingText text : texts) {
            if (text instanceof PromptCompletion plain) {
                addWindows(
                        plain,
                        tokenizer,
                        array(tokenizer.beginToken()),
                        array(tokenizer.endToken()),
                        maxLength,
                        prompted,
                        sequences);
            } else if (text instanceof Conversation conversation) {
                for (PromptCompletion turn : turns.apply(conversation)) {
                    addWindows(turn, tokenizer, new int[0], new int[0], maxLength, prompted, sequences);
                }
            }
        }
        return sequences;
    }

    /** Tokenizes a prompt for generation: like a whole text with the begin token, if the tokenizer has one, without the end token. */
    public static int[] prompt(String prompt, Tokenizer tokenizer) {
        return concat(array(tokenizer.beginToken()), tokenizer.ids(prompt));
    }

    private static void addWindows(
            PromptCompletion text,
            Tokenizer tokenizer,
            int[] begin,
            int[] end,
            int maxLength,
            IntConsumer prompted,
            List<TokenSequence> sequences) {
        int[] joined = tokenizer.ids(text.prompt() + text.completion());
        int[] prompt = text.prompt().isEmpty() ? new int[0] : tokenizer.ids(text.prompt());
        int[] all = concat(concat(begin, joined), end);
        int given = begin.length + commonPrefix(prompt, joined);
        if (prompt.length > 0) {
            prompted.accept(all.length);
        }
        for (int from = 0; from + 1 < all.length; from += maxLength - 1) {
            int to = Math.min(all.length, from + maxLength);
            int givenHere = Math.max(1, given - from);
            if (givenHere < to - from) {
                int[] ids = Arrays.copyOfRange(all, from, to);
                sequences.add(new TokenSequence(ids, new int[ids.length], givenHere));
            }
        }
    }

    private static int commonPrefix(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    private static int[] array(OptionalInt token) {
        return token.stream().toArray();
    }

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }
}

package org.lsradapt.tasks.masked;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.data.WordSplitter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.objectives.language.MaskedTokenObjective;
import org.lsradapt.training.CallbackEvaluation;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.FramedTokens;
import org.lsradapt.transformer.inputs.MaskedText;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Encodes texts for a masked language model, and measures how well the model predicts hidden words.
 *
 * <p>Words are those of {@link WordSplitter}, so punctuation marks and ideographs are words. A text with too many tokens is cut into
 * windows, at the beginning of a word if one begins in the second half of a window. No window holds tokens of two texts.
 */
public final class MaskedTexts {
    /** The metric that chooses the best parameters: exp of the mean of −log p over hidden tokens. */
    public static final String PERPLEXITY = "pseudo_perplexity";
    /** The fraction of hidden tokens to which the model gives the highest probability of all tokens. */
    public static final String ACCURACY = "masked_accuracy";

    /** The seed of evaluation data: all models are measured on the same hidden words. */
    private static final long MEASURED = 0;

    private MaskedTexts() {}

    /**
     * Tokenizes texts.
     *
     * @param masks the replacements of hidden tokens
     * @param maxLength the longest window in tokens, including special ones
     * @param seed the seed of the choice of hidden words
     * @return one or more windows per text, in the same order; none for a text without a word
     * @throws IllegalArgumentException if there is no room for a token in addition to the special ones
     */
    public static List<MaskedText> encode(
            List<String> texts, Tokenizer tokenizer, MaskedText.Masks masks, int maxLength, long seed) {
        return byText(texts, tokenizer, masks, maxLength, seed).stream()
                .flatMap(List::stream)
                .toList();
    }

    /** Returns the windows of each text; the seed of a window depends on its number among all. */
    private static List<List<MaskedText>> byText(
            List<String> texts, Tokenizer tokenizer, MaskedText.Masks masks, int maxLength, long seed) {
        List<List<MaskedText>> all = new ArrayList<>();
        int count = 0;
        for (String text : texts) {
            List<MaskedText> windows = new ArrayList<>();
            FramedTokens framed = FramedTokens.of(tokenizer.tokens(text, null, Integer.MAX_VALUE));
            int room = framed.room(maxLength);
            int[] words = words(text, framed.body());
            for (int from = 0; from < words.length; ) {
                int to = end(words, from, Math.min(words.length, from + room));
                if (Arrays.stream(words, from, to).anyMatch(word -> word >= 0)) {
                    TokenSequence window = framed.window(from, to);
                    int[] own = new int[window.length()];
                    Arrays.fill(own, -1);
                    System.arraycopy(words, from, own, framed.before().size(), to - from);
                    windows.add(new MaskedText(window, own, masks, SplitMix64.output(seed, count)));
                    count++;
                }
                from = to;
            }
            all.add(windows);
        }
        return all;
    }

    /**
     * The end of a window that begins at {@code from} and has room up to {@code most}: before a word if one begins in the second half,
     * otherwise {@code most}.
     */
    private static int end(int[] words, int from, int most) {
        if (most < words.length) {
            for (int to = most; to > from + (most - from) / 2; to--) {
                if (words[to] < 0 || words[to] != words[to - 1]) {
                    return to;
                }
            }
        }
        return most;
    }

    /** The word of each token, the first if the token has parts of several; −1 for no word. */
    private static int[] words(String text, List<Token> tokens) {
        int[] words = new int[tokens.size()];
        Arrays.fill(words, -1);
        List<WordSplitter.Word> all = WordSplitter.split(text);
        int word = 0;
        // Tokens count code points; words count UTF-16 code units.
        int unit = 0;
        int point = 0;
        for (int i = 0; i < words.length; i++) {
            Token token = tokens.get(i);
            if (token.isAdded() || token.from() == token.to()) {
                continue;
            }
            int from = token.from() >= point
                    ? text.offsetByCodePoints(unit, token.from() - point)
                    : text.offsetByCodePoints(0, token.from());
            unit = from;
            point = token.from();
            int to = text.offsetByCodePoints(from, token.to() - token.from());
            while (word < all.size() && all.get(word).end() <= from) {
                word++;
            }
            if (word < all.size() && all.get(word).start() < to) {
                words[i] = word;
            }
        }
        return words;
    }

    /** Measures how well a model predicts the hidden words of epoch 0: {@value #PERPLEXITY}, better if smaller, and {@value #ACCURACY}. */
    public static Evaluation evaluation(List<List<MaskedText>> texts) {
        Require.argument(!texts.isEmpty(), "masked language model: no text with a word to measure on");
        List<List<ModelInput>> hidden = texts.stream()
                .map(windows -> windows.stream()
                        .<ModelInput>map(window -> window.inEpoch(0))
                        .toList())
                .toList();
        return CallbackEvaluation.ofSums(
                "masked language model", PERPLEXITY, MaskedTokenObjective.class, hidden, MaskedTexts::metrics);
    }

    /** Like {@link #encode}, for evaluation data: the windows of each text that has some. */
    public static List<List<MaskedText>> encodeMeasured(
            List<String> texts, Tokenizer tokenizer, MaskedText.Masks masks, int maxLength) {
        return byText(texts, tokenizer, masks, maxLength, MEASURED).stream()
                .filter(windows -> !windows.isEmpty())
                .toList();
    }

    private static Map<String, Double> metrics(double[] sums) {
        DivergedException.requireFinite(sums[0] / sums[1], "the loss in evaluation");
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(PERPLEXITY, Math.exp(sums[0] / sums[1]));
        metrics.put(ACCURACY, sums[2] / sums[1]);
        return metrics;
    }
}

package org.lsradapt.transformer.inputs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * A text with hidden words for a masked language model to predict; each epoch of a training hides other words.
 * Immutable.
 *
 * <p>Whole words are drawn at random and hidden until the wanted number of tokens is reached: a share of the tokens
 * that belong to words, at least one. A word with more tokens than are left to hide is skipped; if every word is too
 * long, tokens are drawn instead of words. For each hidden token, the model reads the mask token with probability 0.8,
 * a random token of the vocabulary with 0.1 and the token itself with 0.1, as in BERT (Devlin et al., arXiv 1810.04805,
 * section 3.1).
 */
public final class MaskedText implements ModelInput {
    private static final double MASKED = 0.8;
    private static final double RANDOM = 0.1;

    private final TokenSequence tokens;
    private final List<List<Integer>> words;
    private final Masks masks;
    private final long seed;

    /**
     * The replacement of hidden tokens.
     *
     * @param vocabulary number of token ids
     * @param rate the share of tokens that are hidden, above 0 and below 1
     */
    public record Masks(int token, int vocabulary, double rate) {

        /** Checks the ranges. */
        public Masks {
            Require.argument(
                    token >= 0 && token < vocabulary, "mask token %d, expected one of %d token ids", token, vocabulary);
            Require.argument(rate > 0 && rate < 1, "mask rate is %s, expected above 0 and below 1", rate);
        }
    }

    /**
     * Creates a text.
     *
     * @param tokens its tokens; kept
     * @param words the index of the word that each token belongs to; negative for a token that is never hidden; not
     *     kept
     * @param masks the replacement of hidden tokens
     * @param seed decides, together with the epoch, which words are hidden
     * @throws IllegalArgumentException if the number of indices is not that of tokens, or no token may be hidden
     */
    public MaskedText(TokenSequence tokens, int[] words, Masks masks, long seed) {
        Require.argument(
                words.length == tokens.length(),
                "masked text: %d indices of words for %d tokens, expected one for each",
                words.length,
                tokens.length());
        Map<Integer, List<Integer>> byWord = new TreeMap<>();
        for (int i = 0; i < words.length; i++) {
            if (words[i] >= 0) {
                byWord.computeIfAbsent(words[i], word -> new ArrayList<>()).add(i);
            }
        }
        Require.argument(!byWord.isEmpty(), "masked text: none of %d tokens is of a word", words.length);
        this.tokens = tokens;
        this.words = List.copyOf(byWord.values());
        this.masks = masks;
        this.seed = seed;
    }

    @Override
    public int length() {
        return tokens.length();
    }

    @Override
    public Object identity() {
        return tokens.identity();
    }

    /** Returns the input in an epoch from 1, or in evaluations, always the same, with the hidden tokens as labels. */
    @Override
    public TokenSequence inEpoch(int epoch) {
        Random random = SplitMix64.random(SplitMix64.output(seed, epoch));
        int[] ids = tokens.ids().clone();
        int[] labels = new int[ids.length];
        Arrays.fill(labels, TokenSequence.UNLABELLED);
        for (int token : hidden(random)) {
            labels[token] = ids[token];
            double chosen = random.nextDouble();
            if (chosen < MASKED) {
                ids[token] = masks.token();
            } else if (chosen < MASKED + RANDOM) {
                ids[token] = random.nextInt(masks.vocabulary());
            }
        }
        return new TokenSequence(ids, tokens.typeIds(), 1, labels);
    }

    private int[] hidden(Random random) {
        int all = words.stream().mapToInt(List::size).sum();
        int wanted = (int) Math.max(1, Math.round(masks.rate() * all));
        boolean whole = words.stream().anyMatch(word -> word.size() <= wanted);
        List<List<Integer>> shuffled = new ArrayList<>(
                whole
                        ? words
                        : words.stream().flatMap(List::stream).map(List::of).toList());
        Collections.shuffle(shuffled, random);
        IntStream.Builder chosen = IntStream.builder();
        int left = wanted;
        for (List<Integer> word : shuffled) {
            if (word.size() <= left) {
                word.forEach(chosen::accept);
                left -= word.size();
            }
        }
        return chosen.build().sorted().toArray();
    }
}

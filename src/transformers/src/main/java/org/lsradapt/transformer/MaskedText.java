package org.lsradapt.transformer;

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
 * A text some of whose words are hidden, other ones in each epoch of a training, for a masked language model to predict. Immutable.
 *
 * <p>Whole words are hidden, drawn at random until so many tokens are: a share of those that belong to words, at least one. A word that has
 * more tokens than are left to hide is passed by; where that leaves none, tokens are drawn in place of words. Of each hidden token, the
 * model reads the mask token with a probability of 0.8, any token of the vocabulary with 0.1 and the token itself with 0.1, as in BERT (Devlin
 * et al., arXiv 1810.04805, section 3.1).
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
     * @param token the mask token's id
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
     * A text.
     *
     * @param tokens its tokens; kept
     * @param words for each token the index of the word that it belongs to; negative for one that is never hidden; not kept
     * @param masks what takes the place of hidden tokens
     * @param seed decides, with the epoch, which words are hidden
     * @throws IllegalArgumentException if there are not as many indices as tokens, or no token may be hidden
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

    /**
     * The input in an epoch, with the hidden tokens as {@linkplain TokenSequence#labels labels}; the same each time.
     *
     * @param epoch from 1; 0 and below for evaluations
     */
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

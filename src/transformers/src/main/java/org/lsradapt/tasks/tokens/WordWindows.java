package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.examples.FramedTokens;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.inputs.WordReading;

/**
 * The words of a text as a model reads them: joined by single spaces or tokenized separately, in one window or, if that is too long, in
 * several that overlap by a quarter. A word is represented by its first token. One window answers for each word: the one in which this
 * token has the most tokens on its poorer side; an end of the text counts as enough. Immutable.
 *
 * @param count the number of words
 * @param windows the windows in order; empty if no word has a token
 */
public record WordWindows(int count, List<Window> windows) {
    /** Successive windows share one part in this many. */
    private static final int OVERLAP = 4;

    /** Copies the list. */
    public WordWindows {
        windows = List.copyOf(windows);
    }

    /**
     * A part of the text that the model reads at once.
     *
     * @param tokens the tokens that the model reads
     * @param words the indices of the words for which this window answers
     * @param rows for each of these words, the index of its first token
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Window(TokenSequence tokens, int[] words, int[] rows) {
        @Override
        public String toString() {
            return "Window[tokens=" + tokens + ", words=" + ArrayText.of(words) + ", rows=" + ArrayText.of(rows) + "]";
        }
    }

    /**
     * A model's prediction for a word.
     *
     * @param index the index of the most probable class
     * @param probability its probability, the softmax of the logits; 0 for a word without a token, which gets class 0
     */
    public record Answer(int index, double probability) {}

    /** The tokens, and the index of each word's first one. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Pieces(FramedTokens framed, int[] first) {}

    /** Calls {@link #of(List, WordReading, Tokenizer, int)} with words joined by single spaces. */
    public static WordWindows of(List<String> words, Tokenizer tokenizer, int maxLength) {
        return of(words, WordReading.JOINED, tokenizer, maxLength);
    }

    /**
     * Makes windows.
     *
     * @param words the words; none is blank
     * @param reading how the words become tokens
     * @param maxLength the longest window in tokens, including special ones
     * @throws IllegalArgumentException if there is no room for a token in addition to the special ones
     */
    public static WordWindows of(List<String> words, WordReading reading, Tokenizer tokenizer, int maxLength) {
        Pieces pieces = pieces(words, reading, tokenizer);
        int room = pieces.framed.room(maxLength);
        int tokens = pieces.framed.body().size();
        List<Integer> starts = starts(pieces, room);
        List<List<Integer>> owned = new ArrayList<>();
        starts.forEach(start -> owned.add(new ArrayList<>()));
        for (int word = 0; word < words.size(); word++) {
            if (pieces.first[word] >= 0) {
                owned.get(owner(pieces.first[word], starts, room, tokens)).add(word);
            }
        }
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int start = starts.get(i);
            int[] mine = owned.get(i).stream().mapToInt(Integer::intValue).toArray();
            int shift = pieces.framed.before().size() - start;
            windows.add(new Window(
                    pieces.framed.window(start, Math.min(tokens, start + room)),
                    mine,
                    IntStream.of(mine).map(word -> pieces.first[word] + shift).toArray()));
        }
        windows.removeIf(window -> window.words.length == 0);
        return new WordWindows(words.size(), windows);
    }

    private static Pieces pieces(List<String> words, WordReading reading, Tokenizer tokenizer) {
        List<Token> all = reading == WordReading.JOINED
                ? tokenizer.tokens(String.join(" ", words), null, Integer.MAX_VALUE)
                : tokenizer.tokens(words);
        FramedTokens framed = FramedTokens.of(all);
        boolean isJoined = reading == WordReading.JOINED;
        return new Pieces(framed, isJoined ? joined(words, framed.body()) : separate(words.size(), framed.body()));
    }

    private static int[] separate(int words, List<Token> tokens) {
        int[] first = new int[words];
        Arrays.fill(first, -1);
        for (int token = tokens.size() - 1; token >= 0; token--) {
            first[tokens.get(token).part()] = token;
        }
        return first;
    }

    private static int[] joined(List<String> words, List<Token> tokens) {
        int[] first = new int[words.size()];
        Arrays.fill(first, -1);
        int token = 0;
        int begin = 0;
        for (int word = 0; word < first.length; word++) {
            int end = begin + words.get(word).codePointCount(0, words.get(word).length());
            while (token < tokens.size() && tokens.get(token).to() <= begin) {
                token++;
            }
            if (token < tokens.size() && tokens.get(token).from() < end) {
                first[word] = token++;
            }
            begin = end + 1;
        }
        return first;
    }

    /** The starts of the windows: at a word if one begins in the overlap, so that no word is cut unnecessarily. */
    private static List<Integer> starts(Pieces pieces, int room) {
        int tokens = pieces.framed.body().size();
        List<Integer> starts = new ArrayList<>();
        int start = 0;
        while (tokens > 0) {
            starts.add(start);
            if (start + room >= tokens) {
                break;
            }
            int after = start;
            int latest = start + Math.max(1, room - room / OVERLAP);
            start = IntStream.of(pieces.first)
                    .filter(first -> first > after && first <= latest)
                    .max()
                    .orElse(latest);
        }
        return starts;
    }

    /** The window in which a token has the most tokens on its poorer side. */
    private static int owner(int token, List<Integer> starts, int room, int tokens) {
        int best = -1;
        int most = -1;
        for (int i = 0; i < starts.size(); i++) {
            int start = starts.get(i);
            int end = Math.min(tokens, start + room);
            if (token >= start && token < end) {
                int left = start == 0 ? tokens : token - start;
                int right = end == tokens ? tokens : end - 1 - token;
                if (Math.min(left, right) > most) {
                    most = Math.min(left, right);
                    best = i;
                }
            }
        }
        return best;
    }

    /** Returns the windows to learn from, in which the first token of each word that they answer for has the word's class. */
    public List<TokenSequence> labelled(int[] classes) {
        Require.argument(
                classes.length == count, "words: %d classes of %d words, expected one for each", classes.length, count);
        return windows.stream()
                .map(window -> {
                    int[] labels = new int[window.tokens.length()];
                    Arrays.fill(labels, TokenSequence.UNLABELLED);
                    for (int i = 0; i < window.words.length; i++) {
                        labels[window.rows[i]] = classes[window.words[i]];
                    }
                    return new TokenSequence(window.tokens.ids(), window.tokens.typeIds(), 1, labels);
                })
                .toList();
    }

    /** Returns a model's prediction for each word, of the logits of each window's tokens, token by token. */
    public List<Answer> answers(List<double[]> outputs, int classes) {
        return Arrays.stream(logits(outputs, classes)).map(WordWindows::answer).toList();
    }

    /**
     * Returns a model's probabilities for the words, the softmax of their logits.
     *
     * @param outputs the logits of each window's tokens, token by token
     * @param classes the number of classes
     * @return for each word one per class; equal ones for a word without a token
     */
    public double[][] probabilities(List<double[]> outputs, int classes) {
        return Arrays.stream(logits(outputs, classes))
                .map(logits -> softmax(logits.length == 0 ? new double[classes] : logits))
                .toArray(double[][]::new);
    }

    private static double[] softmax(double[] logits) {
        double top = Arrays.stream(logits).max().orElseThrow();
        double total = Arrays.stream(logits).map(logit -> Math.exp(logit - top)).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit - top) / total).toArray();
    }

    /** Returns the logits of each word; none for a word without a token. */
    private double[][] logits(List<double[]> outputs, int classes) {
        double[][] logits = new double[count][0];
        for (int w = 0; w < windows.size(); w++) {
            Window window = windows.get(w);
            for (int i = 0; i < window.words.length; i++) {
                int from = window.rows[i] * classes;
                logits[window.words[i]] = Arrays.copyOfRange(outputs.get(w), from, from + classes);
            }
        }
        return logits;
    }

    private static Answer answer(double[] logits) {
        if (logits.length == 0) {
            return new Answer(0, 0);
        }
        int best = Logits.largest(logits);
        double total = 0;
        for (double logit : logits) {
            total += Math.exp(logit - logits[best]);
        }
        return new Answer(best, 1 / total);
    }
}

package org.lsradapt.tasks.answers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.heads.SpanObjective;
import org.lsradapt.training.examples.FramedTokens;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * A question and a passage as a model reads them: in one window or, if the passage is too long, in several, each with the whole question.
 * Windows overlap by a third of the maximal length (128 tokens of 384), or by half the room for the passage if the question leaves less
 * than two thirds. Immutable.
 *
 * @param windows the windows in order, at least one
 */
public record AnswerWindows(String passage, List<Window> windows) {
    /** The maximal number of tokens of an answer. */
    public static final int LONGEST = 30;

    /** The number of most probable starts and ends that are combined, and of answers that are compared. */
    private static final int CANDIDATES = 20;

    private static final int OVERLAP = 3;

    /** Copies the list. */
    public AnswerWindows {
        windows = List.copyOf(windows);
    }

    /**
     * A part of the input that the model reads at once.
     *
     * @param tokens the tokens that the model reads: the question, then a part of the passage
     * @param first the index of the passage's first token in the window
     * @param starts for each of the passage's tokens in the window, its start in the passage, in UTF-16 code units
     * @param ends for each of these tokens, its end in the passage, exclusive
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Window(TokenSequence tokens, int first, int[] starts, int[] ends) {
        @Override
        public String toString() {
            return "Window[tokens=" + tokens + ", first=" + first + ", starts=" + ArrayText.of(starts) + ", ends="
                    + ArrayText.of(ends) + "]";
        }
    }

    /**
     * A span of the passage.
     *
     * @param start the index of its first UTF-16 code unit
     * @param end the index after its last UTF-16 code unit
     * @param probability the softmax over the scores of the compared answers, including no answer
     */
    public record Span(int start, int end, double score, double probability) {}

    /**
     * A model's answer.
     *
     * @param spans the best spans, best first; may be empty
     * @param noAnswer the score of no answer: the sum of both logits of the first token, the least over all windows
     */
    public record Spans(List<Span> spans, double noAnswer) {

        /** Copies the list. */
        public Spans {
            spans = List.copyOf(spans);
        }

        /** The margin by which no answer exceeds the best span; infinite if there is no span. */
        public double margin() {
            return spans.isEmpty()
                    ? Double.POSITIVE_INFINITY
                    : noAnswer - spans.get(0).score();
        }

        /** Returns the best span, unless there is none or no answer exceeds it by more than a threshold, which may be infinite. */
        public Optional<Span> best(double threshold) {
            return spans.isEmpty() || margin() > threshold ? Optional.empty() : Optional.of(spans.get(0));
        }
    }

    /**
     * Makes windows.
     *
     * @param question a question; white space before it is dropped
     * @param maxLength the longest window in tokens, including special ones
     * @throws IllegalArgumentException if the question leaves no room for two tokens of the passage, the passage has no token, or the
     *     tokenizer adds no token before texts (that token stands for no answer)
     */
    public static AnswerWindows of(String question, String passage, Tokenizer tokenizer, int maxLength) {
        List<Token> all = tokenizer.tokens(question.stripLeading(), passage, Integer.MAX_VALUE);
        Require.argument(
                !all.isEmpty() && all.get(0).isAdded(),
                "question answering: the tokenizer adds no token before texts, expected one that stands for no answer");
        FramedTokens framed = FramedTokens.of(all, token -> token.part() != 1);
        int tokens = framed.body().size();
        int room = maxLength - framed.frame();
        Require.argument(
                room >= Math.min(2, tokens),
                "question answering: the question has %d tokens with the special ones, max length %d, expected room for the"
                        + " passage: %s",
                framed.frame(),
                maxLength,
                question);
        Require.argument(tokens > 0, "question answering: the passage has no token, expected a text: %s", passage);
        int step = room - Math.min(maxLength / OVERLAP, room / 2);
        Place[] places = places(passage, framed.body());
        List<Window> windows = new ArrayList<>();
        for (int start = 0; ; start += step) {
            int end = Math.min(tokens, start + room);
            Place[] part = Arrays.copyOfRange(places, start, end);
            windows.add(new Window(
                    framed.window(start, end),
                    framed.before().size(),
                    Arrays.stream(part).mapToInt(Place::start).toArray(),
                    Arrays.stream(part).mapToInt(Place::end).toArray()));
            if (end == tokens) {
                return new AnswerWindows(passage, windows);
            }
        }
    }

    /** A range of a text, in UTF-16 code units. */
    private record Place(int start, int end) {

        /** Drops surrounding white space, which some tokenizers include in a token; empty if nothing else is there. */
        Place stripped(String text) {
            int from = start;
            int to = end;
            while (from < to && isSpace(text.charAt(from))) {
                from++;
            }
            while (to > from && isSpace(text.charAt(to - 1))) {
                to--;
            }
            return new Place(from, to);
        }

        private static boolean isSpace(char c) {
            return Character.isWhitespace(c) || Character.isSpaceChar(c);
        }
    }

    private static Place[] places(String text, List<Token> tokens) {
        int[] units = new int[text.codePointCount(0, text.length()) + 1];
        for (int i = 1; i < units.length; i++) {
            units[i] = units[i - 1] + Character.charCount(text.codePointAt(units[i - 1]));
        }
        return tokens.stream()
                .map(token -> new Place(units[token.from()], units[token.to()]).stripped(text))
                .toArray(Place[]::new);
    }

    /**
     * The training windows, labelled with the first answer's start and end. A window that does not contain the whole answer learns no
     * answer, the first token.
     */
    public List<TokenSequence> labelled(AnsweredQuestion question) {
        return windows.stream()
                .map(window -> {
                    int[] labels = new int[window.tokens.length()];
                    int[] place = question.answers().stream()
                            .findFirst()
                            .map(answer -> place(window, new Place(answer.start(), answer.end()).stripped(passage)))
                            .orElseGet(() -> new int[2]);
                    labels[place[0]] |= SpanObjective.START;
                    labels[place[1]] |= SpanObjective.END;
                    return new TokenSequence(window.tokens.ids(), window.tokens.typeIds(), 1, labels);
                })
                .toList();
    }

    /** Whether the labelled answer of a window is longer than the longest that {@link #spans} finds. */
    public static boolean isTooLong(TokenSequence labelled) {
        int[] marked = IntStream.range(0, labelled.length())
                .filter(token -> labelled.labels()[token] != 0)
                .toArray();
        return marked[marked.length - 1] - marked[0] >= LONGEST;
    }

    /** The tokens in which an answer begins and ends; twice the first token if the window does not contain the whole answer. */
    private static int[] place(Window window, Place answer) {
        int last = window.starts.length - 1;
        if (window.starts[0] > answer.start() || window.ends[last] < answer.end()) {
            return new int[2];
        }
        int start = 0;
        while (start < last && window.starts[start + 1] <= answer.start()) {
            start++;
        }
        int end = last;
        while (end > 0 && window.ends[end - 1] >= answer.end()) {
            end--;
        }
        return new int[] {window.first + Math.min(start, end), window.first + Math.max(start, end)};
    }

    /**
     * Returns the best answers: the most probable starts of each window combined with its most probable ends.
     *
     * @param outputs the logits of each window's tokens: start and end of the first token, then of the next
     */
    public Spans spans(List<double[]> outputs) {
        double none = Double.POSITIVE_INFINITY;
        Map<List<Integer>, Double> scores = new LinkedHashMap<>();
        for (int w = 0; w < windows.size(); w++) {
            Window window = windows.get(w);
            double[] logits = outputs.get(w);
            none = Math.min(none, logits[0] + logits[1]);
            int[] ends = largest(logits, 1);
            for (int start : largest(logits, 0)) {
                for (int end : ends) {
                    int from = start - window.first;
                    int to = end - window.first;
                    if (from >= 0
                            && to >= from
                            && to < window.ends.length
                            && to - from < LONGEST
                            && window.starts[from] < window.ends[to]) {
                        scores.merge(
                                List.of(window.starts[from], window.ends[to]),
                                logits[2 * start] + logits[2 * end + 1],
                                Math::max);
                    }
                }
            }
        }
        List<Map.Entry<List<Integer>, Double>> best = scores.entrySet().stream()
                .sorted(Map.Entry.<List<Integer>, Double>comparingByValue().reversed())
                .limit(CANDIDATES)
                .toList();
        double least = none;
        double top = best.isEmpty() ? none : Math.max(none, best.get(0).getValue());
        double total = Math.exp(least - top)
                + best.stream()
                        .mapToDouble(one -> Math.exp(one.getValue() - top))
                        .sum();
        return new Spans(
                best.stream()
                        .map(one -> new Span(
                                one.getKey().get(0),
                                one.getKey().get(1),
                                one.getValue(),
                                Math.exp(one.getValue() - top) / total))
                        .toList(),
                none);
    }

    /** The tokens with the largest logits of a kind: 0 for starts, 1 for ends. */
    private static int[] largest(double[] logits, int kind) {
        Integer[] order = new Integer[logits.length / 2];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -logits[2 * i + kind]));
        return Arrays.stream(order)
                .limit(CANDIDATES)
                .mapToInt(Integer::intValue)
                .toArray();
    }
}

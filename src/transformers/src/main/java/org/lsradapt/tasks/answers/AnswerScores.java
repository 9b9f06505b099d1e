package org.lsradapt.tasks.answers;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.lsr.internal.Require;

/**
 * The quality of answers, computed as in the SQuAD 2.0 evaluation script: answers are compared in lower case, without ASCII punctuation
 * and without the words a, an and the. If a question has several right answers, the best match counts. All numbers are between 0 and 1;
 * the script prints percentages.
 *
 * @param answerable the scores of the questions with an answer; empty if there are none
 * @param unanswerable the scores of the questions without an answer; empty if there are none. Exact match and F1 are equal here
 */
public record AnswerScores(
        Score all, Optional<Score> answerable, Optional<Score> unanswerable, List<OfQuestion> byQuestion) {
    /** The names of the metrics in reports, in the order in which they choose the best epoch. */
    public static final List<String> METRICS = List.of("f1", "exact_match");

    private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");
    /** The separators of Python's {@code str.split()}. */
    private static final Pattern SPACE = Pattern.compile("[\\s\\x1c-\\x1f\\x85\\p{Z}]+");

    /**
     * Means over questions.
     *
     * @param exactMatch the fraction of the questions whose answer matches word for word
     * @param f1 the mean F1 of the answers' words
     * @param count the number of questions
     */
    public record Score(double exactMatch, double f1, int count) {}

    /**
     * The scores of one question.
     *
     * @param exactMatch 1 if the answer matches word for word, otherwise 0
     * @param f1 the F1 of the answer's words
     */
    public record OfQuestion(boolean answerable, double exactMatch, double f1) {
        private static OfQuestion of(AnsweredQuestion question, String predicted) {
            return new OfQuestion(
                    question.isAnswerable(),
                    AnswerScores.exactMatch(question, predicted),
                    AnswerScores.f1(question, predicted));
        }
    }

    /** Copies the list. */
    public AnswerScores {
        byQuestion = List.copyOf(byQuestion);
    }

    /**
     * Compares predicted answers with the right ones.
     *
     * @param questions the questions, at least one
     * @param predicted one answer per question; empty for no answer
     * @throws IllegalArgumentException if the counts differ
     */
    public static AnswerScores of(List<AnsweredQuestion> questions, List<String> predicted) {
        Require.argument(
                questions.size() == predicted.size() && !questions.isEmpty(),
                "answer scores: %d questions and %d predictions, expected as many, at least 1",
                questions.size(),
                predicted.size());
        return of(IntStream.range(0, predicted.size())
                .mapToObj(i -> OfQuestion.of(questions.get(i), predicted.get(i)))
                .toList());
    }

    private static AnswerScores of(List<OfQuestion> all) {
        Map<Boolean, List<OfQuestion>> parts = all.stream().collect(Collectors.partitioningBy(OfQuestion::answerable));
        return new AnswerScores(score(all).orElseThrow(), score(parts.get(true)), score(parts.get(false)), all);
    }

    private static Optional<Score> score(List<OfQuestion> some) {
        return some.isEmpty()
                ? Optional.empty()
                : Optional.of(new Score(
                        some.stream().mapToDouble(OfQuestion::exactMatch).sum() / some.size(),
                        some.stream().mapToDouble(OfQuestion::f1).sum() / some.size(),
                        some.size()));
    }

    /** Computes the metrics on bootstrap samples of the questions. */
    public Resamples resamples() {
        return Resamples.of(
                byQuestion.size(),
                rows -> of(Arrays.stream(rows).mapToObj(byQuestion::get).toList())
                        .metrics());
    }

    /** 1 if the prediction equals one of the question's answers, otherwise 0. */
    static double exactMatch(AnsweredQuestion question, String predicted) {
        return right(question).stream().anyMatch(text -> normalized(text).equals(normalized(predicted))) ? 1 : 0;
    }

    /** The best F1 of a prediction against the question's answers, from 0 to 1. */
    public static double f1(AnsweredQuestion question, String predicted) {
        return right(question).stream()
                .mapToDouble(text -> f1(words(text), words(predicted)))
                .max()
                .orElseThrow();
    }

    /**
     * The right answers, without those that consist of punctuation and articles only. If none remains, the only right answer is the empty
     * one.
     */
    private static List<String> right(AnsweredQuestion question) {
        List<String> texts = question.texts().stream()
                .filter(text -> !normalized(text).isEmpty())
                .toList();
        return texts.isEmpty() ? List.of("") : texts;
    }

    private static double f1(List<String> right, List<String> predicted) {
        if (right.isEmpty() || predicted.isEmpty()) {
            return right.equals(predicted) ? 1 : 0;
        }
        Map<String, Integer> left = new HashMap<>();
        right.forEach(word -> left.merge(word, 1, Integer::sum));
        int same = 0;
        for (String word : predicted) {
            if (left.merge(word, -1, Integer::sum) >= 0) {
                same++;
            }
        }
        if (same == 0) {
            return 0;
        }
        double precision = (double) same / predicted.size();
        double recall = (double) same / right.size();
        return 2 * precision * recall / (precision + recall);
    }

    private static List<String> words(String text) {
        String normalized = normalized(text);
        return normalized.isEmpty() ? List.of() : Arrays.asList(normalized.split(" ", -1));
    }

    static String normalized(String text) {
        String plain = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
        return SPACE.matcher(ARTICLES.matcher(plain).replaceAll(" "))
                .replaceAll(" ")
                .strip();
    }

    /** The metrics by name, in the order of {@link #METRICS}; unmodifiable. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("f1", all.f1());
        metrics.put("exact_match", all.exactMatch());
        answerable.filter(score -> unanswerable.isPresent()).ifPresent(score -> {
            metrics.put("f1_answerable", score.f1());
            metrics.put("accuracy_unanswerable", unanswerable.get().exactMatch());
        });
        return Collections.unmodifiableMap(metrics);
    }
}

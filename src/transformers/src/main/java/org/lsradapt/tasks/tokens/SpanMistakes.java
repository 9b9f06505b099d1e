package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.lsradapt.data.metrics.LabelScores.Mistake;

/** The wrong spans of a sentence: true spans that were not predicted, and predicted ones that overlap no true span. */
final class SpanMistakes {
    /** The most words that are shown on either side of a span. */
    private static final int AROUND = 6;

    private SpanMistakes() {}

    static List<Mistake> of(LabelledWords sentence, List<String> predicted) {
        List<WordSpan> there = WordSpan.of(sentence.tags());
        List<WordSpan> said = WordSpan.of(predicted);
        List<Mistake> mistakes = new ArrayList<>();
        for (WordSpan span : there) {
            if (!said.contains(span)) {
                List<WordSpan> instead =
                        said.stream().filter(other -> overlap(span, other)).toList();
                mistakes.add(new Mistake(context(sentence, span), span.label(), describe(sentence, span, instead)));
            }
        }
        said.stream()
                .filter(span -> there.stream().noneMatch(other -> overlap(span, other)))
                .forEach(span -> mistakes.add(new Mistake(context(sentence, span), "", span.label())));
        return mistakes;
    }

    private static boolean overlap(WordSpan one, WordSpan other) {
        return one.from() < other.to() && other.from() < one.to();
    }

    /** Names the words as well where they are others than those of the true span. */
    private static String describe(LabelledWords sentence, WordSpan there, List<WordSpan> said) {
        return said.stream()
                .map(span -> span.from() == there.from() && span.to() == there.to()
                        ? span.label()
                        : span.label() + ": " + words(sentence, span.from(), span.to()))
                .collect(Collectors.joining("; "));
    }

    private static String context(LabelledWords sentence, WordSpan span) {
        int from = Math.max(0, span.from() - AROUND);
        int to = Math.min(sentence.words().size(), span.to() + AROUND);
        return (from > 0 ? "… " : "") + words(sentence, from, span.from()) + (from < span.from() ? " " : "") + "["
                + words(sentence, span.from(), span.to()) + "]" + (span.to() < to ? " " : "")
                + words(sentence, span.to(), to) + (to < sentence.words().size() ? " …" : "");
    }

    private static String words(LabelledWords sentence, int from, int to) {
        return String.join(" ", sentence.words().subList(from, to));
    }
}

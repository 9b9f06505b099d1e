package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.lsradapt.data.WordSplitter;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * A text with labelled spans, such as names.
 *
 * @param spans the spans in any order; no two share a word
 */
public record LabelledSpans(String text, List<Span> spans) {

    /**
     * A labelled span of a text.
     *
     * @param start the index of its first UTF-16 code unit
     * @param end the index after its last UTF-16 code unit
     * @param label the kind of span, such as a person
     */
    public record Span(int start, int end, String label) {}

    /**
     * Copies the list and checks the values.
     *
     * @throws IllegalArgumentException if the text is blank or not valid Unicode, a span is empty or outside the text, or a label is
     *     blank, is {@code O} or has white space around it
     */
    public LabelledSpans {
        spans = List.copyOf(spans);
        TextProblem.refuse("labelled spans", "text", TextProblem.ofText(text));
        for (Span span : spans) {
            TextProblem.refuse("labelled spans", "label of a span", TextProblem.ofLabel(span.label()));
            if (span.start() < 0 || span.end() <= span.start() || span.end() > text.length()) {
                throw new IllegalArgumentException("labelled spans: a span from " + span.start() + " to " + span.end()
                        + ", expected one inside of the text, of " + text.length() + " UTF-16 units");
            }
            if (span.label().equals(Tags.NONE)) {
                throw new IllegalArgumentException(
                        "labelled spans: a span has the label " + Tags.NONE + ", which stands for none");
            }
        }
    }

    /**
     * The text as {@link WordSplitter} divides it, with IOB2 tags. A span that begins or ends inside a word is widened to the whole word.
     */
    LabelledWords words() {
        List<WordSplitter.Word> words = WordSplitter.split(text);
        List<String> tags = new ArrayList<>(Collections.nCopies(words.size(), Tags.NONE));
        for (Span span : spans) {
            boolean begun = false;
            for (int i = 0; i < words.size(); i++) {
                if (words.get(i).start() >= span.end() || words.get(i).end() <= span.start()) {
                    continue;
                }
                if (!tags.get(i).equals(Tags.NONE)) {
                    throw new IllegalArgumentException(describe(span) + " and another one share the word "
                            + Quoted.value(text.substring(
                                    words.get(i).start(), words.get(i).end()))
                            + ", expected spans of different words");
                }
                tags.set(i, (begun ? "I-" : "B-") + span.label());
                begun = true;
            }
            if (!begun) {
                throw new IllegalArgumentException(describe(span) + " has no word, expected at least one");
            }
        }
        return new LabelledWords(
                words.stream()
                        .map(word -> text.substring(word.start(), word.end()))
                        .toList(),
                tags);
    }

    long widened() {
        List<WordSplitter.Word> words = WordSplitter.split(text);
        return spans.stream()
                .filter(span ->
                        words.stream().anyMatch(word -> isInside(span.start(), word) || isInside(span.end(), word)))
                .count();
    }

    private static boolean isInside(int place, WordSplitter.Word word) {
        return place > word.start() && place < word.end();
    }

    private String describe(Span span) {
        return "the span " + Quoted.value(text.substring(span.start(), span.end())) + " of label "
                + Quoted.value(span.label());
    }
}

package org.lsradapt.tasks.official;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A text in which marks enclose spans.
 *
 * <p>A span is given by its words and by the index of its first word; single spaces separate words. The words decide, and
 * the index selects the nearest of their occurrences. The reason is that in published files some indices are off by a word,
 * and a span's words may end in punctuation or have other white space than the text.
 */
final class MarkedText {

    private static final String PUNCTUATION = "[\\s.,;:!?\"']+";

    private record Insertion(int position, String text) {}

    private final String text;
    private final List<Insertion> insertions = new ArrayList<>();

    MarkedText(String text) {
        this.text = text;
    }

    int wordCount() {
        return text.split(" ", -1).length;
    }

    /**
     * Sets marks around the occurrence of a span that starts nearest to a word; the first of two equally near. Case and the
     * kind of white space do not matter. An occurrence does not begin or end inside a word. Punctuation at the ends of the
     * span is dropped if the span does not occur with it.
     *
     * @param word the index of a word, from 0 to {@link #wordCount()} - 1
     * @param mark the mark before and after the span, separated by a space
     */
    boolean mark(String span, int word, String mark) {
        int wanted = wordStart(word);
        List<int[]> found = occurrences(span.strip());
        if (found.isEmpty()) {
            found = occurrences(span.replaceAll("^" + PUNCTUATION + "|" + PUNCTUATION + "$", ""));
        }
        if (found.isEmpty()) {
            return false;
        }
        int[] nearest = found.stream()
                .min(Comparator.comparingInt(o -> Math.abs(o[0] - wanted)))
                .orElseThrow();
        insertions.add(new Insertion(nearest[0], mark + " "));
        insertions.add(new Insertion(nearest[1], " " + mark));
        return true;
    }

    @Override
    public String toString() {
        StringBuilder marked = new StringBuilder(text);
        insertions.stream()
                .sorted(Comparator.comparingInt(Insertion::position).reversed())
                .forEach(insertion -> marked.insert(insertion.position(), insertion.text()));
        return marked.toString();
    }

    private int wordStart(int word) {
        int start = 0;
        for (int i = 0; i < word; i++) {
            start = text.indexOf(' ', start) + 1;
        }
        return start;
    }

    private List<int[]> occurrences(String span) {
        if (span.isEmpty()) {
            return List.of();
        }
        String words = Stream.of(span.split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
        Matcher matcher = Pattern.compile(
                        "(?<![\\p{L}\\p{N}])" + words + "(?![\\p{L}\\p{N}])",
                        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                .matcher(text);
        return matcher.results()
                .map(result -> new int[] {result.start(), result.end()})
                .toList();
    }
}

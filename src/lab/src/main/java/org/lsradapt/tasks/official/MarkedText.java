package org.lsradapt.tasks.official;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A text in which spans are set between marks.
 *
 * <p>A span is given by its words and by the index of its first word, where words are what lies between single spaces.
 * The words decide, and the index says which of their occurrences is meant: the nearest one. That is because in
 * published files indices are off by a word here and there, and a span's words may end in punctuation or be wrapped
 * otherwise than in the text.
 */
final class MarkedText {

    private static final String PUNCTUATION = "[\\s.,;:!?\"']+";

    private record Insertion(int position, String text) {}

    private final String text;
    private final List<Insertion> insertions = new ArrayList<>();

    MarkedText(String text) {
        this.text = text;
    }

    /** The number of words. */
    int wordCount() {
        return text.split(" ", -1).length;
    }

    /**
     * Sets marks around the occurrence of a span that starts nearest to a word; the first of two equally near. Case and
     * the kind of white space do not matter, an occurrence does not begin or end inside a word, and punctuation at the
     * ends of the span is dropped if the span does not occur with it.
     *
     * @param span the words of the span
     * @param word the index of a word, from 0 to {@link #wordCount()} - 1
     * @param mark what to set before and after it, with a space between
     * @return whether the span occurs
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

    /** The text with all marks. */
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

    /** Start and end of each occurrence. */
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

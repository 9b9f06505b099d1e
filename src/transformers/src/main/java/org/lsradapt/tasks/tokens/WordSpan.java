package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive words with a common label, such as the name of a person.
 *
 * @param from the index of the first word
 * @param to the index after the last word
 */
public record WordSpan(int from, int to, String label) {

    /**
     * Returns the spans of a sentence's tags. Tags of the forms {@code B-LOC} and {@code I-LOC} make spans as in seqeval's default mode
     * and CoNLL's script: a span begins at {@code B-}, and at an {@code I-} that does not follow a word with the same label. A word with
     * any other tag except {@code O} is a span by itself.
     *
     * @param tags one tag per word
     * @return the spans in order
     */
    public static List<WordSpan> of(List<String> tags) {
        List<WordSpan> spans = new ArrayList<>();
        int begin = -1;
        String label = "";
        for (int i = 0; i < tags.size(); i++) {
            String tag = tags.get(i);
            boolean inside = tag.startsWith("I-");
            boolean continues = begin >= 0 && inside && tag.substring(2).equals(label);
            if (!continues && begin >= 0) {
                spans.add(new WordSpan(begin, i, label));
                begin = -1;
            }
            if (inside || tag.startsWith("B-")) {
                begin = continues ? begin : i;
                label = tag.substring(2);
            } else if (!tag.equals(Tags.NONE)) {
                spans.add(new WordSpan(i, i + 1, tag));
            }
        }
        if (begin >= 0) {
            spans.add(new WordSpan(begin, tags.size(), label));
        }
        return spans;
    }
}

package org.lsradapt.tasks;

import java.util.ArrayList;
import java.util.List;

/**
 * Words in a row that have a label together, such as the name of a person.
 *
 * @param from index of the first word
 * @param to index behind the last word
 * @param label what they are
 */
public record WordSpan(int from, int to, String label) {

    /**
     * The spans of a sentence's tags. Tags of the forms {@code B-LOC} and {@code I-LOC} make spans as seqeval's default mode and the
     * script of CoNLL read them: one begins at {@code B-}, and at {@code I-} behind no word of the same label. A word with any other tag
     * but {@code O} is a span by itself.
     *
     * @param tags one per word
     * @return the spans in their order
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

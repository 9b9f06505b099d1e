package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.rules.TextProblem;

/**
 * A sentence, or a longer text, as words with tags. The tags have the form IOB1, IOB2 (BIO), IOBES or BILOU, such as {@code B-LOC} and
 * {@code O}, or no prefix if each word has its own label, such as its part of speech.
 *
 * @param words the words, at least one
 * @param tags one tag per word
 */
public record LabelledWords(List<String> words, List<String> tags) {

    /**
     * Copies the lists and checks the values.
     *
     * @throws IllegalArgumentException if there is no word, the counts differ, a word or a tag is blank or not valid Unicode, or white
     *     space surrounds a tag
     */
    public LabelledWords {
        words = List.copyOf(words);
        tags = List.copyOf(tags);
        if (words.isEmpty() || words.size() != tags.size()) {
            throw new IllegalArgumentException("labelled words: " + words.size() + " words and " + tags.size()
                    + " tags, expected as many, at least one");
        }
        for (int i = 0; i < words.size(); i++) {
            TextProblem.refuse("labelled words", "word " + (i + 1), TextProblem.ofText(words.get(i)));
            TextProblem.refuse("labelled words", "tag of word " + (i + 1), TextProblem.ofLabel(tags.get(i)));
        }
    }

    LabelledWords tagged(int word, String tag) {
        List<String> changed = new ArrayList<>(tags);
        changed.set(word, tag);
        return new LabelledWords(words, changed);
    }

    /** The spans that the tags make, if they are in IOB2 or have no prefixes. */
    public List<WordSpan> spans() {
        return WordSpan.of(tags);
    }
}

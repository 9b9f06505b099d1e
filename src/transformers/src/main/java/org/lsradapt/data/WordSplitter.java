package org.lsradapt.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides a text into words as most data with a tag per word does: at white space, with each punctuation mark and symbol as a word. A
 * word may contain a single full stop, apostrophe, hyphen, {@code &}, {@code @} or {@code +} between letters or digits (<em>U.N</em>,
 * <em>don't</em>, <em>Anglo-Irish</em>), and a comma, colon or slash between digits (<em>3,500</em>). Each ideograph, and each character
 * of Hiragana and Katakana, is a word. Other scripts without spaces between words, such as Thai, are not divided.
 */
public final class WordSplitter {

    /**
     * The place of a word in a text.
     *
     * @param start the index of its first UTF-16 code unit
     * @param end the index after its last UTF-16 code unit
     */
    public record Word(int start, int end) {}

    private final String text;
    private final List<Word> words = new ArrayList<>();

    private WordSplitter(String text) {
        this.text = text;
    }

    /** Divides any text into words, in order; none of white space and control characters only. */
    public static List<Word> split(String text) {
        WordSplitter splitter = new WordSplitter(text);
        splitter.split();
        return splitter.words;
    }

    private void split() {
        int at = 0;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            int next = at + Character.charCount(c);
            if (isSpace(c)) {
                at = next;
                continue;
            }
            int end = isPart(c) && !isAlone(c) ? endOfWord(at) : endOfMarks(next);
            words.add(new Word(at, end));
            at = end;
        }
    }

    /** The end of the word that begins with a letter or digit. */
    private int endOfWord(int from) {
        int at = from;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            int next = at + Character.charCount(c);
            boolean part = isPart(c) && !isAlone(c);
            if (!part && !(at > from && joins(c, text.codePointBefore(at), next))) {
                return at;
            }
            at = next;
        }
        return at;
    }

    /** The index after combining marks, which belong to the preceding character. */
    private int endOfMarks(int from) {
        int at = from;
        while (at < text.length() && isMark(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at;
    }

    private boolean joins(int c, int before, int next) {
        if (next >= text.length()) {
            return false;
        }
        int after = text.codePointAt(next);
        boolean digits = Character.isDigit(before) && Character.isDigit(after);
        return isPart(before)
                && isPart(after)
                && !isAlone(after)
                && (".'\u2019-&@+".indexOf(c) >= 0 || (digits && ",:/".indexOf(c) >= 0));
    }

    private static boolean isPart(int c) {
        return Character.isLetterOrDigit(c) || c == '_' || isMark(c);
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
    }

    private static boolean isAlone(int c) {
        Character.UnicodeScript script = Character.UnicodeScript.of(c);
        return Character.isIdeographic(c)
                || script == Character.UnicodeScript.HIRAGANA
                || script == Character.UnicodeScript.KATAKANA;
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.isISOControl(c)
                || c == 0x200b
                || c == 0xfeff;
    }
}

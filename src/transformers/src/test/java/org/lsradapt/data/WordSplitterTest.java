package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WordSplitterTest {

    private static List<String> words(String text) {
        return WordSplitter.split(text).stream()
                .map(word -> text.substring(word.start(), word.end()))
                .toList();
    }

    @Test
    void punctuation_isAWordByItself_butInsideOfWords() {
        assertEquals(
                List.of("In", "the", "U.N", ".", ",", "Anglo-Irish", "don't", "pay", "$", "3,500.25", "."),
                words("In the U.N., Anglo-Irish don't pay $3,500.25."));
        assertEquals(
                List.of("(", "AT&T", ")", "-", "a@b.org", "10:30", "and", "/", "or"),
                words("(AT&T) - a@b.org 10:30 and/or"));
        assertEquals(List.of("Rome", ",", "Paris", "!", "!"), words("Rome,Paris!!"));
    }

    @Test
    void scriptsWithoutSpaces_andMarks() {
        assertEquals(List.of("\u5317", "\u4eac", "ab", "\u30ab"), words("\u5317\u4eacab\u30ab"));
        assertEquals(
                List.of("e\u0301te\u0301", "\ud83d\ude00", "x"), words("e\u0301te\u0301\ud83d\ude00\u00a0x\u200b"));
        assertEquals(List.of(), words(" \t\u00a0\n"));
    }

    /** No character but white space and control characters is lost, and words are in order and apart. */
    @Property(tries = 300)
    void everyCharacter_isInOneWord(@ForAll String text) {
        int at = 0;
        for (WordSplitter.Word word : WordSplitter.split(text)) {
            assertTrue(word.start() >= at && word.end() > word.start());
            assertEquals(List.of(), words(text.substring(at, word.start())));
            at = word.end();
        }
        assertEquals(List.of(), words(text.substring(at)));
        long kept = words(text).stream().mapToLong(String::length).sum();
        long spaces = text.codePoints()
                .filter(c -> Character.isWhitespace(c)
                        || Character.isSpaceChar(c)
                        || Character.isISOControl(c)
                        || c == 0x200b
                        || c == 0xfeff)
                .count();
        assertEquals(text.length(), kept + spaces);
    }
}

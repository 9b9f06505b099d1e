package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MarkedTextTest {

    @Test
    void mark_severalOccurrences_takesTheOneNearestToTheWord() {
        String text = "he said he thought he was";
        assertEquals("# he # said he thought he was", marked(text, "he", 0));
        assertEquals("he said # he # thought he was", marked(text, "he", 2));
        assertEquals("he said he thought # he # was", marked(text, "he", 4));
        // Off by one: "was" is nearer to the last.
        assertEquals("he said he thought # he # was", marked(text, "he", 5));
    }

    @Test
    void mark_insideAnotherWord_isNoOccurrence() {
        assertEquals("The theory: # he # slept", marked("The theory: he slept", "he", 0));
        assertFalse(new MarkedText("The theory").mark("he", 0, "#"));
        assertFalse(new MarkedText("éhe heé").mark("he", 0, "#"));
    }

    @Test
    void mark_punctuationAndPossessives_stayOutsideTheMarks() {
        assertEquals(
                "# Bob #'s dog, # it #.",
                new Marks("Bob's dog, it.").with("Bob", 0).with("it", 2).toString());
    }

    @Test
    void mark_spanWithPunctuationOfItsOwn_matchesWithOrWithoutIt() {
        assertEquals("give it to # them. # Now", marked("give it to them. Now", "them.", 3));
        assertEquals("give it to # them # , now", marked("give it to them , now", "them.", 3));
        assertEquals("the # U.S. # won", marked("the U.S. won", "U.S.", 1));
    }

    @Test
    void mark_otherCaseOrWhiteSpace_matches() {
        assertEquals("# The  Dog # ran", marked("The  Dog ran", "the dog", 0));
        assertEquals("see # the dog # run", marked("see the dog run", "the\ndog ", 1));
    }

    @Test
    void mark_patternCharacters_areOrdinary() {
        assertEquals("paid # $5 (each) # today", marked("paid $5 (each) today", "$5 (each)", 1));
        assertFalse(new MarkedText("abc").mark("a.c", 0, "#"));
    }

    @Test
    void mark_emptySpan_doesNotOccur() {
        assertFalse(new MarkedText("a b").mark(" ", 0, "#"));
        assertFalse(new MarkedText("a . b").mark("?", 0, "#"));
    }

    @Test
    void mark_oneSpanInsideTheOther_marksBoth() {
        MarkedText text = new MarkedText("his old dog barked");
        assertTrue(text.mark("his old dog", 0, "*"));
        assertTrue(text.mark("old", 1, "#"));
        assertEquals("* his # old # dog * barked", text.toString());
    }

    @Test
    void wordCount_countsWhatLiesBetweenSpaces() {
        assertEquals(3, new MarkedText("a b, c.").wordCount());
        assertEquals(3, new MarkedText("a  b").wordCount());
        assertEquals(1, new MarkedText("").wordCount());
    }

    private static String marked(String text, String span, int word) {
        return new Marks(text).with(span, word).toString();
    }

    /** Marks spans that must occur. */
    private record Marks(MarkedText text) {
        Marks(String text) {
            this(new MarkedText(text));
        }

        Marks with(String span, int word) {
            assertTrue(text.mark(span, word, "#"), span);
            return this;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}

package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;

class BoundedPatternTest {

    @Test
    void matches_wholeTextsOnly() {
        BoundedPattern pattern = BoundedPattern.compile("layer\\.(\\d)\\.\\1");
        assertTrue(pattern.matches("layer.3.3"));
        assertFalse(pattern.matches("layer.3.4"));
        assertFalse(pattern.matches("layer.3.3.dense"));
        assertEquals("layer\\.(\\d)\\.\\1", pattern.toString());
        assertThrows(PatternSyntaxException.class, () -> BoundedPattern.compile("("));
    }

    @Test
    void matches_nestedRepetition_isRefused() {
        String name = "a".repeat(60) + "!";
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> BoundedPattern.compile("((a*)*b?)*").matches(name));
        assertEquals(
                "regular expression '((a*)*b?)*': matching '" + name + "' takes more than 1000000 steps, expected an"
                        + " expression without nested repetitions",
                e.getMessage());
    }

    @Test
    void matches_eachTextHasStepsOfItsOwn() {
        BoundedPattern pattern = BoundedPattern.compile("[a-z]*x");
        String name = "a".repeat(200_000);
        for (int i = 0; i < 4; i++) {
            assertFalse(pattern.matches(name));
        }
    }

    @Test
    void matches_deepRecursion_isRefused() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> BoundedPattern.compile("(a|b)*c").matches("ab".repeat(100_000)));
        assertTrue(e.getCause() instanceof StackOverflowError, String.valueOf(e.getCause()));
    }
}

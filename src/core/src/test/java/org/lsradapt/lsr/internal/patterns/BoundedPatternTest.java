package org.lsradapt.lsr.internal.patterns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions compared with java.util.regex, and those that it does not come to an end with. */
class BoundedPatternTest {

    private static final String PATH = "encoder.layer.10.attention.self.query";

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\0',
            value = {
                "encoder\\.layer\\.[0-9]+\\..*\\.(query|value) ; true",
                "encoder\\.layer\\.[0-9]\\..*\\.(query|value) ; false",
                "(.*\\.)?(query)$ ; true",
                "(?!.*\\.1\\.).*query ; true",
                "(?!.*\\.10\\.).*query ; false",
                "^encoder.*(?=query)\\w{5} ; true",
            })
    void matches_pathsOfLayers(String expression, boolean expected) {
        assertEquals(expected, BoundedPattern.compile(expression).matches(PATH));
        assertEquals(expected, PATH.matches(expression));
    }

    /** Without a bound they take seconds to forever. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(.*.*.*.*.*.*)*x",
                "(.*)*(.*)*(.*)*x",
                "((a*)*)*x",
                "(.*a?b?){40}!",
                "(?!(.*.*)*x).*!",
                "(\\w+\\.?)+-",
                ".*(?=.*(?=.*(?=.*y)))",
                ".*(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)(a?|b?)z"
            })
    void matches_whatReadsForEver_isRefusedOrEnds(String expression) {
        BoundedPattern pattern = BoundedPattern.compile(expression);
        try {
            assertFalse(pattern.matches(PATH));
        } catch (IllegalArgumentException e) {
            assertEquals(
                    "regular expression '" + expression + "': matching '" + PATH + "' takes more than 100000 steps,"
                            + " expected a shorter expression or one without repetitions in lookaheads",
                    e.getMessage());
        }
    }

    @Test
    void matches_stepsOfSeveralMatches_areCountedTogether() {
        BoundedPattern.Steps steps = new BoundedPattern.Steps(1000);
        BoundedPattern pattern = BoundedPattern.compile("[a-z]*x");
        assertEquals("[a-z]*x", pattern.toString());
        assertFalse(pattern.matches("a".repeat(400), steps));
        assertThrows(IllegalArgumentException.class, () -> pattern.matches("a".repeat(400), steps));
        for (int i = 0; i < 4; i++) {
            assertFalse(pattern.matches("a".repeat(8000)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "( | '(' is not a regular expression: Unclosed group at character 2",
                "[a | '[a' is not a regular expression: Unclosed character class at character 2",
                "*a | '*a' is not a regular expression: Dangling meta character '*' at character 1",
            })
    void compile_whatIsNone_isRefusedWithItsPlace(String expression, String message) {
        assertEquals(message, refusal(expression));
    }

    /** Java's matching of them takes long without reading a character, so that reads bound nothing. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(){99}",
                "(?:){2}",
                "((|a){99}){99}$",
                "(a||b)",
                "(a|)*",
                "((a{0}){99999}){99999}",
                "(a{0}){1,99999}",
                "(a)\\1",
                "(?<=a)b",
                "(?i)a"
            })
    void compile_whatMatchesWithoutReading_isRefused(String expression) {
        String refusal = refusal(expression);
        assertTrue(refusal.startsWith("regular expression '" + expression + "': "), refusal);
        assertTrue(refusal.endsWith(", expected " + CommonSyntax.EXPECTED), refusal);
    }

    @Test
    void compile_whatPythonReadsOtherwise_isRefusedWithItsPlace() {
        assertEquals(
                "regular expression '[a-z&&[^q]]+': '&' at character 5 may mean something else in Python, expected "
                        + CommonSyntax.EXPECTED,
                refusal("[a-z&&[^q]]+"));
        assertEquals(
                "regular expression 'a|()': an empty alternative or group ends at character 4, expected "
                        + CommonSyntax.EXPECTED,
                refusal("a|()"));
    }

    @Test
    void compile_tooLongOrTooDeep_isRefused() {
        assertEquals(
                "regular expression '" + "a".repeat(100) + "...' has 10001 characters, expected at most 10000",
                refusal("a".repeat(10_001)));
        String deep = "(".repeat(4999) + "a" + ")".repeat(4999);
        try {
            assertTrue(BoundedPattern.compile(deep).matches("a"));
        } catch (IllegalArgumentException e) {
            assertTrue(
                    e.getMessage().startsWith("'((((") || e.getMessage().contains("takes more than"), e.getMessage());
        }
    }

    private static String refusal(String expression) {
        return assertThrows(IllegalArgumentException.class, () -> BoundedPattern.compile(expression))
                .getMessage();
    }
}

package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions compared with java.util.regex, and those that it does not come to an end with. */
class BoundedPatternTest {

    private static final String PATH = "encoder.layer.10.attention.self.query";
    private static final List<String> ATOMS = List.of(
            "a",
            "b",
            "1",
            ".",
            "\\.",
            "\\d",
            "\\w",
            "\\W",
            "\\s",
            "\\S",
            "\\D",
            "[ab]",
            "[^a]",
            "[a-c1]",
            "[\\d.]",
            "[^\\w]",
            "[a\\-1]",
            "[a-]",
            "[-a]",
            "_",
            "-",
            "\u00e9",
            "\ud83d\ude00",
            "^",
            "$");
    private static final List<String> REPETITIONS =
            List.of("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}", "*?", "+?", "??", "{1,3}?");
    private static final List<String> CHARACTERS =
            List.of("a", "b", "c", "1", ".", "-", "_", " ", "\u00e9", "\ud83d\ude00", "\n");

    private static String expression(Random random, int depth) {
        StringBuilder expression = new StringBuilder();
        int parts = random.nextInt(4);
        for (int i = 0; i < parts; i++) {
            if (depth > 0 && random.nextInt(3) == 0) {
                String inside = expression(random, depth - 1);
                String group = List.of("(", "(?:", "(?=", "(?!").get(random.nextInt(4));
                expression.append(group).append(inside).append(')');
                if (group.contains("=") || group.contains("!")) {
                    continue;
                }
            } else {
                String atom = ATOMS.get(random.nextInt(ATOMS.size()));
                expression.append(atom);
                if (atom.equals("^") || atom.equals("$")) {
                    continue;
                }
            }
            expression.append(REPETITIONS.get(random.nextInt(REPETITIONS.size())));
            if (random.nextInt(8) == 0) {
                expression.append('|');
            }
        }
        return expression.toString();
    }

    @Test
    void matches_isWhatJavaSays() {
        Random random = new Random(Long.getLong("lsradapt.test.seed", 20260101L));
        int matching = 0;
        for (int i = 0; i < 4000; i++) {
            String expression = expression(random, 3);
            Pattern java = Pattern.compile(expression);
            BoundedPattern bounded = BoundedPattern.compile(expression);
            for (int j = 0; j < 15; j++) {
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(5); n > 0; n--) {
                    text.append(CHARACTERS.get(random.nextInt(CHARACTERS.size())));
                }
                // Java's $ also matches before a line feed at the end.
                if (expression.contains("$") && text.indexOf("\n") >= 0) {
                    continue;
                }
                boolean expected = java.matcher(text).matches();
                matching += expected ? 1 : 0;
                assertEquals(expected, bounded.matches(text.toString()), expression + " of '" + text + "'");
            }
        }
        assertTrue(matching > 1000, matching + " matched");
    }

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

    /** Java takes seconds to forever for each. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(){2147483647}",
                "((){999999999}){999999999}",
                "(.*.*.*.*.*.*)*x",
                "(.*)*(.*)*(.*)*x",
                "((a*)*)*x",
                "(a?){999999999}x"
            })
    @Timeout(5)
    void matches_whatJavaTakesForeverFor_ends(String expression) {
        if (expression.contains("2147483647")) {
            assertThrows(IllegalArgumentException.class, () -> BoundedPattern.compile(expression));
            return;
        }
        assertFalse(BoundedPattern.compile(expression).matches(PATH));
    }

    @Test
    @Timeout(5)
    void matches_choicesWithoutACharacter_end() {
        assertFalse(BoundedPattern.compile("(|)".repeat(60) + "$").matches(PATH));
        assertFalse(BoundedPattern.compile(".*" + "(a?|b?)".repeat(60) + "z").matches(PATH));
    }

    @Test
    void matches_moreThanItsSteps_isRefused() {
        String expression = ".*(?=.*(?=.*(?=.*y)))";
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> BoundedPattern.compile(expression).matches(PATH))
                .getMessage();
        assertEquals(
                "regular expression '" + expression + "': matching '" + PATH + "' takes more than 100000 steps,"
                        + " expected a shorter expression or one without repetitions in lookaheads",
                message);
    }

    @Test
    void matches_eachMatchHasStepsOfItsOwn() {
        BoundedPattern pattern = BoundedPattern.compile("[a-z]*x");
        assertEquals("[a-z]*x", pattern.toString());
        for (int i = 0; i < 4; i++) {
            assertFalse(pattern.matches("a".repeat(8000)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "( | '(' is not a regular expression: a ( without a ) at character 2",
                "a) | 'a)' is not a regular expression: a ) without a ( at character 2",
                "[a | '[a' is not a regular expression: a [ without a ] at character 3",
                "a\\ | 'a\\' is not a regular expression: a \\ with nothing behind it at character 2",
                "*a | '*a' is not a regular expression: a repetition of nothing at character 1",
                "a** | 'a**' is not a regular expression: a repetition of a repetition at character 3",
                "a{3,2} | 'a{3,2}' is not a regular expression: a repetition of 3 to 2 times at character 7",
                "[b-a] | '[b-a]' is not a regular expression: a range that is none at character 4",
                "(?<=a)b | regular expression '(?<=a)b': a group of another kind than (...), (?:...), (?=...) or (?!...) at character 2 is not supported",
                "(a)\\1 | regular expression '(a)\\1': \\1 at character 4 is not supported",
                "[a&&b] | regular expression '[a&&b]': a class in a class, or one that begins with ], at character 3 is not supported",
            })
    void compile_whatIsNoneOrNotSupported_isRefusedWithItsPlace(String expression, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> BoundedPattern.compile(expression))
                        .getMessage());
    }

    @Test
    void matches_longClass_countsEachOfItsParts() {
        String characters = "\\d".repeat(3000);
        assertFalse(BoundedPattern.compile("[" + characters + "]").matches(PATH));
        assertTrue(BoundedPattern.compile("[^" + characters + "]").matches("a"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> BoundedPattern.compile(".*[" + characters + "]").matches(PATH))
                .getMessage();
        assertTrue(
                message.startsWith("regular expression '.*[" + characters.substring(0, 97) + "...': matching"),
                message);
    }

    @Test
    void compile_groupsInGroups_endAtAHundred() {
        assertTrue(
                BoundedPattern.compile("(".repeat(100) + "a" + ")".repeat(100)).matches("a"));
        String deep = "(".repeat(100_000) + ")".repeat(100_000);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> BoundedPattern.compile(deep))
                .getMessage()
                .endsWith("a group deeper than 100 at character 101 is not supported"));
    }
}

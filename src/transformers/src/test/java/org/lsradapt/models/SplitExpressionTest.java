package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitExpressionTest {

    /** As they stand in the files of GPT-2, CLIP, Llama 3, Qwen 2, cl100k, o200k, Tekken, Falcon, BLOOM and DeepSeek. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                        + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[0-9][0-9][0-9]",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "\\s?[!-/:-~！-／：-～‘-‟　-。]+",
                "\\s+$",
                "[\\r\\n]",
                "[\\p{P}\\$\\+<=>\\^~\\|]+",
                "\\p{N}+",
                "\\d",
                " {2,}",
                "\\s{2,}|[\\n\\r\\t]",
                "[一-龥ࠀ-一가-퟿]+"
            })
    void requireLinear_knownModels_areAccepted(String expression) {
        assertDoesNotThrow(() -> SplitExpression.requireLinear(expression));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "(a+)+b; a group other than",
                "(?:a|aa)*b; a group that repeats",
                "(?:a+)b; a part of any length inside a group",
                "a*b; a part that must follow one of any length",
                "\\s*[\\r\\n]+; a part that must follow one of any length",
                "\\s*[\\r\\n]+|x|\\s+; a part that must follow one of any length",
                "a+(?=b); a group other than",
                "(?<!a)b; a group other than",
                "a\\1; an escape other than",
                "\\X+; an escape other than",
                "\\; an escape other than",
                "a**; a repetition of a repetition",
                "a{2}{3}; a repetition of a repetition",
                "a{1,1001}; a repetition that ends before it begins or of more than 1000",
                "a{3,2}; a repetition that ends before it begins or of more than 1000",
                "a{9; a repetition other than",
                "a{0,9}a{0,9}a{0,9}b; an alternative that matches in 1000 ways",
                "(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)b; an alternative that matches in 512",
                "a?; an alternative that matches nothing",
                "a||b; an alternative that matches nothing",
                "^a; '^' as a character of its own",
                "a+$; '$' as a character of its own",
                "[a; a '[' without ']'",
                "[]a]+; an intersection or an empty class",
                "[a&&b]; an intersection or an empty class",
                "(?:a; a '(' without ')'",
                "a)b; a ')' without '('",
                "\\p{L; an incomplete property"
            })
    void requireLinear_whatMayGoBack_isRefused(String expression, String what) {
        String message = assertThrows(IllegalArgumentException.class, () -> SplitExpression.requireLinear(expression))
                .getMessage();
        assertTrue(message.contains(" has at character ") && message.contains(what), message);
    }

    @Test
    void requireLinear_longExpression_isRefused() {
        assertEquals(
                "expression has 20001 characters, expected at most 20000",
                assertThrows(IllegalArgumentException.class, () -> SplitExpression.requireLinear("a".repeat(20_001)))
                        .getMessage());
    }

    /** Of 2,500 classes the native library ended the process, of 2,000 groups the check its stack. */
    @ParameterizedTest
    @CsvSource({"(?:,a,), a group deeper than 20", "[a,b,], a class deeper than 20"})
    void requireLinear_deepExpression_isRefused(String open, String inside, String close, String what) {
        SplitExpression.requireLinear(open.repeat(20) + inside + close.repeat(20));
        for (int depth : new int[] {21, 2500, 4900}) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> SplitExpression.requireLinear(open.repeat(depth) + inside + close.repeat(depth)))
                    .getMessage();
            assertTrue(message.contains(" has at character ") && message.contains(what), message);
        }
    }

    @Test
    void requireSpaces_longClass_isAccepted() {
        SplitExpression.requireSpaces("[" + " ".repeat(19_000) + "]{2,}");
    }

    @Test
    void requireSpaces_letters_areRefused() {
        SplitExpression.requireSpaces(" {2,}");
        SplitExpression.requireSpaces("\\s{2,}|[\\n\\r\\t]");
        assertEquals(
                "expression \"\\w+\" matches more than white space, which none of a known model does",
                assertThrows(IllegalArgumentException.class, () -> SplitExpression.requireSpaces("\\w+"))
                        .getMessage());
        for (String letters : new String[] {"[^ ]", "[ a]", ".", "\\S", "(?i: |x)"}) {
            assertThrows(IllegalArgumentException.class, () -> SplitExpression.requireSpaces(letters), letters);
        }
    }
}

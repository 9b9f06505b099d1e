package org.lsradapt.models.internal.tokenizers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitPatternTest {

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
    void checked_knownModels_areAccepted(String expression) {
        assertDoesNotThrow(() -> SplitPattern.checked(expression));
    }

    /** Of such expressions the native library ended the process or did not end, for most of them with a text of 30,000 characters. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+b",
                "(?:a|aa)*b",
                "(?:a+)b",
                "a*b",
                "\\s*[\\r\\n]+",
                "\\s*[\\r\\n]+|x|\\s+",
                "a+(?=b)",
                "(?<!a)b",
                "a\\1",
                "\\X+",
                "\\",
                "a**",
                "a{2}{3}",
                "a{1,1001}",
                "a{0,9}a{0,9}a{0,9}b",
                "(?:a|aa)(?:a|aa)b",
                "^a",
                "a+$",
                "[a",
                "[]a]+",
                "(?:a",
                "a)b",
                "\\p{L"
            })
    void checked_whatMayGoBack_isRefused(String expression) {
        assertEquals(
                "found expression \"" + expression
                        + "\", expected one that cannot go back over a text, or a known model's",
                assertThrows(IllegalArgumentException.class, () -> SplitPattern.checked(expression))
                        .getMessage());
    }

    /** Of 2,500 classes the native library ended the process. */
    @ParameterizedTest
    @CsvSource({"(?:,)", "[,]"})
    void checked_deepOrLongExpression_isRefusedSoon(String open, String close) {
        for (String expression :
                new String[] {open.repeat(2500) + "a" + close.repeat(2500), "a*|".repeat(1600) + "(", "a".repeat(5001)
                }) {
            assertThrows(IllegalArgumentException.class, () -> SplitPattern.checked(expression));
        }
        SplitPattern.checked("a*|".repeat(1600) + "b");
    }

    @Test
    void checkedReplaced_letters_areRefused() {
        for (String allowed : new String[] {
            " {2,}",
            "\\s+",
            "\\s{2,}|[\\n\\r\\t]",
            "[" + " ".repeat(4000) + "]{2,}",
            "[!\"#$%&'()*+,-./:;<=>?@\\[\\\\\\]^_`{|}~]",
            "[\\!\\-]+"
        }) {
            SplitPattern.checkedReplaced(allowed);
        }
        assertEquals(
                "found expression \"\\w+\", expected one that matches white space or punctuation alone, as those of known models do",
                assertThrows(IllegalArgumentException.class, () -> SplitPattern.checkedReplaced("\\w+"))
                        .getMessage());
        for (String letters : new String[] {
            "[^ ]",
            "[ a]",
            ".",
            "\\S",
            "(?i: |x)",
            "( +)+x",
            " *",
            "",
            "[^!]",
            "[!-~]",
            "[!&&?]",
            "[!a]",
            "[[:alpha:]]",
            "[\\w!]"
        }) {
            assertThrows(IllegalArgumentException.class, () -> SplitPattern.checkedReplaced(letters), letters);
        }
    }
}

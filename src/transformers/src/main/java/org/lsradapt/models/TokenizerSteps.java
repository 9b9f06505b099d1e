package org.lsradapt.models;

import static org.lsradapt.models.TokenizerCheck.LONGEST_WORD;
import static org.lsradapt.models.TokenizerCheck.between;
import static org.lsradapt.models.TokenizerCheck.boundedText;
import static org.lsradapt.models.TokenizerCheck.meant;
import static org.lsradapt.models.TokenizerCheck.oneCharacter;
import static org.lsradapt.models.TokenizerCheck.unknown;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.lsradapt.io.JsonFields;

/** What a {@code tokenizer.json} does with a text, step by step, before and behind its model; see {@link TokenizerCheck}. */
final class TokenizerSteps {

    private static final int MOST_STEPS = 32;

    /** How many times as long all steps together may make a text. */
    private static final long MOST_GROWTH = 64;

    private static final Set<String> BEHAVIORS =
            Set.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    /** Normalizers that leave something of any text that is not empty. */
    private static final Set<String> KEEPING =
            Set.of("Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "ByteLevel");

    private int steps;
    private long growth = 1;
    private boolean keeping = true;
    private boolean precompiled;

    /** Whether they surely leave something of a text. */
    boolean leaveSomethingOf(String text) {
        return keeping || hasLetter(text);
    }

    /** Whether a text has a letter or digit that these steps leave one, whatever else they do. */
    boolean hasLetter(String text) {
        return precompiled
                ? text.chars().anyMatch(TokenizerSteps::isAsciiLetterOrDigit)
                : text.codePoints().anyMatch(TokenizerSteps::isPlainLetterOrDigit);
    }

    private void sequence(JsonFields sequence, String name, TokenizerCheck.Part part) throws IOException {
        for (JsonFields step : sequence.objects(name)) {
            part.check(step);
        }
        if (steps > MOST_STEPS) {
            throw sequence.failure(name, "has more than " + MOST_STEPS + " parts");
        }
    }

    private void grow(JsonFields part, long factor) throws IOException {
        growth *= factor;
        if (growth > MOST_GROWTH) {
            throw part.failure("makes a text, with those before it, more than " + MOST_GROWTH + " times as long");
        }
    }

    /** A section {@code normalizer}. */
    void normalizer(JsonFields part) throws IOException {
        steps++;
        String type = part.text("type");
        keeping &= KEEPING.contains(type);
        switch (type) {
            case "Sequence" -> sequence(part, "normalizers", this::normalizer);
            case "BertNormalizer" -> {
                part.flag("clean_text");
                part.flag("handle_chinese_chars");
                part.flag("strip_accents", false);
                part.flag("lowercase");
            }
            case "Strip" -> {
                part.flag("strip_left");
                part.flag("strip_right");
            }
            case "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Nmt" -> {}
            case "Precompiled" -> {
                precompiled = true;
                meant(part, "precompiled_charsmap", CharsMap::require);
            }
            case "Replace" -> replace(part);
            case "Prepend" -> boundedText(part, "prepend", 1);
            case "ByteLevel" -> grow(part, 2);
            default ->
                throw unknown(
                        part,
                        type,
                        "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend,"
                                + " Replace, Sequence, Strip, StripAccents");
        }
    }

    /** A text that stands for another; letters and digits stay some, see {@link CharsMap}. */
    private void replace(JsonFields part) throws IOException {
        String content = boundedText(part, "content", 0);
        String pattern = pattern(part, SplitExpression::requireSpaces);
        keeping &= !content.isEmpty();
        if (pattern.chars().anyMatch(Character::isLetterOrDigit)
                && content.chars().noneMatch(TokenizerSteps::isAsciiLetterOrDigit)) {
            throw part.failure(
                    "replaces \"" + pattern + "\" by \"" + content + "\", expected a letter or digit in both");
        }
        int shortest = Math.max(1, pattern.codePointCount(0, pattern.length()));
        grow(part, Math.max(1, -Math.floorDiv(-content.codePointCount(0, content.length()), shortest)));
    }

    /** The string of a pattern; empty if it is an expression. */
    private static String pattern(JsonFields part, Consumer<String> expression) throws IOException {
        JsonFields pattern = part.object("pattern");
        if (pattern.names().equals(List.of("Regex"))) {
            meant(pattern, "Regex", expression);
            return "";
        }
        if (pattern.names().equals(List.of("String"))) {
            return boundedText(pattern, "String", 1);
        }
        throw part.failure("pattern", "has " + pattern.names() + ", expected \"String\" or \"Regex\"");
    }

    /** A section {@code pre_tokenizer}. */
    void preTokenizer(JsonFields part) throws IOException {
        steps++;
        String type = part.text("type");
        switch (type) {
            case "Sequence" -> sequence(part, "pretokenizers", this::preTokenizer);
            case "BertPreTokenizer", "Whitespace", "WhitespaceSplit" -> {}
            case "ByteLevel" -> {
                byteLevel(part);
                grow(part, 2);
            }
            case "Metaspace" -> metaspace(part);
            case "Digits" -> part.flag("individual_digits");
            case "Punctuation" -> behavior(part, "Isolated");
            case "Split" -> {
                pattern(part, SplitExpression::requireLinear);
                part.flag("invert");
                behavior(part, "");
            }
            case "FixedLength" -> between(part, "length", part.integer("length", 5), 1, LONGEST_WORD);
            default ->
                throw unknown(
                        part,
                        type,
                        "BertPreTokenizer, ByteLevel, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split,"
                                + " Whitespace, WhitespaceSplit");
        }
    }

    static void byteLevel(JsonFields part) throws IOException {
        part.flag("add_prefix_space");
        part.flag("trim_offsets");
        part.flag("use_regex", true);
    }

    private static void metaspace(JsonFields part) throws IOException {
        oneCharacter(part, "replacement");
        part.flag("add_prefix_space", true);
        part.flag("split", true);
        String scheme = part.text("prepend_scheme", "always");
        if (!List.of("always", "first", "never").contains(scheme)) {
            throw part.failure("prepend_scheme", "found \"" + scheme + "\", expected always, first or never");
        }
    }

    private static void behavior(JsonFields part, String otherwise) throws IOException {
        String behavior = part.text("behavior", otherwise);
        if (!BEHAVIORS.contains(behavior)) {
            throw part.failure(
                    "behavior",
                    "found \"" + behavior + "\", expected one of "
                            + String.join(", ", BEHAVIORS.stream().sorted().toList()));
        }
    }

    /** A section {@code decoder}. */
    void decoder(JsonFields part) throws IOException {
        steps++;
        String type = part.text("type");
        switch (type) {
            case "Sequence" -> sequence(part, "decoders", this::decoder);
            case "ByteFallback", "Fuse" -> {}
            case "ByteLevel" -> byteLevel(part);
            case "Metaspace" -> metaspace(part);
            case "WordPiece" -> {
                boundedText(part, "prefix", 0);
                part.flag("cleanup");
            }
            case "BPEDecoder" -> boundedText(part, "suffix", 1);
            case "Replace" -> replace(part);
            case "Strip" -> {
                oneCharacter(part, "content");
                between(part, "start", part.integer("start"), 0, LONGEST_WORD);
                between(part, "stop", part.integer("stop"), 0, 0);
            }
            default ->
                throw unknown(
                        part,
                        type,
                        "BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece");
        }
    }

    private static boolean isAsciiLetterOrDigit(int c) {
        return c < 0x80 && Character.isLetterOrDigit(c);
    }

    /** Not those that stand for a mark alone. */
    private static boolean isPlainLetterOrDigit(int c) {
        int type = Character.getType(c);
        return type == Character.UPPERCASE_LETTER
                || type == Character.LOWERCASE_LETTER
                || type == Character.OTHER_LETTER
                || type == Character.DECIMAL_DIGIT_NUMBER;
    }
}

package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Checks a {@code tokenizer.json} for content that ends the process or takes unbounded time in the native library,
 * version 0.21. Content that the library itself refuses is left to it. Fields are checked in every step, whatever its
 * {@code type}, since the library also reads steps without one. Padding and truncation are switched off before the first text.
 */
final class TokenizerCheck {

    private static final int MOST_STEPS = 32;

    /** The largest factor by which all steps together may lengthen a text. */
    private static final double MOST_GROWTH = 64;

    /** The longest word that a WordPiece model divides, in characters. */
    private static final int LONGEST_WORD = 1000;

    /** The limit in bytes of UTF-8. */
    private static final int LONGEST_TOKEN = 1024;

    /** The library compares each added token with each. */
    private static final int MOST_ADDED = 20_000;

    private static final int MOST_SPECIAL = 100;

    /** Normalizers that never make a text empty. */
    private static final Set<String> KEEPING =
            Set.of("Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "ByteLevel");

    private final String location;
    private final JsonFields root;
    private final int vocabulary;
    private int steps;
    private double growth;
    private boolean keeping = true;
    private boolean precompiled;

    private TokenizerCheck(String location, JsonNode json, Transformer model) {
        this.location = location;
        root = new JsonFields(location, json);
        vocabulary = model.vocabulary();
    }

    /** Checks a whole file for content that is known to be unsafe, and tokens outside the model's vocabulary. */
    static void check(String location, JsonNode json, Transformer model) throws IOException {
        new TokenizerCheck(location, json, model).check(json.path("model").path("vocab"));
    }

    private void check(JsonNode vocab) throws IOException {
        for (String section : List.of("decoder", "pre_tokenizer", "normalizer")) {
            steps = 0;
            growth = 1;
            if (!root.isAbsent(section)) {
                step(root.object(section), section.equals("normalizer"));
            }
        }
        model(root.object("model"), vocab);
        if (!root.isAbsent("added_tokens")) {
            added(root.objects("added_tokens"));
        }
        if (!root.isAbsent("post_processor")) {
            processors(root.object("post_processor"));
        }
    }

    private void step(JsonFields step, boolean normalizes) throws IOException {
        if (++steps > MOST_STEPS) {
            throw step.failure("is more than the " + MOST_STEPS + "th part");
        }
        String type = step.text("type", "");
        if (type.equals("Precompiled") || step.has("precompiled_charsmap")) {
            step.meaning("precompiled_charsmap", CharsMap::checked);
            precompiled = true;
        }
        if (step.isObject("pattern")) {
            pattern(step, step.object("pattern"));
        }
        if (type.equals("ByteLevel")) {
            grow(step, 2);
        }
        if (type.equals("Prepend") && step.text("prepend").isEmpty()) {
            throw step.failure("prepend", "is empty, expected a text");
        }
        if (step.integer("length", 1) < 1) {
            throw step.failure("length", "found " + step.integer("length") + ", expected at least 1");
        }
        if (step.integer("stop", 0) != 0) {
            throw step.failure("stop", "found " + step.integer("stop") + ", expected 0");
        }
        keeping &= !normalizes || KEEPING.contains(type);
        for (String inner : List.of("normalizers", "pretokenizers", "decoders")) {
            if (step.has(inner)) {
                for (JsonFields part : step.objects(inner)) {
                    step(part, normalizes);
                }
            }
        }
    }

    /** Checks a pattern for splitting or replacing. It may not match letters or digits, so that no token becomes empty. */
    private void pattern(JsonFields step, JsonFields pattern) throws IOException {
        boolean replaces = step.has("content");
        if (pattern.has("Regex")) {
            pattern.meaning("Regex", replaces ? SplitPattern::checkedReplaced : SplitPattern::checked);
        }
        if (!replaces) {
            return;
        }
        String content = step.text("content");
        String text = pattern.text("String", "");
        if (pattern.has("String") && text.isEmpty()) {
            throw step.failure("pattern", "is an empty text, which the library finds inside of characters");
        }
        if (text.chars().anyMatch(Character::isLetterOrDigit)
                && content.chars().noneMatch(TokenizerCheck::isAsciiLetterOrDigit)) {
            throw step.failure("replaces \"" + text + "\" by \"" + content + "\", expected a letter or digit in both");
        }
        keeping &= !content.isEmpty();
        grow(step, Math.max(1, (double) content.length() / Math.max(1, text.length())));
    }

    private void grow(JsonFields step, double factor) throws IOException {
        growth *= factor;
        if (growth > MOST_GROWTH) {
            throw step.failure("makes a text, with those before it, more than " + (int) MOST_GROWTH + " times as long");
        }
    }

    private void model(JsonFields model, JsonNode vocab) throws IOException {
        if (model.number("max_input_chars_per_word", 0) > LONGEST_WORD) {
            throw model.failure("max_input_chars_per_word", "found more than " + LONGEST_WORD);
        }
        String prefix = model.text("continuing_subword_prefix", "");
        if (model.has("merges") && !prefix.isEmpty()) {
            throw model.failure("continuing_subword_prefix", "found \"" + prefix + "\", expected null or empty");
        }
        int id = 0;
        for (JsonNode scored : vocab.isArray() ? vocab : List.<JsonNode>of()) {
            requireToken(scored.path(0).asText(), id++);
        }
        for (Map.Entry<String, JsonNode> token : vocab.properties()) {
            requireToken(token.getKey(), token.getValue().asLong(-1));
        }
    }

    /** Refuses an id outside the model's vocabulary, and a token that is too long. */
    private void requireToken(String text, long id) throws IOException {
        if (id < 0 || id >= vocabulary) {
            throw new IOException(location + ": token '" + text + "' has id " + id + ", the model's vocabulary ends at "
                    + (vocabulary - 1));
        }
        if (text.length() > LONGEST_TOKEN / 4 && text.getBytes(StandardCharsets.UTF_8).length > LONGEST_TOKEN) {
            throw new IOException(location + ": token " + id + " has more than " + LONGEST_TOKEN + " bytes");
        }
    }

    /** Checks added tokens. The library searches texts for them; it would find one that becomes empty inside characters. */
    private void added(List<JsonFields> tokens) throws IOException {
        if (tokens.size() > MOST_ADDED) {
            throw root.failure("added_tokens", "has " + tokens.size() + ", expected at most " + MOST_ADDED);
        }
        for (JsonFields token : tokens) {
            String content = token.text("content");
            requireToken(content, token.longInteger("id"));
            boolean normalized = token.flag("normalized", true);
            if (normalized && !content.isEmpty() && !keeping && !keepsLetter(content)) {
                throw token.failure(
                        "content",
                        "found \"" + content
                                + "\", expected a letter or digit, of which \"normalizer\" leaves something");
            }
            boolean visible =
                    normalized ? keepsLetter(content) : !content.codePoints().allMatch(TokenizerCheck::isSpace);
            for (String side : List.of("lstrip", "rstrip")) {
                if (token.flag(side, false) && !visible) {
                    throw token.failure(
                            side, "found true for \"" + content + "\", expected a token with a letter or digit");
                }
            }
        }
    }

    /** Whether a letter or digit of the text survives any normalizer. */
    private boolean keepsLetter(String text) {
        return text.codePoints()
                .anyMatch(precompiled ? TokenizerCheck::isAsciiLetterOrDigit : TokenizerCheck::isLetter);
    }

    /** Checks post-processors. The last one alone adds special tokens: another after it would count them as texts. */
    private void processors(JsonFields processor) throws IOException {
        List<JsonFields> parts = new ArrayList<>();
        flatten(processor, parts);
        for (int i = 0; i < parts.size(); i++) {
            if (i < parts.size() - 1 && !parts.get(i).text("type", "").equals("ByteLevel")) {
                throw parts.get(i + 1)
                        .failure("follows the step that adds special tokens, expected that to be the last");
            }
            if (parts.get(i).has("single")) {
                template(parts.get(i));
            }
        }
    }

    private static void flatten(JsonFields processor, List<JsonFields> parts) throws IOException {
        if (!processor.has("processors")) {
            parts.add(processor);
            return;
        }
        for (JsonFields part : processor.objects("processors")) {
            flatten(part, parts);
        }
    }

    private static void template(JsonFields part) throws IOException {
        JsonFields tokens = part.object("special_tokens");
        for (String name : tokens.names()) {
            JsonFields token = tokens.object(name);
            List<Integer> ids = token.integers("ids");
            if (ids.size() != token.texts("tokens").size() || ids.size() > MOST_SPECIAL) {
                throw token.failure(
                        "ids", "has " + ids.size() + ", expected one for each of \"tokens\", at most " + MOST_SPECIAL);
            }
        }
        for (String template : List.of("single", "pair")) {
            List<String> texts = new ArrayList<>();
            List<JsonFields> pieces = part.objects(template);
            if (pieces.size() > MOST_SPECIAL) {
                throw part.failure(template, "has " + pieces.size() + " parts, expected at most " + MOST_SPECIAL);
            }
            for (JsonFields piece : pieces) {
                if (piece.has("Sequence")) {
                    texts.add(piece.object("Sequence").text("id"));
                    continue;
                }
                JsonFields special = piece.object("SpecialToken");
                if (!tokens.has(special.text("id"))) {
                    throw special.failure(
                            "id", "found \"" + special.text("id") + "\", which \"special_tokens\" has not");
                }
            }
            List<String> expected = template.equals("single") ? List.of("A") : List.of("A", "B");
            if (!texts.stream().sorted().toList().equals(expected)) {
                throw part.failure(template, "has texts " + texts + ", expected each of " + expected + " once");
            }
        }
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static boolean isAsciiLetterOrDigit(int c) {
        return c < 0x80 && Character.isLetterOrDigit(c);
    }

    /** Letters and digits. Modifier and titlecase letters do not count; some stand for a mark alone. */
    private static boolean isLetter(int c) {
        int type = Character.getType(c);
        return type != Character.MODIFIER_LETTER && type != Character.TITLECASE_LETTER && Character.isLetterOrDigit(c);
    }
}

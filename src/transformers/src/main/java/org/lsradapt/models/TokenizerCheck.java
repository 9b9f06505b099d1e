package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.function.Consumer;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Looks at a {@code tokenizer.json} before the native library sees it, which ends the process where it meets what it
 * does not expect. Parts and parameters that BERT, RoBERTa, XLM-R, DeBERTa, GPT-2, LLaMA and their like use are allowed,
 * as the library's version 0.21 reads them; all others are refused by name. Padding and truncation are set aside before
 * the first text and may be anything.
 */
final class TokenizerCheck {

    /** In characters, of a text that stands for another; in ids, of a special token. */
    static final int LONGEST_TEXT = 100;

    /** In characters. */
    static final int LONGEST_WORD = 1000;

    private TokenizerCheck() {}

    /**
     * Looks at a whole file.
     *
     * @param location the file, for messages
     * @param json its content
     * @param model the model it is for: no token may lie outside its vocabulary, no type outside its types
     * @throws IOException if anything in it is not known to be safe; the message names file and field
     */
    static void check(String location, JsonNode json, Transformer model) throws IOException {
        JsonFields root = new JsonFields(location, json);
        TokenizerSteps normalizer = new TokenizerSteps();
        optional(root, "normalizer", normalizer::normalizer);
        optional(root, "pre_tokenizer", new TokenizerSteps()::preTokenizer);
        optional(root, "decoder", new TokenizerSteps()::decoder);
        TokenizerVocabulary vocabulary = new TokenizerVocabulary(location, root, model.vocabulary());
        vocabulary.check(json.path("model").path("vocab"), normalizer);
        optional(root, "post_processor", new TokenizerTemplate(vocabulary, model.tokenTypes())::check);
    }

    /** A part of the file. */
    interface Part {
        void check(JsonFields fields) throws IOException;
    }

    private static void optional(JsonFields root, String name, Part part) throws IOException {
        if (!root.isAbsent(name)) {
            part.check(root.object(name));
        }
    }

    static String boundedText(JsonFields part, String name, int shortest) throws IOException {
        String text = part.text(name);
        if (text.length() < shortest || text.length() > LONGEST_TEXT) {
            throw part.failure(
                    name, "has " + text.length() + " characters, expected " + shortest + " to " + LONGEST_TEXT);
        }
        return text;
    }

    static void oneCharacter(JsonFields part, String name) throws IOException {
        String text = part.text(name);
        if (text.codePointCount(0, text.length()) != 1) {
            throw part.failure(name, "has " + text.length() + " characters, expected one");
        }
    }

    static void between(JsonFields part, String name, int value, int least, int most) throws IOException {
        if (value < least || value > most) {
            throw part.failure(
                    name, "found " + value + ", expected " + (least == most ? least : least + " to " + most));
        }
    }

    static void meant(JsonFields part, String name, Consumer<String> check) throws IOException {
        part.meaning(name, text -> {
            check.accept(text);
            return text;
        });
    }

    static IOException unknown(JsonFields part, String type, String known) {
        return part.failure("type", "found \"" + type + "\", expected one of " + known);
    }
}

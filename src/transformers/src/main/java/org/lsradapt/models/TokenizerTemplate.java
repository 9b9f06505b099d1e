package org.lsradapt.models;

import static org.lsradapt.models.TokenizerCheck.LONGEST_TEXT;
import static org.lsradapt.models.TokenizerCheck.between;
import static org.lsradapt.models.TokenizerCheck.unknown;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.io.JsonFields;

/** What a {@code tokenizer.json} puts around texts; see {@link TokenizerCheck}. */
final class TokenizerTemplate {

    private final TokenizerVocabulary vocabulary;
    private final int types;

    /**
     * To be checked.
     *
     * @param types token types of the model; with one, those of the file are not used
     */
    TokenizerTemplate(TokenizerVocabulary vocabulary, int types) {
        this.vocabulary = vocabulary;
        this.types = types;
    }

    /** A section {@code post_processor}. */
    void check(JsonFields section) throws IOException {
        if (postProcessor(section) > 1) {
            throw section.failure("adds special tokens more than once");
        }
    }

    /** Returns how many parts of it add special tokens. */
    private int postProcessor(JsonFields part) throws IOException {
        String type = part.text("type");
        switch (type) {
            case "Sequence" -> {
                int adding = 0;
                for (JsonFields step : part.objects("processors")) {
                    int before = adding;
                    adding += postProcessor(step);
                    if (before > 0 && adding == before) {
                        // The library would count its special tokens as texts.
                        throw step.failure("stands behind what adds special tokens, expected that to be the last");
                    }
                }
                return adding;
            }
            case "ByteLevel" -> {
                TokenizerSteps.byteLevel(part);
                return 0;
            }
            case "BertProcessing", "RobertaProcessing" -> {
                special(part, "sep");
                special(part, "cls");
                if (type.equals("RobertaProcessing")) {
                    part.flag("trim_offsets");
                    part.flag("add_prefix_space");
                }
                return 1;
            }
            case "TemplateProcessing" -> {
                template(part);
                return 1;
            }
            default ->
                throw unknown(part, type, "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing");
        }
    }

    private void special(JsonFields part, String name) throws IOException {
        JsonNode pair = part.array(name);
        if (pair.size() != 2 || !pair.path(0).isTextual() || !pair.path(1).isNumber()) {
            throw part.failure(name, "expected a token and its id");
        }
        vocabulary.token(pair.path(0).textValue(), pair.path(1));
    }

    private void template(JsonFields part) throws IOException {
        JsonFields tokens = part.object("special_tokens");
        for (String name : tokens.names()) {
            JsonFields token = tokens.object(name);
            List<Integer> ids = token.integers("ids");
            token.text("id");
            if (ids.size() != token.texts("tokens").size() || ids.size() > LONGEST_TEXT) {
                throw token.failure(
                        "ids", "has " + ids.size() + ", expected one for each of \"tokens\", at most " + LONGEST_TEXT);
            }
            for (int id : ids) {
                vocabulary.token(name, id);
            }
        }
        List<String> inSingle = pieces(part, "single", tokens);
        List<String> inPair = pieces(part, "pair", tokens);
        if (!inSingle.equals(List.of("A"))) {
            throw part.failure("single", "has texts " + inSingle + ", expected A once");
        }
        if (inPair.size() != 2 || !inPair.containsAll(List.of("A", "B"))) {
            throw part.failure("pair", "has texts " + inPair + ", expected A and B once each");
        }
    }

    /** The texts of a template, in its order. */
    private List<String> pieces(JsonFields part, String name, JsonFields tokens) throws IOException {
        List<JsonFields> pieces = part.objects(name);
        if (pieces.size() > LONGEST_TEXT) {
            throw part.failure(name, "has " + pieces.size() + " parts, expected at most " + LONGEST_TEXT);
        }
        List<String> texts = new ArrayList<>();
        for (JsonFields piece : pieces) {
            boolean text = piece.has("Sequence");
            JsonFields fields = piece.object(text ? "Sequence" : "SpecialToken");
            between(fields, "type_id", fields.integer("type_id"), 0, types > 1 ? types - 1 : LONGEST_TEXT);
            if (text) {
                texts.add(fields.text("id"));
            } else if (!tokens.has(fields.text("id"))) {
                throw fields.failure("id", "found \"" + fields.text("id") + "\", which \"special_tokens\" has not");
            }
        }
        return texts;
    }
}

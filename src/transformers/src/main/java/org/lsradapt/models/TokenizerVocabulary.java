package org.lsradapt.models;

import static org.lsradapt.models.TokenizerCheck.LONGEST_WORD;
import static org.lsradapt.models.TokenizerCheck.between;
import static org.lsradapt.models.TokenizerCheck.boundedText;
import static org.lsradapt.models.TokenizerCheck.unknown;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.JsonFields;

/** The tokens of a {@code tokenizer.json}; see {@link TokenizerCheck}. */
final class TokenizerVocabulary {

    /** Tokens that are added beside the model's: the library compares each with each. */
    private static final int MOST_ADDED = 20_000;

    /** In UTF-8; the library frees its tree of tokens by recursion. */
    private static final int LONGEST_TOKEN = 1024;

    private final String location;
    private final JsonFields root;
    private final int size;

    /**
     * To be checked.
     *
     * @param size of the model's vocabulary
     */
    TokenizerVocabulary(String location, JsonFields root, int size) {
        this.location = location;
        this.root = root;
        this.size = size;
    }

    /**
     * Looks at the model and the added tokens.
     *
     * @param vocabulary the model's {@code vocab}
     * @param normalizer what is done with added tokens that are normalized
     */
    void check(JsonNode vocabulary, TokenizerSteps normalizer) throws IOException {
        if (vocabulary.isMissingNode()) {
            throw new IOException(location + ": has no \"model\" with a \"vocab\"");
        }
        Map<String, Integer> ids = model(root.object("model"), vocabulary);
        if (!root.isAbsent("added_tokens")) {
            added(root.objects("added_tokens"), ids, normalizer);
        }
    }

    /** Its tokens and their ids. */
    private Map<String, Integer> model(JsonFields fields, JsonNode node) throws IOException {
        String type = fields.text("type", untagged(fields, node));
        switch (type) {
            case "WordPiece" -> {
                boundedText(fields, "unk_token", 0);
                boundedText(fields, "continuing_subword_prefix", 0);
                between(
                        fields,
                        "max_input_chars_per_word",
                        fields.integer("max_input_chars_per_word"),
                        1,
                        LONGEST_WORD);
            }
            case "BPE" -> bytePairs(fields);
            case "Unigram" -> fields.flag("byte_fallback", false);
            default -> throw unknown(fields, type, "BPE, Unigram, WordPiece");
        }
        Map<String, Integer> ids = type.equals("Unigram") ? scored(fields, node) : numbered(fields, node);
        String unknown = type.equals("Unigram") ? "" : fields.text("unk_token", "");
        if (!unknown.isEmpty() && !ids.containsKey(unknown) && !isAdded(unknown)) {
            throw fields.failure(
                    "unk_token", "found \"" + unknown + "\", expected a token of \"vocab\" or of \"added_tokens\"");
        }
        return ids;
    }

    /** The library takes such a token where no text is found to need it; a text that does is refused then. */
    private boolean isAdded(String token) throws IOException {
        if (root.isAbsent("added_tokens")) {
            return false;
        }
        for (JsonFields added : root.objects("added_tokens")) {
            if (added.text("content").equals(token)) {
                return true;
            }
        }
        return false;
    }

    /** Old files do not say which kind of model they have. */
    private static String untagged(JsonFields model, JsonNode vocabulary) {
        if (vocabulary.isArray()) {
            return "Unigram";
        }
        return model.has("merges") ? "BPE" : model.has("max_input_chars_per_word") ? "WordPiece" : "unnamed";
    }

    private static void bytePairs(JsonFields model) throws IOException {
        if (model.number("dropout", 0) != 0) {
            throw model.failure("dropout", "found " + model.number("dropout") + ", expected null or 0");
        }
        String prefix = model.text("continuing_subword_prefix", "");
        if (!prefix.isEmpty()) {
            throw model.failure("continuing_subword_prefix", "found \"" + prefix + "\", expected null or empty");
        }
        if (!model.isAbsent("end_of_word_suffix")) {
            boundedText(model, "end_of_word_suffix", 0);
        }
        for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            model.flag(flag, false);
        }
    }

    private Map<String, Integer> numbered(JsonFields fields, JsonNode vocabulary) throws IOException {
        if (!vocabulary.isObject()) {
            throw fields.failure("vocab", "expected an object of tokens and ids");
        }
        Map<String, Integer> ids = new HashMap<>();
        for (Map.Entry<String, JsonNode> token : vocabulary.properties()) {
            ids.put(token.getKey(), token(token.getKey(), token.getValue()));
        }
        return ids;
    }

    private Map<String, Integer> scored(JsonFields fields, JsonNode vocabulary) throws IOException {
        if (!vocabulary.isArray()) {
            throw fields.failure("vocab", "expected an array of tokens and scores");
        }
        Map<String, Integer> ids = new HashMap<>();
        int id = 0;
        for (JsonNode token : vocabulary) {
            if (token.size() != 2
                    || !token.path(0).isTextual()
                    || !token.path(1).isNumber()
                    || !Double.isFinite(token.path(1).doubleValue())) {
                throw fields.failure("vocab", "number " + id + " is no token with a score");
            }
            String text = token.path(0).textValue();
            ids.put(text, token(text, id++));
        }
        int unknown = fields.integer("unk_id");
        if (unknown < 0 || unknown >= id) {
            throw fields.failure("unk_id", "is " + unknown + ", \"vocab\" ends at " + (id - 1));
        }
        return ids;
    }

    int token(String text, JsonNode id) throws IOException {
        return token(text, id.isIntegralNumber() && id.canConvertToInt() ? id.intValue() : -1);
    }

    /** Refuses an id outside of the model's vocabulary, and a token that is too long. */
    int token(String text, int id) throws IOException {
        if (id < 0 || id >= size) {
            throw new IOException(location + ": token '" + text + "' has id " + id + ", the model's vocabulary ends at "
                    + (size - 1));
        }
        if (text.length() > LONGEST_TOKEN / 4 && text.getBytes(StandardCharsets.UTF_8).length > LONGEST_TOKEN) {
            throw new IOException(location + ": token " + id + " has more than " + LONGEST_TOKEN + " bytes");
        }
        return id;
    }

    /** The library gives a token that the vocabulary has not the next free id, whatever the file says. */
    private void added(List<JsonFields> tokens, Map<String, Integer> vocabulary, TokenizerSteps normalizer)
            throws IOException {
        if (tokens.size() > MOST_ADDED) {
            throw root.failure("added_tokens", "has " + tokens.size() + ", expected at most " + MOST_ADDED);
        }
        Set<String> added = new HashSet<>();
        int next = vocabulary.size();
        for (JsonFields fields : tokens) {
            String content = fields.text("content");
            token(content, fields.integer("id"));
            checkFound(fields, content, normalizer);
            if (!content.isEmpty() && added.add(content)) {
                int id = token(content, vocabulary.getOrDefault(content, next));
                next = Math.max(next, id + 1);
            }
        }
    }

    /** Such a token is looked for in the text; one that becomes empty would be found inside of characters. */
    private static void checkFound(JsonFields fields, String content, TokenizerSteps normalizer) throws IOException {
        fields.flag("single_word", false);
        fields.flag("rstrip", false);
        fields.flag("special", false);
        boolean normalized = fields.flag("normalized", true);
        if (normalized && !content.isEmpty() && !normalizer.leaveSomethingOf(content)) {
            throw fields.failure(
                    "content",
                    "found \"" + content + "\", expected a letter or digit, of which \"normalizer\" leaves something");
        }
        boolean visible = normalized
                ? normalizer.hasLetter(content)
                : !content.codePoints().allMatch(TokenizerVocabulary::isSpace);
        if (fields.flag("lstrip", false) && !visible) {
            throw fields.failure(
                    "lstrip", "found true for \"" + content + "\", expected a token with a letter or digit");
        }
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }
}

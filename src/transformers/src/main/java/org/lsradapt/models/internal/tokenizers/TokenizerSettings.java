package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * The settings of a {@code tokenizer_config.json}, read as transformers 5 reads them; the tokenizer's class decides
 * which of them count. If the file lists no added tokens, the lists of older files in the folder count.
 *
 * @param fields the fields of the file and of special_tokens_map.json; none if there is no file
 * @param olderTokens the content of added_tokens.json: ids by token
 */
public record TokenizerSettings(TokenizerClass tokenizerClass, JsonFields fields, JsonFields olderTokens) {
    public static final String FILE = "tokenizer_config.json";

    /** The file in a folder that an older version wrote: ids by added token. */
    public static final String OLDER_TOKENS = "added_tokens.json";

    private static final String OLDER_SPECIAL_TOKENS = "special_tokens_map.json";
    private static final String ADDED = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    private static final String ADDITIONAL = "additional_special_tokens";

    private static final String CLASS = "tokenizer_class";
    private static final String INPUTS = "model_input_names";
    private static final String SIDE = "truncation_side";
    private static final String PAD = "pad_token";
    private static final String PAD_SIDE = "padding_side";
    private static final String LEFT = "left";
    private static final String RIGHT = "right";

    /** Classes that pad texts at the beginning by default. */
    private static final List<String> FILLING_LEFT = List.of("GemmaTokenizer", "Siglip2Tokenizer");

    /**
     * Reads the settings of a folder.
     *
     * @param standard the class of the model's type, used if neither file names one; empty for one that takes
     *     tokenizer.json unchanged
     * @param fixed whether that class is used even if a file names another
     * @throws IOException if a class's name is not a text, or an older file is malformed
     */
    public static TokenizerSettings of(
            Path folder,
            Optional<String> standard,
            boolean fixed,
            ObjectNode config,
            Optional<ObjectNode> tokenizerConfig)
            throws IOException {
        ObjectNode all = tokenizerConfig.map(ObjectNode::deepCopy).orElseGet(JsonFile::newObject);
        ObjectNode older = JsonFile.newObject();
        if (!all.hasNonNull(ADDED)) {
            putSpecial(all, read(folder.resolve(OLDER_SPECIAL_TOKENS)));
            older = read(folder.resolve(OLDER_TOKENS));
        }
        JsonFields fields = new JsonFields(folder.resolve(FILE).toString(), all);
        JsonFields model = new JsonFields(folder.resolve("config.json").toString(), config);
        String usual = standard.orElse("");
        String name = fixed ? usual : fields.text(CLASS, model.text(CLASS, usual));
        JsonFields tokens = new JsonFields(folder.resolve(OLDER_TOKENS).toString(), older);
        return new TokenizerSettings(TokenizerClass.named(name), fields, tokens);
    }

    private static ObjectNode read(Path file) throws IOException {
        return Files.isRegularFile(file) ? JsonFile.readObject(file) : JsonFile.newObject();
    }

    /** Merges the older file into the newer. Its tokens override the newer file's, except that the list of extra tokens is appended. */
    private static void putSpecial(ObjectNode all, ObjectNode older) {
        older.properties().forEach(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (name.equals(EXTRA) && value.isArray()) {
                ArrayNode both = all.path(name) instanceof ArrayNode array ? array : all.putArray(name);
                value.forEach(both::add);
            } else if (!name.equals(ADDITIONAL) || !(all.hasNonNull(ADDITIONAL) || all.hasNonNull(EXTRA))) {
                all.set(name, value);
            }
        });
    }

    /** Whether the file lists the added tokens; then other files' lists do not count. */
    boolean listsTokens() {
        return !fields.isAbsent(ADDED);
    }

    JsonFields listFields() {
        return listsTokens() ? fields : olderTokens;
    }

    String listField(String content) {
        return listsTokens() ? ADDED : content;
    }

    /** Returns the added tokens that these files list, by id. A token of the older file is special if {@code special} has its text. */
    SortedMap<Integer, AddedToken> added(Set<String> special) throws IOException {
        SortedMap<Integer, AddedToken> added = new TreeMap<>();
        if (listsTokens()) {
            JsonFields listed = fields.object(ADDED);
            for (String id : listed.names()) {
                added.put(id(id), AddedToken.of(listed.object(id)));
            }
        }
        for (String content : olderTokens.names()) {
            added.put(
                    olderTokens.integer(content),
                    special.contains(content) ? AddedToken.special(content) : AddedToken.plain(content));
        }
        return added;
    }

    private int id(String text) throws IOException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw fields.failure(ADDED, "found \"" + text + "\", expected ids");
        }
    }

    /** Whether the model is given token types; otherwise all are 0. */
    public boolean givesTypes() throws IOException {
        return fields.isAbsent(INPUTS)
                ? tokenizerClass.givesTypes()
                : fields.texts(INPUTS).contains("token_type_ids");
    }

    /** Whether a text that is too long is cut at its beginning; this overrides tokenizer.json. Empty if the settings do not say. */
    public Optional<Boolean> cutsLeft() throws IOException {
        if (fields.isAbsent(SIDE)) {
            return Optional.empty();
        }
        return Optional.of(isLeft(SIDE, fields.text(SIDE)));
    }

    private boolean isLeft(String field, String side) throws IOException {
        if (!List.of(LEFT, RIGHT).contains(side)) {
            throw fields.failure(field, "found " + side + ", expected left or right");
        }
        return side.equals(LEFT);
    }

    public String padToken() throws IOException {
        if (fields.isAbsent(PAD)) {
            throw fields.failure(PAD, "missing, expected the token that texts are filled up with");
        }
        return fields.isObject(PAD) ? fields.object(PAD).text("content") : fields.text(PAD);
    }

    public boolean fillsLeft() throws IOException {
        String usual = FILLING_LEFT.contains(fields.text(CLASS, "").replaceFirst("Fast$", "")) ? LEFT : RIGHT;
        return isLeft(PAD_SIDE, fields.text(PAD_SIDE, usual));
    }

    public TokenizerJson.Normalizer normalizer() throws IOException {
        return new TokenizerJson.Normalizer(
                fields.flag("do_lower_case", true),
                fields.flag("tokenize_chinese_chars", true),
                fields.isAbsent("strip_accents") ? null : fields.flag("strip_accents"));
    }
}

package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * The settings of a {@code tokenizer_config.json}, read as transformers 5 reads them: which of them count depends on the tokenizer's
 * class.
 *
 * @param tokenizerClass the class
 * @param fields those of the file; none if there is no file
 */
public record TokenizerSettings(TokenizerClass tokenizerClass, JsonFields fields) {
    /** In a Hugging Face folder. */
    public static final String FILE = "tokenizer_config.json";

    private static final String CLASS = "tokenizer_class";
    private static final String INPUTS = "model_input_names";
    private static final String SIDE = "truncation_side";
    private static final String PAD = "pad_token";
    private static final String PAD_SIDE = "padding_side";
    private static final String LEFT = "left";
    private static final String RIGHT = "right";

    /** Classes that fill texts up at their beginning where the settings do not say it. */
    private static final List<String> FILLING_LEFT = List.of("GemmaTokenizer", "Siglip2Tokenizer");

    /**
     * The settings of a folder.
     *
     * @param folder the folder, for messages
     * @param standard the class of the model's type, where neither file names one; empty for one that takes tokenizer.json as it is
     * @param config the content of config.json
     * @param tokenizerConfig the content of tokenizer_config.json, if there is one
     * @throws IOException if a class's name is no text
     */
    public static TokenizerSettings of(
            Path folder, Optional<String> standard, ObjectNode config, Optional<ObjectNode> tokenizerConfig)
            throws IOException {
        JsonFields fields =
                new JsonFields(folder.resolve(FILE).toString(), tokenizerConfig.orElseGet(JsonFile::newObject));
        JsonFields model = new JsonFields(folder.resolve("config.json").toString(), config);
        String name = fields.text(CLASS, model.text(CLASS, standard.orElse("")));
        return new TokenizerSettings(TokenizerClass.named(name), fields);
    }

    /** Whether the model is given token types; without, all are 0. */
    public boolean givesTypes() throws IOException {
        return fields.isAbsent(INPUTS)
                ? tokenizerClass.givesTypes()
                : fields.texts(INPUTS).contains("token_type_ids");
    }

    /** Whether what is too long is cut at its beginning, which comes before what tokenizer.json says of it. */
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

    /** The text of the token that texts are filled up with. */
    public String padToken() throws IOException {
        if (fields.isAbsent(PAD)) {
            throw fields.failure(PAD, "missing, expected the token that texts are filled up with");
        }
        return fields.isObject(PAD) ? fields.object(PAD).text("content") : fields.text(PAD);
    }

    /** Whether texts are filled up at their beginning. */
    public boolean fillsLeft() throws IOException {
        String usual = FILLING_LEFT.contains(fields.text(CLASS, "").replaceFirst("Fast$", "")) ? LEFT : RIGHT;
        return isLeft(PAD_SIDE, fields.text(PAD_SIDE, usual));
    }

    /** How BERT's tokenizer normalizes a text. */
    public TokenizerJson.Normalizer normalizer() throws IOException {
        return new TokenizerJson.Normalizer(
                fields.flag("do_lower_case", true),
                fields.flag("tokenize_chinese_chars", true),
                fields.isAbsent("strip_accents") ? null : fields.flag("strip_accents"));
    }
}

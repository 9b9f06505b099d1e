package org.lsradapt.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lsradapt.encoder.EncoderConfig;

/** Reads JSON files of a Hugging Face folder, first of all its {@code config.json}. */
final class HuggingFaceConfig {

    private final Path file;
    private final JsonNode root;

    private HuggingFaceConfig(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * Reads a {@code config.json}. What it leaves out has the value that Hugging Face's BertConfig and RobertaConfig
     * give it: exact GELU, absolute positions, layer_norm_eps 1e-12, type_vocab_size 2, pad_token_id 0 for BERT and
     * 1 for RoBERTa; the sizes must be there.
     *
     * @throws IOException if the file is missing or malformed, or describes a model of another kind
     */
    static EncoderConfig read(Path file) throws IOException {
        HuggingFaceConfig config = open(file);
        EncoderConfig.Family family = config.family();
        config.require("hidden_act", "gelu");
        config.require("position_embedding_type", "absolute");
        if (config.flag("is_decoder", false)) {
            throw new IOException(file + ": is_decoder is true, expected an encoder");
        }
        try {
            return new EncoderConfig(
                    family,
                    config.integer("num_hidden_layers", null),
                    config.integer("hidden_size", null),
                    config.integer("num_attention_heads", null),
                    config.integer("intermediate_size", null),
                    config.integer("vocab_size", null),
                    config.integer("max_position_embeddings", null),
                    config.integer("type_vocab_size", 2),
                    config.epsilon(),
                    config.integer("pad_token_id", family == EncoderConfig.Family.ROBERTA ? 1 : 0));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    static HuggingFaceConfig open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        try {
            JsonNode root = new JsonMapper().readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw new IOException(file + ": not a JSON object");
            }
            return new HuggingFaceConfig(file, root);
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private EncoderConfig.Family family() throws IOException {
        JsonNode type = root.path("model_type");
        return switch (type.asText()) {
            case "bert" -> EncoderConfig.Family.BERT;
            case "roberta" -> EncoderConfig.Family.ROBERTA;
            default -> throw new IOException(file + ": model_type is "
                    + (type.isMissingNode() ? "missing" : type.toString()) + ", expected \"bert\" or \"roberta\"");
        };
    }

    private void require(String field, String only) throws IOException {
        JsonNode value = root.path(field);
        if (!value.isMissingNode() && !value.isNull() && !value.asText().equals(only)) {
            throw new IOException(file + ": " + field + " is " + value + ", only \"" + only + "\" is supported");
        }
    }

    private int integer(String field, Integer otherwise) throws IOException {
        JsonNode value = root.path(field);
        if ((value.isMissingNode() || value.isNull()) && otherwise != null) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IOException(file + ": " + field + " is " + (value.isMissingNode() ? "missing" : value.toString())
                    + ", expected a whole number");
        }
        return value.intValue();
    }

    private double epsilon() throws IOException {
        JsonNode value = root.path("layer_norm_eps");
        if (value.isMissingNode()) {
            return 1e-12;
        }
        if (!value.isNumber()) {
            throw new IOException(file + ": layer_norm_eps is " + value + ", expected a number");
        }
        return value.doubleValue();
    }

    /** A true or false, or null for neither where that is what is given for a missing value. */
    Boolean flag(String field, Boolean otherwise) throws IOException {
        JsonNode value = root.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw new IOException(file + ": " + field + " is " + value + ", expected true or false");
        }
        return value.booleanValue();
    }
}

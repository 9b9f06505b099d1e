package org.lsradapt.transformer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** A small model of each family, for tests of what all families share. */
public enum SmallModel {
    BERT("bert"),
    ROBERTA("roberta"),
    DEBERTA("deberta-v2"),
    LLAMA("llama"),
    QWEN3("qwen3"),
    PHI3("phi3"),
    GEMMA2("gemma2");

    private final String modelType;

    SmallModel(String modelType) {
        this.modelType = modelType;
    }

    /** Three layers of width 12, three heads, 31 tokens, 16 positions. */
    public Transformer model() {
        return model(12, 3, 20, 31, 16);
    }

    public Transformer model(int width, int heads, int inner, int vocabulary, int positions) {
        try {
            return family().describe(new JsonFields(modelType, config(width, heads, inner, vocabulary, positions)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Family family() throws IOException {
        return Families.of(new JsonFields(modelType, config(12, 3, 20, 31, 16)));
    }

    private ObjectNode config(int width, int heads, int inner, int vocabulary, int positions) {
        ObjectNode config = JsonFile.newObject();
        config.put("model_type", modelType)
                .put("num_hidden_layers", 3)
                .put("hidden_size", width)
                .put("num_attention_heads", heads)
                .put("intermediate_size", inner)
                .put("vocab_size", vocabulary)
                .put("max_position_embeddings", positions)
                .put("layer_norm_eps", 1e-5);
        switch (this) {
            case BERT -> config.put("type_vocab_size", 2).put("pad_token_id", 0);
            case ROBERTA -> config.put("type_vocab_size", 1).put("pad_token_id", 1);
            case DEBERTA ->
                config.put("relative_attention", true)
                        .put("position_buckets", 4)
                        .put("norm_rel_ebd", "layer_norm")
                        .put("share_att_key", true)
                        .put("pos_att_type", "p2c|c2p")
                        .put("position_biased_input", false);
            case LLAMA ->
                config.put("num_key_value_heads", 1).put("head_dim", 4).put("rope_theta", 100.0);
            case QWEN3 ->
                config.put("num_key_value_heads", 1)
                        .put("head_dim", 6)
                        .put("rope_theta", 100.0)
                        .put("use_sliding_window", true)
                        .put("sliding_window", 3)
                        .put("max_window_layers", 1);
            case GEMMA2 ->
                config.put("num_key_value_heads", 1)
                        .put("head_dim", 4)
                        .put("pad_token_id", 0)
                        .put("query_pre_attn_scalar", 3)
                        .put("sliding_window", 3)
                        .put("attn_logit_softcapping", 1.5)
                        .put("final_logit_softcapping", 0.8);
            case PHI3 -> {
                int pairs = width / heads / 2;
                ObjectNode scaling = config.put("num_key_value_heads", 1)
                        .put("head_dim", 2 * pairs)
                        .put("original_max_position_embeddings", 6)
                        .put("pad_token_id", 0)
                        .putObject("rope_scaling")
                        .put("type", "longrope");
                ArrayNode usual = scaling.putArray("short_factor");
                ArrayNode longer = scaling.putArray("long_factor");
                for (int i = 0; i < pairs; i++) {
                    usual.add(1.5 + 0.5 * i);
                    longer.add(3 + 2 * i);
                }
            }
        }
        return config;
    }

    /** Its weights, a name always with the same numbers. */
    public TransformerWeights weights(DataType type) {
        return weights(type, true);
    }

    /** Weights of the model with room for more tokens. */
    public TransformerWeights longer(DataType type, int positions) {
        Transformer model = model(12, 3, 20, 31, positions);
        try {
            return new TransformerWeights(model, new RandomWeights(model, true), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its weights, with or without the head's dense layer where that is the base model's. */
    public TransformerWeights weights(DataType type, boolean pooler) {
        try {
            return new TransformerWeights(model(), new RandomWeights(model(), pooler), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

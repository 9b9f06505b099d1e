package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * LLaMA (Touvron et al., arXiv 2302.13971), versions 1 to 3, and models of its form such as SmolLM2: a causal model
 * with RMSNorm before each part, rotary positions, grouped-query attention and a gated feed-forward part. Classifiers
 * read the last token.
 */
final class Llama implements Family {
    private static final String SCALING = "rope_scaling";
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String POSITIONS = "max_position_embeddings";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final int USUAL_POSITIONS = 2048;

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public List<String> besideBase() {
        return List.of("lm_head.");
    }

    @Override
    public String sequenceClassifier() {
        return "LlamaForSequenceClassification";
    }

    @Override
    public List<String> headParameters() {
        return List.of("score.weight");
    }

    @Override
    public Optional<String> languageModel() {
        return Optional.of("LlamaForCausalLM");
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        int size = headSize(config);
        int keyValueHeads = config.integer("num_key_value_heads", heads);
        int inner = config.integer("intermediate_size");
        boolean attentionBias = config.flag("attention_bias", false);
        boolean innerBias = config.flag("mlp_bias", false);
        Activation activation = config.meaning("hidden_act", "silu", Activation::named);
        Positions rotary = new Positions.Rotary(frequencies(config, size));
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = "layers." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "self_attn.q_proj", width, heads * size, attentionBias),
                    new Linear(layer + "self_attn.k_proj", width, keyValueHeads * size, attentionBias),
                    new Linear(layer + "self_attn.v_proj", width, keyValueHeads * size, attentionBias),
                    new Linear(layer + "self_attn.o_proj", heads * size, width, attentionBias),
                    heads,
                    keyValueHeads,
                    true,
                    rotary);
            FeedForward feedForward = FeedForward.gated(
                    new Linear(layer + "mlp.gate_proj", width, inner, innerBias),
                    new Linear(layer + "mlp.up_proj", width, inner, innerBias),
                    new Linear(layer + "mlp.down_proj", inner, width, innerBias),
                    activation);
            blocks.add(Block.normBefore(
                    norm(layer + "input_layernorm", config),
                    attention,
                    norm(layer + "post_attention_layernorm", config),
                    feedForward));
        }
        Table words = new Table("embed_tokens.weight", config.integer("vocab_size"), width);
        boolean tied = config.flag("tie_word_embeddings", false);
        return new Transformer(
                new Embeddings.Tokens(
                        words,
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                blocks,
                Optional.of(norm("norm", config)),
                new Head(Head.Row.LAST, last(config), Optional.empty(), "score", false),
                Optional.of(tied ? words : new Table("lm_head.weight", words.rows(), width)),
                config.integer(POSITIONS, USUAL_POSITIONS));
    }

    /** A classifier's; a text's own tokens of the padding's id count for padding. */
    private static LastToken last(JsonFields config) throws IOException {
        return config.isAbsent("pad_token_id")
                ? new LastToken.OfAll()
                : new LastToken.OtherThan(config.integer("pad_token_id"));
    }

    private static Norm norm(String name, JsonFields config) throws IOException {
        return new Norm(name, Norm.Kind.RMS, config.integer("hidden_size"), config.number("rms_norm_eps", 1e-6));
    }

    private static int headSize(JsonFields config) throws IOException {
        int size = Configs.headSize(config, "head_dim");
        if (size % 2 != 0) {
            throw config.failure("head_dim", "a head of " + size + " numbers, expected an even number of them");
        }
        return size;
    }

    /**
     * The angles per position: θ^(−2i/d), scaled as older files say in rope_scaling and newer ones in rope_parameters;
     * of both, and of θ in there and beside, transformers takes the former.
     */
    private static double[] frequencies(JsonFields config, int size) throws IOException {
        Optional<JsonFields> scaling = config.isOff(SCALING) ? object(config, PARAMETERS) : object(config, SCALING);
        requireWholeHeads(config);
        double theta = config.number(THETA, 10_000);
        if (scaling.isPresent()) {
            requireWholeHeads(scaling.get());
            theta = scaling.get().number(THETA, theta);
        }
        double[] frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / size);
        }
        if (scaling.isPresent()) {
            scale(frequencies, scaling.get(), config);
        }
        return frequencies;
    }

    private static void requireWholeHeads(JsonFields fields) throws IOException {
        if (fields.number("partial_rotary_factor", 1) != 1) {
            throw fields.failure("partial_rotary_factor", "only a factor of 1 is supported");
        }
    }

    private static Optional<JsonFields> object(JsonFields config, String name) throws IOException {
        return config.isOff(name) ? Optional.empty() : Optional.of(config.object(name));
    }

    private static void scale(double[] frequencies, JsonFields scaling, JsonFields config) throws IOException {
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        switch (type) {
            case "default" -> {}
            case "linear" -> {
                double factor = scaling.number("factor");
                Arrays.setAll(frequencies, i -> frequencies[i] / factor);
            }
            case "llama3" -> scaleByWavelength(frequencies, scaling, config);
            default -> throw scaling.failure("rope_type", "found " + type + ", expected default, linear or llama3");
        }
    }

    /** LLaMA 3.1's rule: long waves are slowed down, short ones left, and those between blended. */
    private static void scaleByWavelength(double[] frequencies, JsonFields scaling, JsonFields config)
            throws IOException {
        double factor = scaling.number("factor");
        double low = scaling.number("low_freq_factor");
        double high = scaling.number("high_freq_factor");
        double original =
                config.integer(ORIGINAL, scaling.integer(ORIGINAL, config.integer(POSITIONS, USUAL_POSITIONS)));
        for (int i = 0; i < frequencies.length; i++) {
            double waves = original * frequencies[i] / (2 * Math.PI);
            double kept = Math.max(0, Math.min(1, (waves - low) / (high - low)));
            frequencies[i] *= kept + (1 - kept) / factor;
        }
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return "llama heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("rms_norm_eps", 1e-6) + " activation " + config.text("hidden_act", "silu")
                + " frequencies " + Arrays.toString(frequencies(config, headSize(config)));
    }
}

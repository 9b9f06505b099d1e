package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Scores;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * ModernBERT (Warner et al., arXiv 2412.13663): an encoder with norms before the parts, rotary positions, gated
 * feed-forward parts, and layers with a window between layers that see all tokens. Files have query, key and value as
 * one layer Wqkv, and gate and up as one layer Wi. Biases of norms and of the classifier's dense layer and scaled
 * positions are not supported.
 */
final class ModernBert implements Family {
    private static final List<String> QUERY_KEY_VALUE = List.of("query", "key", "value");
    private static final List<String> GATE_UP = List.of("gate", "up");
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final String TYPES = "layer_types";
    private static final String PARAMETERS = "rope_parameters";
    private static final String EVERY = "global_attn_every_n_layers";

    @Override
    public boolean isTokenizerClassFixed() {
        return true;
    }

    @Override
    public String modelType() {
        return "modernbert";
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public String sequenceClassifier() {
        return "ModernBertForSequenceClassification";
    }

    @Override
    public List<String> headParameters() {
        return List.of("head.dense.weight", "head.norm.weight", "classifier.weight", "classifier.bias");
    }

    /** Returns the sequence classifier's head for each token, including its dense layer and normalization. */
    @Override
    public Head tokenHead(Transformer model) {
        return new Head(
                Head.Row.EACH,
                model.head().dense(),
                model.head().output(),
                model.head().outputBias());
    }

    @Override
    public List<String> tokenHeadParameters() {
        return headParameters();
    }

    @Override
    public Head answerHead(Transformer model) {
        return tokenHead(model);
    }

    @Override
    public List<String> answerHeadParameters() {
        return headParameters();
    }

    /** Returns the head; its dense layer and normalization have the same names as the classifier's. */
    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        Head.Dense dense = model.head().dense().orElseThrow();
        return List.of(new MaskedHead(
                dense.linear(),
                dense.activation(),
                dense.norm().orElseThrow(),
                config.flag("decoder_bias", true) ? Optional.of("decoder.bias") : Optional.empty(),
                "decoder.weight",
                model.vocabulary()));
    }

    @Override
    public boolean fuses() {
        return true;
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        requireOff(config, "norm_bias");
        requireOff(config, "classifier_bias");
        int width = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        int size = Configs.headSize(config, "head_dim");
        if (size * heads != width || size % 2 != 0) {
            throw config.failure("num_attention_heads", "found " + heads + ", expected heads of an even size");
        }
        int inner = config.integer("intermediate_size");
        boolean attentionBias = config.flag("attention_bias", false);
        boolean innerBias = config.flag("mlp_bias", false);
        Activation activation = config.meaning("hidden_activation", "gelu", Activation::named);
        Positions everywhere = new Positions.Rotary(frequencies(config, FULL, size));
        Positions nearby = new Positions.Rotary(frequencies(config, SLIDING, size));
        Scores window = Scores.USUAL.within(reach(config));
        List<String> types = layerTypes(config);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            String layer = "layers." + i + ".";
            boolean local = types.get(i).equals(SLIDING);
            List<Linear> projections = parts(layer + "attn.Wqkv", QUERY_KEY_VALUE, width, width, attentionBias);
            Attention attention = new Attention(
                    projections.get(0),
                    projections.get(1),
                    projections.get(2),
                    new Linear(layer + "attn.Wo", width, width, attentionBias),
                    heads,
                    heads,
                    false,
                    local ? nearby : everywhere);
            List<Linear> gated = parts(layer + "mlp.Wi", GATE_UP, width, inner, innerBias);
            FeedForward feedForward = FeedForward.gated(
                    gated.get(0), gated.get(1), new Linear(layer + "mlp.Wo", inner, width, innerBias), activation);
            blocks.add(new Block(
                    local ? attention.with(window) : attention,
                    feedForward,
                    i == 0 ? Optional.empty() : Optional.of(norm(layer + "attn_norm", config)),
                    Optional.empty(),
                    Optional.of(norm(layer + "mlp_norm", config)),
                    Optional.empty()));
        }
        return new Transformer(
                new Embeddings.Tokens(
                        new Table("embeddings.tok_embeddings.weight", config.integer("vocab_size"), width),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(norm("embeddings.norm", config))),
                blocks,
                Optional.of(norm("final_norm", config)),
                head(config, width),
                Optional.empty(),
                config.integer("max_position_embeddings", 8192));
    }

    private static int reach(JsonFields config) throws IOException {
        int reach = config.integer("sliding_window", config.integer("local_attention", 128) / 2);
        if (reach < 0) {
            throw config.failure("sliding_window", "found " + reach + ", expected 0 or more");
        }
        return reach;
    }

    private static void requireOff(JsonFields config, String field) throws IOException {
        if (config.flag(field, false)) {
            throw config.failure(field, "found true, which is not supported");
        }
    }

    private static List<Linear> parts(String layer, List<String> names, int in, int out, boolean bias) {
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Linear(layer + "." + names.get(i), in, out, bias)
                        .within(layer, i * out, names.size() * out))
                .toList();
    }

    private static Norm norm(String name, JsonFields config) throws IOException {
        return new Norm(name, Norm.Kind.LAYER, config.integer("hidden_size"), config.number("norm_eps", 1e-5), false);
    }

    private static Head head(JsonFields config, int width) throws IOException {
        String pooling = config.text("classifier_pooling", "cls");
        if (!List.of("cls", "mean").contains(pooling)) {
            throw config.failure("classifier_pooling", "found " + pooling + ", expected cls or mean");
        }
        Head.Dense dense = new Head.Dense(
                new Linear("head.dense", width, width, false),
                config.meaning("classifier_activation", "gelu", Activation::named),
                Optional.of(norm("head.norm", config)),
                Head.Source.TRAINED);
        return new Head(pooling.equals("cls") ? Head.Row.FIRST : Head.Row.MEAN, Optional.of(dense), "classifier", true);
    }

    /** Returns each layer's type; older files give the interval of layers that see all tokens. */
    private static List<String> layerTypes(JsonFields config) throws IOException {
        int layers = Configs.layers(config);
        if (config.isOff(TYPES)) {
            int every = config.integer(EVERY, 3);
            if (every < 1) {
                throw config.failure(EVERY, "found " + every + ", expected at least 1");
            }
            return IntStream.range(0, layers)
                    .mapToObj(i -> i % every == 0 ? FULL : SLIDING)
                    .toList();
        }
        List<String> types = config.texts(TYPES);
        if (types.size() != layers || !List.of(FULL, SLIDING).containsAll(types)) {
            throw config.failure(
                    TYPES, "found " + types + ", expected " + FULL + " or " + SLIDING + " for each of " + layers);
        }
        return types;
    }

    /** Returns θ^(−2i/d); newer files give θ for each kind of layer, older ones in separate fields. */
    private static double[] frequencies(JsonFields config, String type, int size) throws IOException {
        double theta = config.number(
                type.equals(FULL) ? "global_rope_theta" : "local_rope_theta", type.equals(FULL) ? 160_000 : 10_000);
        config.requireOff("rope_scaling", "which is not supported");
        if (!config.isOff(PARAMETERS) && !config.object(PARAMETERS).isOff(type)) {
            JsonFields rope = config.object(PARAMETERS).object(type);
            rope.requireValue("rope_type", "default");
            theta = rope.number("rope_theta", theta);
        }
        double[] frequencies = new double[size / 2];
        double base = theta;
        Arrays.setAll(frequencies, i -> Math.pow(base, -2.0 * i / size));
        return frequencies;
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        int size = Configs.headSize(config, "head_dim");
        return "modernbert heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("norm_eps", 1e-5) + " activation " + config.text("hidden_activation", "gelu")
                + " window " + reach(config) + " of " + layerTypes(config)
                + " frequencies " + Arrays.toString(frequencies(config, FULL, size)) + " and "
                + Arrays.toString(frequencies(config, SLIDING, size)) + " pooling "
                + config.text("classifier_pooling", "cls") + " " + config.text("classifier_activation", "gelu");
    }
}

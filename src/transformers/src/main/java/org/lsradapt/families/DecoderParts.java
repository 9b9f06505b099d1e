package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.HeadNorms;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;

/** The parts that layers of decoders have in common, with the names and sizes of a configuration. */
final class DecoderParts {
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private final JsonFields config;
    private final int width;
    private final int heads;
    private final int keyValueHeads;
    private final int headSize;
    private final int inner;
    private final int positions;
    private final double epsilon;
    private final Norm.Kind norms;

    DecoderParts(JsonFields config, Decoder.Defaults defaults) throws IOException {
        this.config = config;
        width = config.integer("hidden_size");
        heads = config.integer("num_attention_heads");
        headSize = Configs.headSize(config, "head_dim", defaults.headSize());
        if (headSize % 2 != 0) {
            throw config.failure("head_dim", "a head of " + headSize + " numbers, expected an even number of them");
        }
        boolean given =
                config.has("num_key_value_heads") || defaults.keyValueHeads().isEmpty();
        keyValueHeads = given
                ? config.integer("num_key_value_heads", heads)
                : defaults.keyValueHeads().getAsInt();
        inner = config.integer("intermediate_size");
        positions = config.integer("max_position_embeddings", defaults.positions());
        epsilon = defaults.epsilon();
        norms = defaults.norms();
    }

    JsonFields config() {
        return config;
    }

    int width() {
        return width;
    }

    int positions() {
        return positions;
    }

    int layers() throws IOException {
        return Configs.layers(config);
    }

    static String layer(int index) {
        return "layers." + index + ".";
    }

    Positions rotary(double theta) throws IOException {
        return RotaryScaling.of(config, positions, headSize, theta);
    }

    Positions unscaled(double theta) {
        return RotaryScaling.unscaled(headSize, theta);
    }

    Positions rotary(JsonFields scaling, double theta) throws IOException {
        return RotaryScaling.of(config, scaling, positions, headSize, theta);
    }

    Positions rotaryOfPart(double theta, int original) throws IOException {
        return RotaryScaling.ofPart(config, positions, headSize, theta, original);
    }

    /** Returns grouped-query attention. */
    Attention attention(int layer, boolean inputBias, boolean outputBias, Positions positions) {
        String self = layer(layer) + "self_attn.";
        return new Attention(
                new Linear(self + "q_proj", width, heads * headSize, inputBias),
                new Linear(self + "k_proj", width, keyValueHeads * headSize, inputBias),
                new Linear(self + "v_proj", width, keyValueHeads * headSize, inputBias),
                new Linear(self + "o_proj", heads * headSize, width, outputBias),
                heads,
                keyValueHeads,
                true,
                positions);
    }

    /** Returns grouped-query attention without biases whose projections are one layer in files. */
    Attention fusedAttention(int layer, Positions positions) {
        String self = layer(layer) + "self_attn.";
        String whole = self + "qkv_proj";
        int query = heads * headSize;
        int key = keyValueHeads * headSize;
        int all = query + 2 * key;
        return new Attention(
                new Linear(self + "q_proj", width, query, false).within(whole, 0, all),
                new Linear(self + "k_proj", width, key, false).within(whole, query, all),
                new Linear(self + "v_proj", width, key, false).within(whole, query + key, all),
                new Linear(self + "o_proj", query, width, false),
                heads,
                keyValueHeads,
                true,
                positions);
    }

    /** Returns a gated feed-forward part without biases whose first projections are one layer in files. */
    FeedForward fusedGated(int layer) throws IOException {
        FeedForward apart = gated(layer, false);
        String whole = layer(layer) + "mlp.gate_up_proj";
        return FeedForward.gated(
                apart.gate().orElseThrow().within(whole, 0, 2 * inner),
                apart.up().within(whole, inner, 2 * inner),
                apart.down(),
                apart.activation());
    }

    HeadNorms headNorms(int layer) throws IOException {
        String self = layer(layer) + "self_attn.";
        return new HeadNorms(norm(self + "q_norm", headSize), norm(self + "k_norm", headSize));
    }

    FeedForward gated(int layer, boolean bias) throws IOException {
        return gated(layer, bias, config.meaning("hidden_act", "silu", Activation::named));
    }

    FeedForward gated(int layer, boolean bias, Activation activation) {
        String mlp = layer(layer) + "mlp.";
        return FeedForward.gated(
                new Linear(mlp + "gate_proj", width, inner, bias),
                new Linear(mlp + "up_proj", width, inner, bias),
                new Linear(mlp + "down_proj", inner, width, bias),
                activation);
    }

    /** Returns a normalization of hidden states, of the family's kind. */
    Norm norm(String name) throws IOException {
        return norm(name, width);
    }

    private Norm norm(String name, int numbers) throws IOException {
        return new Norm(name, norms, numbers, config.number("rms_norm_eps", epsilon));
    }

    /** Returns the reach of a window. Configurations give its length in tokens, including the query's own. */
    int reach(int otherwise) throws IOException {
        int window = config.integer("sliding_window", otherwise);
        if (window < 1) {
            throw config.failure("sliding_window", "found " + window + ", expected 1 or more");
        }
        return window - 1;
    }

    /** Returns which layers have a window: those in {@code layer_types}, or else all from a given one on. */
    List<Boolean> windows(int from) throws IOException {
        return windows(layer -> layer >= from);
    }

    /** Returns which layers have a window: those in {@code layer_types}, or else those that a rule selects. */
    List<Boolean> windows(IntPredicate otherwise) throws IOException {
        int layers = layers();
        if (config.isAbsent("layer_types")) {
            return IntStream.range(0, layers).mapToObj(otherwise::test).toList();
        }
        List<Boolean> windows = new ArrayList<>();
        for (String type : config.texts("layer_types")) {
            if (!type.equals(SLIDING) && !type.equals(FULL)) {
                throw config.failure("layer_types", "found " + type + ", expected " + SLIDING + " or " + FULL);
            }
            windows.add(type.equals(SLIDING));
        }
        if (windows.size() != layers) {
            throw config.failure("layer_types", "has " + windows.size() + " layers, num_hidden_layers says " + layers);
        }
        return windows;
    }
}

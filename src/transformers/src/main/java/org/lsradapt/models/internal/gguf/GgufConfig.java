package org.lsradapt.models.internal.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.families.Families;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Converts the configuration of a GGUF file's model to the {@code config.json} of the same model. */
public final class GgufConfig {
    private static final String HEADS = "attention.head_count";
    private static final String WINDOW = "attention.sliding_window";
    private static final String SCALING = "rope.scaling.";
    private static final String ORIGINAL = "original_max_position_embeddings";

    /** The largest distance of a factor from the rule's: both are rounded to 32 bits. */
    private static final double FACTOR_TOLERANCE = 1e-5;

    private final TensorSource file;
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;
    private final ObjectNode config = JsonFile.newObject();

    private GgufConfig(TensorSource file, GgufMetadata metadata, GgufArchitecture architecture) {
        this.file = file;
        this.metadata = metadata;
        this.architecture = architecture;
    }

    /** Returns the {@code config.json} of the same model; refuses what is missing, contradicts the tensors or is not supported. */
    public static ObjectNode of(TensorSource file, GgufMetadata metadata, GgufArchitecture architecture)
            throws IOException {
        GgufConfig reader = new GgufConfig(file, metadata, architecture);
        reader.requireSupported();
        reader.read();
        return reader.config;
    }

    private String key(String name) {
        return architecture.key(name);
    }

    private int integer(String name, int otherwise) throws IOException {
        return metadata.integer(key(name), otherwise);
    }

    private double number(String name, double otherwise) throws IOException {
        return metadata.number(key(name), otherwise);
    }

    /** Refuses a file that does not hold one whole, supported model. */
    private void requireSupported() throws IOException {
        String type = metadata.text("general.type", "model");
        if (!type.equals("model")) {
            throw metadata.failure("general.type", "found \"" + type + "\", only \"model\" is supported");
        }
        requireInteger("split.count", 1, 0, "; llama.cpp's gguf-split --merge makes one file of them");
        requireInteger(key("expert_count"), 0, 0, "; a mixture of experts is not supported");
        String causal = key("attention.causal");
        if (!metadata.flag(causal, true)) {
            throw metadata.failure(causal, "found false, only causal models are supported");
        }
    }

    private void requireInteger(String key, int only, int also, String why) throws IOException {
        int found = metadata.integer(key, only);
        if (found != only && found != also) {
            throw metadata.failure(key, "found " + found + ", expected " + only + why);
        }
    }

    private void read() throws IOException {
        int width = metadata.integer(key("embedding_length"));
        int heads = positive(key(HEADS), metadata.integer(key(HEADS)));
        int keyValueHeads = positive(key(HEADS + "_kv"), integer(HEADS + "_kv", heads));
        int words = words();
        int headSize = headSize(width, heads);
        config.putArray("architectures")
                .add(Families.named(architecture.modelType()).languageModel().orElseThrow());
        config.put("model_type", architecture.modelType())
                .put("hidden_size", width)
                .put("num_hidden_layers", layers())
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", keyValueHeads)
                .put("head_dim", headSize)
                .put("intermediate_size", metadata.integer(key("feed_forward_length")))
                .put("rms_norm_eps", metadata.number(key("attention.layer_norm_rms_epsilon")))
                .put("vocab_size", words)
                .put("max_position_embeddings", metadata.integer(key("context_length")))
                .put("tie_word_embeddings", !file.has(GgufArchitecture.OUTPUT))
                .put("rope_theta", number("rope.freq_base", 10_000));
        addTokens(words);
        switch (architecture) {
            case LLAMA ->
                config.put("hidden_act", "silu")
                        .put("attention_bias", haveBiases("attn_q", "attn_k", "attn_v", "attn_output"))
                        .put("mlp_bias", haveBiases("ffn_gate", "ffn_up", "ffn_down"));
            case QWEN2, QWEN3 -> config.put("hidden_act", "silu").put("use_sliding_window", false);
            case SMOLLM3 ->
                // llama.cpp uses this activation, whatever a file says.
                config.put("hidden_act", "silu")
                        .put("no_rope_layer_interval", 4)
                        .put("use_sliding_window", false);
            case PHI3 -> addPhi(headSize);
            case GEMMA2, GEMMA3 -> addGemma(width, heads, headSize);
        }
        addScaling(headSize);
    }

    private void addTokens(int words) throws IOException {
        for (String id : List.of("bos_token_id", "eos_token_id")) {
            String key = "tokenizer.ggml." + id;
            if (metadata.has(key)) {
                config.put(id, metadata.integer(key));
            }
        }
        if (architecture != GgufArchitecture.LLAMA) {
            double padding = metadata.number("tokenizer.ggml.padding_token_id", -1);
            if (padding >= 0 && padding < words) {
                config.put("pad_token_id", (int) padding);
            } else {
                config.putNull("pad_token_id");
            }
        }
    }

    private void addPhi(int headSize) throws IOException {
        config.put("hidden_act", "silu")
                .put("partial_rotary_factor", (double) integer("rope.dimension_count", headSize) / headSize)
                .put(
                        ORIGINAL,
                        integer(
                                SCALING + "original_context_length",
                                config.path("max_position_embeddings").intValue()));
        int window = integer(WINDOW, 0);
        if (window == 0) {
            config.putNull("sliding_window");
        } else {
            config.put("sliding_window", window);
        }
    }

    /** Adds settings that have no key, as llama.cpp does: the layers that have windows, and the factor of scores. */
    private void addGemma(int width, int heads, int headSize) throws IOException {
        boolean second = architecture == GgufArchitecture.GEMMA2;
        boolean largest = config.path("num_hidden_layers").intValue() == (second ? 46 : 62);
        config.put("hidden_activation", "gelu_pytorch_tanh")
                .put("query_pre_attn_scalar", largest ? (double) width / heads : headSize)
                .put("sliding_window", integer(WINDOW, 4096));
        String scores = "attn_logit_softcapping";
        String logits = "final_logit_softcapping";
        if (second) {
            config.put(scores, number(scores, 50)).put(logits, number(logits, 30));
        } else {
            config.put("sliding_window_pattern", 6).put("rope_local_base_freq", number("rope.freq_base_swa", 10_000));
            double cap = number(logits, 0);
            if (cap != 0) {
                config.put(logits, cap);
            }
        }
    }

    private boolean haveBiases(String... layers) throws IOException {
        Map<Boolean, List<String>> biases = Arrays.stream(layers)
                .map(layer -> "blk.0." + layer + ".bias")
                .collect(Collectors.partitioningBy(file::has));
        if (!biases.get(true).isEmpty() && !biases.get(false).isEmpty()) {
            throw new IOException(file.location() + ": there is a tensor '"
                    + biases.get(true).get(0) + "' and no '" + biases.get(false).get(0)
                    + "', expected biases for all of " + String.join(", ", layers) + " or for none");
        }
        return !biases.get(true).isEmpty();
    }

    private int positive(String key, int number) throws IOException {
        if (number < 1) {
            throw metadata.failure(key, "found " + number + ", expected at least 1");
        }
        return number;
    }

    /** Returns the number of blocks. The file must have all of them, so that no missing block is described. */
    private int layers() throws IOException {
        String key = key("block_count");
        int layers = positive(key, metadata.integer(key));
        String last = "blk." + (layers - 1) + ".attn_norm.weight";
        if (layers > file.names().size() || !file.has(last)) {
            throw metadata.failure(key, "found " + layers + ", but there is no tensor '" + last + "'");
        }
        return layers;
    }

    private int words() throws IOException {
        String words = GgufArchitecture.WORDS;
        if (!file.has(words) || file.shape(words).length != 2 || file.shape(words)[0] > Integer.MAX_VALUE) {
            throw new IOException(file.location() + ": there is no tensor '" + words + "' of two dimensions");
        }
        return (int) file.shape(words)[0];
    }

    private int headSize(int width, int heads) throws IOException {
        String rotary = key("rope.dimension_count");
        boolean part = architecture == GgufArchitecture.PHI3;
        int share = part ? width / heads : metadata.integer(rotary, width / heads);
        int size = integer("attention.key_length", share);
        if (!part) {
            requireInteger(rotary, size, size, ", the head's size; rotating a part of a head is not supported");
        }
        requireInteger(key("attention.value_length"), size, size, ", the size of a key");
        String query = part ? "blk.0.attn_output.weight" : "blk.0.attn_q.weight";
        int dimension = part ? 1 : 0;
        if (!file.has(query) || file.shape(query).length != 2 || file.shape(query)[dimension] != (long) heads * size) {
            throw metadata.failure(
                    key(HEADS),
                    "found " + heads + ", and heads of " + size + " numbers, which tensor '" + query
                            + "' is not made for");
        }
        return size;
    }

    private void addScaling(int headSize) throws IOException {
        String typeKey = key(SCALING + "type");
        boolean longer = file.has(GgufArchitecture.LONG_FACTORS) || file.has(GgufArchitecture.SHORT_FACTORS);
        String type = metadata.text(typeKey, longer ? "longrope" : "linear");
        if (longer) {
            addLongFactors(type);
            return;
        }
        if (!List.of("none", "linear", "yarn").contains(type)) {
            throw metadata.failure(typeKey, "found \"" + type + "\", expected \"none\", \"linear\" or \"yarn\"");
        }
        String attention = key(SCALING + "attn_factor");
        if (metadata.number(attention, 1) != 1) {
            throw metadata.failure(attention, "found " + metadata.number(attention) + ", only 1 is supported");
        }
        double named = number(SCALING + "factor", number("rope.scale_linear", 1));
        double factor = type.equals("none") || named == 0 ? 1 : named;
        if (factor != 1) {
            ObjectNode scaling =
                    config.putObject("rope_scaling").put("rope_type", type).put("factor", factor);
            if (type.equals("yarn")) {
                scaling.put(ORIGINAL, metadata.integer(key(SCALING + "original_context_length")))
                        .put("beta_fast", number(SCALING + "yarn_beta_fast", 32))
                        .put("beta_slow", number(SCALING + "yarn_beta_slow", 1));
            }
        }
        if (file.has(GgufArchitecture.FREQUENCY_FACTORS)) {
            if (factor != 1) {
                throw metadata.failure(
                        typeKey, "found \"" + type + "\" next to tensor '" + GgufArchitecture.FREQUENCY_FACTORS + "'");
            }
            addFrequencyFactors(headSize);
        }
    }

    /** Adds LongRoPE's factors, and the factor of the attention unless it follows the rule. */
    private void addLongFactors(String type) throws IOException {
        if (!type.equals("longrope") && !type.equals("none")) {
            throw metadata.failure(
                    key(SCALING + "type"),
                    "found \"" + type + "\" next to tensor '" + GgufArchitecture.LONG_FACTORS
                            + "', expected \"longrope\"");
        }
        ObjectNode scaling = config.putObject("rope_scaling").put("rope_type", "longrope");
        for (Map.Entry<String, String> one : Map.of(
                        "short_factor", GgufArchitecture.SHORT_FACTORS, "long_factor", GgufArchitecture.LONG_FACTORS)
                .entrySet()) {
            ArrayNode factors = scaling.putArray(one.getKey());
            for (float factor : factors(one.getValue())) {
                factors.add(Double.parseDouble(Float.toString(factor)));
            }
        }
        double attention = number(SCALING + "attn_factor", 1);
        double original = config.path(ORIGINAL).doubleValue();
        double factor = config.path("max_position_embeddings").doubleValue() / original;
        double usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        if (Math.abs(attention - usual) > FACTOR_TOLERANCE) {
            scaling.put("attention_factor", attention);
        }
    }

    private float[] factors(String tensor) throws IOException {
        if (!file.has(tensor) || file.dataType(tensor) != DataType.FLOAT || file.shape(tensor).length != 1) {
            throw new IOException(file.location() + ": tensor '" + tensor + "' is "
                    + (file.has(tensor)
                            ? "of type " + file.dataType(tensor) + " and shape " + Arrays.toString(file.shape(tensor))
                            : "missing")
                    + ", expected F32 and one dimension");
        }
        try (INDArray array = file.read(tensor)) {
            return array.isEmpty() ? new float[0] : array.toFloatVector();
        }
    }

    /**
     * Adds Llama 3.1's rule, of which a file keeps only the resulting factors. All models that follow the rule have the
     * same parameters, except for the largest factor. The method checks that these give the file's factors.
     */
    private void addFrequencyFactors(int headSize) throws IOException {
        float[] factors = factors(GgufArchitecture.FREQUENCY_FACTORS);
        double largest = 1;
        for (float factor : factors) {
            largest = Math.max(largest, Double.parseDouble(Float.toString(factor)));
        }
        double low = 1;
        double high = 4;
        int original = 8192;
        double theta = config.path("rope_theta").doubleValue();
        boolean same = factors.length == headSize / 2;
        for (int i = 0; i < factors.length && same; i++) {
            double waves = original * Math.pow(theta, -2.0 * i / headSize) / (2 * Math.PI);
            double kept = Math.max(0, Math.min(1, (waves - low) / (high - low)));
            same = Math.abs(factors[i] * (kept + (1 - kept) / largest) - 1) < FACTOR_TOLERANCE;
        }
        if (!same) {
            throw new IOException(file.location() + ": tensor '" + GgufArchitecture.FREQUENCY_FACTORS
                    + "' does not have the factors of Llama 3.1's rule (low_freq_factor 1, high_freq_factor 4,"
                    + " original_max_position_embeddings 8192), others are not supported");
        }
        if (largest == 1) {
            return;
        }
        config.putObject("rope_scaling")
                .put("rope_type", "llama3")
                .put("factor", largest)
                .put("low_freq_factor", low)
                .put("high_freq_factor", high)
                .put("original_max_position_embeddings", original);
    }
}

package org.lsradapt.models.internal.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a GGUF file of architecture {@code llama} says, in the words of Hugging Face. */
public final class GgufLlama {

    /** What Llama 3.1's rule divides the rotary frequencies by, one number per frequency. */
    public static final String FREQUENCY_FACTORS = "rope_freqs.weight";

    private static final String ARCHITECTURE = "general.architecture";
    private static final String LLAMA = "llama";
    private static final String WORDS = "token_embd.weight";
    private static final String OUTPUT = "output.weight";
    private static final String HEADS = "llama.attention.head_count";
    private static final String SCALING = "llama.rope.scaling.";

    /** How far a factor may be from the rule's: both are rounded to 32 bits. */
    private static final double FACTOR_TOLERANCE = 1e-5;

    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

    /** Parts of a layer by Hugging Face's names. */
    private static final Map<String, String> PARTS = Map.of(
            "input_layernorm", "attn_norm",
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.o_proj", "attn_output",
            "post_attention_layernorm", "ffn_norm",
            "mlp.gate_proj", "ffn_gate",
            "mlp.up_proj", "ffn_up",
            "mlp.down_proj", "ffn_down");

    /** What lies outside of layers. */
    private static final Map<String, String> OTHERS =
            Map.of("embed_tokens.weight", WORDS, "norm.weight", "output_norm.weight", "lm_head.weight", OUTPUT);

    private GgufLlama() {}

    /**
     * llama.cpp's name for a family.
     *
     * @param modelType transformers' name
     * @throws IllegalArgumentException if its files are not supported
     */
    public static String architecture(String modelType) {
        Require.argument(
                modelType.equals(LLAMA),
                "GGUF: a model of type %s has no form there that is supported, expected llama",
                modelType);
        return LLAMA;
    }

    /** Where the file has a tensor of Hugging Face's name without the prefix {@code model.}. */
    public static Optional<String> place(String name) {
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return Optional.ofNullable(OTHERS.get(name));
        }
        return Optional.ofNullable(PARTS.get(layer.group(2)))
                .map(part -> "blk." + layer.group(1) + "." + part + "." + layer.group(3));
    }

    /** Refuses what is no whole model of LLaMA's form. */
    public static void requireSupported(Gguf file) throws IOException {
        GgufMetadata metadata = file.metadata();
        String architecture = metadata.text(ARCHITECTURE);
        if (!architecture.equals(LLAMA)) {
            throw metadata.failure(ARCHITECTURE, "found \"" + architecture + "\", only \"llama\" is supported");
        }
        requireText(metadata, "general.type", "model");
        requireInteger(metadata, "split.count", 1, 0, "; llama.cpp's gguf-split --merge makes one file of them");
        requireInteger(metadata, "llama.expert_count", 0, 0, "; a mixture of experts is not supported");
        if (!metadata.flag("llama.attention.causal", true)) {
            throw metadata.failure("llama.attention.causal", "found false, only causal models are supported");
        }
    }

    private static void requireText(GgufMetadata metadata, String key, String only) throws IOException {
        if (!metadata.text(key, only).equals(only)) {
            throw metadata.failure(key, "found \"" + metadata.text(key) + "\", only \"" + only + "\" is supported");
        }
    }

    private static void requireInteger(GgufMetadata metadata, String key, int only, int also, String why)
            throws IOException {
        int found = metadata.integer(key, only);
        if (found != only && found != also) {
            throw metadata.failure(key, "found " + found + ", expected " + only + why);
        }
    }

    /**
     * The {@code config.json} of the same model.
     *
     * @throws IOException if something is missing, malformed, contradicts the tensors or is not supported
     */
    public static ObjectNode config(Gguf file) throws IOException {
        GgufMetadata metadata = file.metadata();
        int width = metadata.integer("llama.embedding_length");
        int heads = positive(metadata, HEADS, metadata.integer(HEADS));
        int keyValueHeads = positive(metadata, HEADS + "_kv", metadata.integer(HEADS + "_kv", heads));
        int headSize = headSize(file, width, heads);
        ObjectNode config = JsonFile.newObject();
        config.putArray("architectures").add("LlamaForCausalLM");
        config.put("model_type", LLAMA)
                .put("hidden_size", width)
                .put("num_hidden_layers", layers(file))
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", keyValueHeads)
                .put("head_dim", headSize)
                .put("intermediate_size", metadata.integer("llama.feed_forward_length"))
                .put("hidden_act", "silu")
                .put("rms_norm_eps", metadata.number("llama.attention.layer_norm_rms_epsilon"))
                .put("vocab_size", words(file))
                .put("max_position_embeddings", metadata.integer("llama.context_length"))
                .put("attention_bias", haveBiases(file, "attn_q", "attn_k", "attn_v", "attn_output"))
                .put("mlp_bias", haveBiases(file, "ffn_gate", "ffn_up", "ffn_down"))
                .put("tie_word_embeddings", !file.has(OUTPUT))
                .put("rope_theta", metadata.number("llama.rope.freq_base", 10_000));
        addScaling(config, file, headSize);
        for (String id : new String[] {"bos_token_id", "eos_token_id"}) {
            String key = "tokenizer.ggml." + id;
            if (metadata.has(key)) {
                config.put(id, metadata.integer(key));
            }
        }
        return config;
    }

    private static boolean haveBiases(Gguf file, String... layers) throws IOException {
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

    private static int positive(GgufMetadata metadata, String key, int number) throws IOException {
        if (number < 1) {
            throw metadata.failure(key, "found " + number + ", expected at least 1");
        }
        return number;
    }

    /** The number of blocks, none of which the file may lack: what is not there need not be described. */
    private static int layers(Gguf file) throws IOException {
        String key = "llama.block_count";
        int layers = positive(file.metadata(), key, file.metadata().integer(key));
        String last = "blk." + (layers - 1) + ".attn_norm.weight";
        if (layers > file.names().size() || !file.has(last)) {
            throw file.metadata().failure(key, "found " + layers + ", but there is no tensor '" + last + "'");
        }
        return layers;
    }

    private static int words(Gguf file) throws IOException {
        if (!file.has(WORDS) || file.shape(WORDS).length != 2 || file.shape(WORDS)[0] > Integer.MAX_VALUE) {
            throw new IOException(file.location() + ": there is no tensor '" + WORDS + "' of two dimensions");
        }
        return (int) file.shape(WORDS)[0];
    }

    private static int headSize(Gguf file, int width, int heads) throws IOException {
        GgufMetadata metadata = file.metadata();
        String rotary = "llama.rope.dimension_count";
        String key = "llama.attention.key_length";
        int size = metadata.integer(key, metadata.integer(rotary, width / heads));
        requireInteger(metadata, rotary, size, size, ", the head's size; rotating a part of a head is not supported");
        requireInteger(metadata, "llama.attention.value_length", size, size, ", the size of a key");
        String query = "blk.0.attn_q.weight";
        if (!file.has(query) || file.shape(query)[0] != (long) heads * size) {
            throw metadata.failure(
                    HEADS,
                    "found " + heads + ", and heads of " + size + " numbers, which tensor '" + query
                            + "' is not made for");
        }
        return size;
    }

    private static void addScaling(ObjectNode config, Gguf file, int headSize) throws IOException {
        GgufMetadata metadata = file.metadata();
        String type = metadata.text(SCALING + "type", "linear");
        if (!type.equals("none") && !type.equals("linear")) {
            throw metadata.failure(SCALING + "type", "found \"" + type + "\", expected \"none\" or \"linear\"");
        }
        String attention = SCALING + "attn_factor";
        if (metadata.number(attention, 1) != 1) {
            throw metadata.failure(attention, "found " + metadata.number(attention) + ", only 1 is supported");
        }
        double named = metadata.number(SCALING + "factor", metadata.number("llama.rope.scale_linear", 1));
        double factor = type.equals("none") || named == 0 ? 1 : named;
        if (factor != 1) {
            config.putObject("rope_scaling").put("rope_type", type).put("factor", factor);
        }
        if (file.has(FREQUENCY_FACTORS)) {
            if (factor != 1) {
                throw metadata.failure(
                        SCALING + "type", "found \"" + type + "\" beside tensor '" + FREQUENCY_FACTORS + "'");
            }
            addFrequencyFactors(config, file, headSize);
        }
    }

    private static float[] frequencyFactors(Gguf file) throws IOException {
        if (file.dataType(FREQUENCY_FACTORS) != DataType.FLOAT || file.shape(FREQUENCY_FACTORS).length != 1) {
            throw new IOException(file.location() + ": tensor '" + FREQUENCY_FACTORS + "' is of type "
                    + file.typeName(FREQUENCY_FACTORS) + " and shape " + Arrays.toString(file.shape(FREQUENCY_FACTORS))
                    + ", expected F32 and one dimension");
        }
        try (INDArray array = file.read(FREQUENCY_FACTORS)) {
            return array.isEmpty() ? new float[0] : array.toFloatVector();
        }
    }

    /**
     * Llama 3.1's rule leaves nothing but the factors that it gave. All models that follow it have the same parameters but
     * for the largest factor; whether these give the file's factors is checked.
     */
    private static void addFrequencyFactors(ObjectNode config, Gguf file, int headSize) throws IOException {
        float[] factors = frequencyFactors(file);
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
            throw new IOException(file.location() + ": tensor '" + FREQUENCY_FACTORS
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

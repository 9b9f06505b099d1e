package org.lsradapt.models.internal.gguf;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The architectures of language models in GGUF files: the families, the places of tensors, and their form. One side has
 * llama.cpp's names, the other Hugging Face's names without the prefix {@code model.}.
 */
public enum GgufArchitecture {
    LLAMA(List.of("llama", "mistral"), Parts.LLAMA, Set.of(Trait.NEIGHBOURS, Trait.BIASES), 10_000),
    QWEN2(List.of("qwen2"), Parts.LLAMA, Set.of(Trait.BIASES), 10_000),
    QWEN3(List.of("qwen3"), Parts.with(Parts.LLAMA, Parts.HEAD_NORMS), Set.of(), 10_000),
    SMOLLM3(List.of("smollm3"), Parts.LLAMA, Set.of(Trait.NEIGHBOURS), 2_000_000),
    PHI3(List.of("phi3"), Parts.PHI, Set.of(Trait.WINDOWS), 10_000),
    GEMMA2(List.of("gemma2"), Parts.GEMMA, Set.of(Trait.WINDOWS, Trait.NORMS_FROM_ZERO), 10_000),
    GEMMA3(
            List.of("gemma3_text"),
            Parts.with(Parts.GEMMA, Parts.HEAD_NORMS),
            Set.of(Trait.WINDOWS, Trait.NORMS_FROM_ZERO),
            1_000_000);

    /** The divisors of the rotary frequencies by Llama 3.1's rule, one per frequency. */
    static final String FREQUENCY_FACTORS = "rope_freqs.weight";

    /** The divisors of LongRoPE, for short texts and for long ones. */
    static final String SHORT_FACTORS = "rope_factors_short.weight";

    static final String LONG_FACTORS = "rope_factors_long.weight";
    static final String WORDS = "token_embd.weight";
    static final String OUTPUT = "output.weight";
    private static final String KEY = "general.architecture";
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

    private static final Map<String, String> OTHERS =
            Map.of("embed_tokens.weight", WORDS, "norm.weight", "output_norm.weight", "lm_head.weight", OUTPUT);

    /** A difference from most architectures. */
    private enum Trait {
        /** The rotation turns neighbours instead of the halves of a head, so rows of queries and keys are in another order. */
        NEIGHBOURS,
        /** Linear layers may have biases. */
        BIASES,
        /** Layers may have windows. */
        WINDOWS,
        /** Norms multiply by the file's γ; Hugging Face's files have γ − 1. */
        NORMS_FROM_ZERO
    }

    /** The parts of a layer by Hugging Face's names. */
    private static final class Parts {
        static final Map<String, String> LLAMA = of(
                "input_layernorm", "attn_norm",
                "self_attn.q_proj", "attn_q",
                "self_attn.k_proj", "attn_k",
                "self_attn.v_proj", "attn_v",
                "self_attn.o_proj", "attn_output",
                "post_attention_layernorm", "ffn_norm",
                "mlp.gate_proj", "ffn_gate",
                "mlp.up_proj", "ffn_up",
                "mlp.down_proj", "ffn_down");
        static final Map<String, String> HEAD_NORMS =
                of("self_attn.q_norm", "attn_q_norm", "self_attn.k_norm", "attn_k_norm");
        static final Map<String, String> PHI = of(
                "input_layernorm", "attn_norm",
                "self_attn.qkv_proj", "attn_qkv",
                "self_attn.o_proj", "attn_output",
                "post_attention_layernorm", "ffn_norm",
                "mlp.gate_up_proj", "ffn_up",
                "mlp.down_proj", "ffn_down");
        static final Map<String, String> GEMMA = with(
                LLAMA,
                of(
                        "post_attention_layernorm", "post_attention_norm",
                        "pre_feedforward_layernorm", "ffn_norm",
                        "post_feedforward_layernorm", "post_ffw_norm"));

        private static Map<String, String> of(String... names) {
            Map<String, String> parts = new LinkedHashMap<>();
            for (int i = 0; i < names.length; i += 2) {
                parts.put(names[i], names[i + 1]);
            }
            return parts;
        }

        private static Map<String, String> with(Map<String, String> parts, Map<String, String> others) {
            Map<String, String> all = new LinkedHashMap<>(parts);
            all.putAll(others);
            return all;
        }
    }

    private final List<String> modelTypes;
    private final Map<String, String> parts;
    private final Set<Trait> traits;
    private final double theta;

    GgufArchitecture(List<String> modelTypes, Map<String, String> parts, Set<Trait> traits, double theta) {
        this.modelTypes = modelTypes;
        this.parts = parts;
        this.traits = traits;
        this.theta = theta;
    }

    /** Returns the architecture that holds models of a family, or refuses the family. */
    public static GgufArchitecture of(String modelType) {
        Optional<GgufArchitecture> found = Arrays.stream(values())
                .filter(one -> one.modelTypes.contains(modelType))
                .findFirst();
        Require.argument(
                found.isPresent(),
                "GGUF: a model of type %s has no form there that is supported, expected one of %s",
                modelType,
                Arrays.stream(values()).flatMap(one -> one.modelTypes.stream()).collect(Collectors.joining(", ")));
        return found.get();
    }

    public static GgufArchitecture of(Gguf file) throws IOException {
        GgufMetadata metadata = file.metadata();
        String name = metadata.text(KEY);
        return Arrays.stream(values())
                .filter(one -> one.label().equals(name))
                .findFirst()
                .orElseThrow(() -> metadata.failure(
                        KEY,
                        "found \"" + name + "\", expected one of "
                                + Arrays.stream(values())
                                        .map(GgufArchitecture::label)
                                        .collect(Collectors.joining(", "))));
    }

    /** llama.cpp's name. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The family that reads such a file. */
    String modelType() {
        return modelTypes.get(0);
    }

    /** Returns a key of metadata that begins with the architecture's name. */
    String key(String name) {
        return label() + "." + name;
    }

    /** The default of θ if neither side has it. */
    double theta() {
        return theta;
    }

    boolean turnsNeighbours() {
        return traits.contains(Trait.NEIGHBOURS);
    }

    public boolean hasWindows() {
        return traits.contains(Trait.WINDOWS);
    }

    boolean normsFromZero() {
        return traits.contains(Trait.NORMS_FROM_ZERO);
    }

    public Optional<String> place(String fileName) {
        Matcher layer = LAYER.matcher(fileName);
        if (!layer.matches()) {
            return Optional.ofNullable(OTHERS.get(fileName));
        }
        if (layer.group(3).equals("bias") && !traits.contains(Trait.BIASES)) {
            return Optional.empty();
        }
        return Optional.ofNullable(parts.get(layer.group(2)))
                .map(part -> "blk." + layer.group(1) + "." + part + "." + layer.group(3));
    }

    /** Refuses a tensor that the model has no place for; without it, outputs would silently be wrong. */
    public void requireKnown(Gguf file, Transformer model) throws IOException {
        Set<String> known = new HashSet<>();
        for (Tensor tensor : model.tensors().values()) {
            place(tensor.fileName()).ifPresent(known::add);
        }
        known.addAll(this == PHI3 ? List.of(SHORT_FACTORS, LONG_FACTORS) : List.of(FREQUENCY_FACTORS));
        for (String tensor : file.names()) {
            if (!known.contains(tensor)) {
                throw new IOException(file.location() + ": tensor '" + tensor + "' has no place in a " + label()
                        + " model; expected token_embd, output_norm, output, and in each block "
                        + String.join(", ", parts.values()));
            }
        }
    }

    /** Returns the names of the tensors with divisors of rotary frequencies. */
    public static List<String> factors() {
        return List.of(FREQUENCY_FACTORS, SHORT_FACTORS, LONG_FACTORS);
    }
}

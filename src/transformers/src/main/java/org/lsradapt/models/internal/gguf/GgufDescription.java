package org.lsradapt.models.internal.gguf;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.GgufWriter;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Transformer;

/** Describes a model in a GGUF file's metadata, as llama.cpp's converter does; {@link GgufConfig} is the inverse. */
public final class GgufDescription {
    private static final List<String> SCALINGS = List.of("rope_scaling", "rope_parameters");
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final String WHOLE_LAYERS = "full_attention";

    private final GgufArchitecture architecture;
    private final Transformer model;
    private final JsonFields config;
    private final GgufWriter writer;

    private GgufDescription(GgufArchitecture architecture, Transformer model, JsonFields config, GgufWriter writer) {
        this.architecture = architecture;
        this.model = model;
        this.config = config;
        this.writer = writer;
    }

    /** Adds the metadata; returns the divisors of rotary frequencies, which are tensors in addition to weights. */
    public static Map<String, float[]> add(
            GgufArchitecture architecture, Transformer model, JsonFields config, GgufWriter writer) throws IOException {
        return new GgufDescription(architecture, model, config, writer).add();
    }

    private Map<String, float[]> add() throws IOException {
        Attention attention = model.blocks().get(0).attention();
        writer.text("general.architecture", architecture.label());
        integer("context_length", positions());
        integer("embedding_length", model.width());
        integer("block_count", model.blocks().size());
        integer(
                "feed_forward_length",
                model.blocks().get(0).feedForward().down().in());
        integer("attention.head_count", attention.heads());
        integer("attention.head_count_kv", attention.keyValueHeads());
        integer("attention.key_length", attention.headSize());
        integer("attention.value_length", attention.headSize());
        number(
                "attention.layer_norm_rms_epsilon",
                config.number("rms_norm_eps", model.norms().get(0).epsilon()));
        integer("vocab_size", model.vocabulary());
        if (architecture.hasWindows()) {
            integer("attention.sliding_window", window().orElse(0));
        }
        if (architecture == GgufArchitecture.GEMMA2) {
            number("attn_logit_softcapping", attention.scores().cap().orElse(0));
        }
        if (model.logitCap().isPresent()) {
            number("final_logit_softcapping", model.logitCap().getAsDouble());
        }
        return addRotary();
    }

    private void integer(String name, long value) {
        writer.integer(architecture.key(name), value);
    }

    private void number(String name, double value) {
        writer.number(architecture.key(name), (float) value);
    }

    private OptionalInt window() {
        return model.blocks().stream()
                .map(block -> block.attention().scores().reach())
                .filter(OptionalInt::isPresent)
                .mapToInt(reach -> reach.getAsInt() + 1)
                .min();
    }

    /** Returns the longest text. Without windows in llama.cpp, it is the longest that no window would cut. */
    private int positions() {
        return architecture.hasWindows()
                ? model.maxTokens()
                : Math.min(model.maxTokens(), window().orElse(model.maxTokens()));
    }

    /** Returns the rotary positions of a layer without a window if there is one, else of any layer: layers with windows use θ alone. */
    private Optional<Positions.Rotary> rotary() {
        Optional<Positions.Rotary> found = Optional.empty();
        for (boolean whole : new boolean[] {true, false}) {
            found = found.or(() -> model.blocks().stream()
                    .map(block -> block.attention())
                    .filter(attention -> !whole || attention.scores().reach().isEmpty())
                    .map(Attention::positions)
                    .filter(Positions.Rotary.class::isInstance)
                    .map(Positions.Rotary.class::cast)
                    .findFirst());
        }
        return found;
    }

    private Map<String, float[]> addRotary() throws IOException {
        Optional<JsonFields> scaling = scaling();
        double beside = config.number("rope_theta", architecture.theta());
        double theta = scaling.isPresent() ? scaling.get().number("rope_theta", beside) : beside;
        number("rope.freq_base", theta);
        Optional<Positions.Rotary> rotary = rotary();
        if (rotary.isEmpty()) {
            return Map.of();
        }
        double[] frequencies = rotary.get().frequencies();
        integer("rope.dimension_count", 2L * frequencies.length);
        if (rotary.get().longer().isPresent()) {
            return addLonger(rotary.get(), rotary.get().longer().get(), theta);
        }
        if (scaling.isEmpty()) {
            return Map.of();
        }
        JsonFields fields = scaling.get();
        switch (fields.text("rope_type", fields.text("type", "default"))) {
            case "linear" -> {
                writer.text(architecture.key("rope.scaling.type"), "linear");
                number("rope.scaling.factor", fields.number("factor"));
            }
            case "yarn" -> {
                int original = config.integer(ORIGINAL, fields.integer(ORIGINAL, model.maxTokens()));
                writer.text(architecture.key("rope.scaling.type"), "yarn");
                number("rope.scaling.factor", fields.number("factor", (double) model.maxTokens() / original));
                integer("rope.scaling.original_context_length", original);
                number("rope.scaling.yarn_beta_fast", fields.number("beta_fast", 32));
                number("rope.scaling.yarn_beta_slow", fields.number("beta_slow", 1));
            }
            case "llama3" -> {
                return Map.of(GgufArchitecture.FREQUENCY_FACTORS, factors(frequencies, theta));
            }
            default -> {
                // Without scaling.
            }
        }
        return Map.of();
    }

    private Optional<JsonFields> scaling() throws IOException {
        for (String field : SCALINGS) {
            if (!config.isOff(field)) {
                JsonFields fields = config.object(field);
                return Optional.of(fields.isObject(WHOLE_LAYERS) ? fields.object(WHOLE_LAYERS) : fields);
            }
        }
        return Optional.empty();
    }

    private Map<String, float[]> addLonger(Positions.Rotary rotary, Positions.Longer longer, double theta) {
        writer.text(architecture.key("rope.scaling.type"), "longrope");
        integer("rope.scaling.original_context_length", longer.beyond());
        number("rope.scaling.attn_factor", rotary.factor());
        Map<String, float[]> factors = new LinkedHashMap<>();
        factors.put(GgufArchitecture.LONG_FACTORS, factors(longer.frequencies(), theta));
        factors.put(GgufArchitecture.SHORT_FACTORS, factors(rotary.frequencies(), theta));
        return factors;
    }

    /** Returns the divisor of each frequency of θ. */
    private static float[] factors(double[] frequencies, double theta) {
        float[] factors = new float[frequencies.length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) (Math.pow(theta, -(double) i / frequencies.length) / frequencies[i]);
        }
        return factors;
    }
}

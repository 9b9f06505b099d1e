package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Scores;

/**
 * Gemma 2 (arXiv 2408.00118) and the text part of Gemma 3 (arXiv 2503.19786): embeddings times √width, normalizations
 * by 1 + γ before the parts and of their outputs, and some layers with a window. Gemma 2 caps scores and logits. Gemma
 * 3 normalizes the heads of queries and keys, and its layers with a window have another θ. Gemma 3 has no cap of
 * scores, whatever its configuration says: transformers reads that field and does not use it.
 */
final class Gemma extends Decoder {
    private static final String SCORE_CAP = "attn_logit_softcapping";
    private static final String LOGIT_CAP = "final_logit_softcapping";
    private static final String SCALING = "rope_scaling";
    private static final String PARAMETERS = "rope_parameters";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    private final boolean third;

    private Gemma(String modelType, String name, int positions, boolean third) {
        super(
                modelType,
                name,
                new Defaults(
                        OptionalInt.of(4),
                        OptionalInt.of(256),
                        positions,
                        OptionalInt.of(0),
                        1e-6,
                        Norm.Kind.RMS_FROM_ONE,
                        true));
        this.third = third;
    }

    static Gemma gemma2() {
        return new Gemma("gemma2", "Gemma2", 8192, false);
    }

    static Gemma gemma3() {
        return new Gemma("gemma3_text", "Gemma3", 131_072, true);
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("GemmaTokenizer");
    }

    @Override
    public String sequenceClassifier() {
        return third ? "Gemma3TextForSequenceClassification" : super.sequenceClassifier();
    }

    @Override
    double embeddingScale(DecoderParts parts) {
        return Math.sqrt(parts.width());
    }

    @Override
    OptionalDouble logitCap(JsonFields config) throws IOException {
        return cap(config, LOGIT_CAP, 30);
    }

    /** Returns a cap, which null turns off; Gemma 2 has a default if the field is missing. */
    private OptionalDouble cap(JsonFields config, String field, double usual) throws IOException {
        if (!config.has(field)) {
            return third ? OptionalDouble.empty() : OptionalDouble.of(usual);
        }
        if (config.isAbsent(field)) {
            return OptionalDouble.empty();
        }
        double cap = config.number(field);
        if (cap <= 0) {
            throw config.failure(field, "found " + cap + ", expected null or a number above 0");
        }
        return OptionalDouble.of(cap);
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        config.requireOff("use_bidirectional_attention", "only causal models are supported");
        double scalar = config.number("query_pre_attn_scalar", 256);
        if (scalar <= 0) {
            throw config.failure("query_pre_attn_scalar", "found " + scalar + ", expected a number above 0");
        }
        Scores scores = Scores.USUAL.scaled(1 / Math.sqrt(scalar));
        OptionalDouble cap = third ? OptionalDouble.empty() : cap(config, SCORE_CAP, 50);
        if (cap.isPresent()) {
            scores = scores.capped(cap.getAsDouble());
        }
        boolean bias = config.flag("attention_bias", false);
        Activation activation = config.meaning("hidden_activation", "gelu_pytorch_tanh", Activation::named);
        int pattern = third ? config.integer("sliding_window_pattern", 6) : 2;
        if (pattern < 1) {
            throw config.failure("sliding_window_pattern", "found " + pattern + ", expected 1 or more");
        }
        List<Boolean> windows = parts.windows(layer -> (layer + 1) % pattern != 0);
        Positions global = third ? global(parts) : parts.rotary(10_000);
        Positions local = third ? local(parts) : global;
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            boolean window = windows.get(i);
            Attention attention = parts.attention(i, bias, bias, window ? local : global)
                    .with(window ? scores.within(parts.reach(4096)) : scores);
            String layer = DecoderParts.layer(i);
            blocks.add(Block.normAround(
                    parts.norm(layer + "input_layernorm"),
                    third ? attention.with(parts.headNorms(i)) : attention,
                    parts.norm(layer + "post_attention_layernorm"),
                    parts.norm(layer + "pre_feedforward_layernorm"),
                    parts.gated(i, false, activation),
                    parts.norm(layer + "post_feedforward_layernorm")));
        }
        return blocks;
    }

    /** Returns positions of layers without a window; {@code rope_scaling} precedes the newer field. */
    private static Positions global(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        Optional<JsonFields> own = own(config, FULL);
        double theta = config.number("rope_theta", 1_000_000);
        if (config.isAbsent(SCALING)) {
            return own.isPresent() ? parts.rotary(own.get(), theta) : parts.unscaled(theta);
        }
        JsonFields scaling = config.object(SCALING);
        if (own.isPresent()) {
            return parts.rotary(own.get().with(scaling), theta);
        }
        // The type's oldest name, type, is not read here.
        return scaling.isAbsent("rope_type")
                ? parts.unscaled(scaling.number("rope_theta", theta))
                : parts.rotary(scaling, theta);
    }

    private static Positions local(DecoderParts parts) throws IOException {
        double theta = parts.config().number("rope_local_base_freq", 10_000);
        Optional<JsonFields> own = own(parts.config(), SLIDING);
        return own.isPresent() ? parts.rotary(own.get(), theta) : parts.unscaled(theta);
    }

    /** Returns the positions of one kind of layers from the newer field; fields for all layers in it are not read. */
    private static Optional<JsonFields> own(JsonFields config, String kind) throws IOException {
        if (config.isAbsent(PARAMETERS)) {
            return Optional.empty();
        }
        JsonFields both = config.object(PARAMETERS);
        return both.isAbsent(kind) ? Optional.empty() : Optional.of(both.object(kind));
    }
}

package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.RelativeEmbeddings;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DeBERTa-v2 and v3 (He et al., arXiv 2006.03654 and 2111.09543; {@code model_type} deberta-v2): disentangled attention
 * over relative embeddings. The convolution of v2's largest models is not supported.
 */
final class DebertaV3 extends Encoder {
    private static final EncoderLayers.Names LAYER = new EncoderLayers.Names(
            "attention.self.query_proj",
            "attention.self.key_proj",
            "attention.self.value_proj",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    DebertaV3() {
        super(
                "deberta-v2",
                "DebertaV2",
                new Classifier("pooler.dense", Head.Source.BASE_OR_TRAINED, Activation.GELU, "classifier"));
    }

    @Override
    public String prefix() {
        return "deberta.";
    }

    @Override
    public List<String> besideBase() {
        return List.of("pooler.");
    }

    @Override
    double epsilon(JsonFields config) throws IOException {
        return config.number("layer_norm_eps", 1e-7);
    }

    @Override
    int positions(JsonFields config) throws IOException {
        return config.integer("max_position_embeddings", 512);
    }

    @Override
    EncoderLayers layers(JsonFields config) throws IOException {
        if (config.integer("conv_kernel_size", 0) > 0) {
            throw config.failure(
                    "conv_kernel_size",
                    "found " + config.integer("conv_kernel_size") + ", a convolution is not supported");
        }
        return layers(config, LAYER, EncoderLayers.Shape.of(config, "attention_head_size"));
    }

    @Override
    List<Block> blocks(JsonFields config, EncoderLayers layers) throws IOException {
        Optional<RelativeEmbeddings> relative = relative(config, layers.width(), layers.epsilon());
        List<String> terms = config.isText("pos_att_type")
                ? parts(config.text("pos_att_type"))
                : config.isOff("pos_att_type") ? List.of() : config.texts("pos_att_type");
        boolean toPositions = terms.contains("c2p");
        boolean fromPositions = terms.contains("p2c");
        if (!toPositions && !fromPositions) {
            return layers.normBehind(attention -> attention);
        }
        if (relative.isEmpty()) {
            throw config.failure("pos_att_type", "found " + terms + ", expected none without relative_attention");
        }
        boolean shared = config.flag("share_att_key", false);
        return layers.normBehind(attention -> attention.with(new Positions.Disentangled(
                relative.get(),
                toPositions ? Optional.of(projection(attention.key(), shared, "key")) : Optional.empty(),
                fromPositions ? Optional.of(projection(attention.query(), shared, "query")) : Optional.empty())));
    }

    /** Returns the projection of relative embeddings: that of the tokens if they share it, or another one. */
    private static Linear projection(Linear ofTokens, boolean shared, String kind) {
        return shared
                ? ofTokens
                : new Linear(
                        ofTokens.name().replace(kind + "_proj", "pos_" + kind + "_proj"),
                        ofTokens.in(),
                        ofTokens.out(),
                        true);
    }

    @Override
    Embeddings embeddings(JsonFields config, int width, OptionalInt padding) throws IOException {
        int own = config.integer("embedding_size", width);
        return new Embeddings.Tokens(
                words(config, own),
                config.flag("position_biased_input", true)
                        ? Optional.of(table("position", positions(config), own))
                        : Optional.empty(),
                padding,
                types(config, own),
                own == width ? Optional.empty() : Optional.of(new Linear("embeddings.embed_proj", own, width, false)),
                Optional.of(EncoderLayers.norm("embeddings.LayerNorm", width, epsilon(config))));
    }

    @Override
    Optional<Table> types(JsonFields config, int width) throws IOException {
        int types = config.integer("type_vocab_size", 0);
        return types > 0 ? Optional.of(table("token_type", types, width)) : Optional.empty();
    }

    private Optional<RelativeEmbeddings> relative(JsonFields config, int width, double epsilon) throws IOException {
        if (!config.flag("relative_attention", false)) {
            return Optional.empty();
        }
        int furthest = config.integer("max_relative_positions", -1);
        if (furthest < 1) {
            furthest = positions(config);
        }
        int buckets = Math.max(0, config.integer("position_buckets", -1));
        if (buckets == 1) {
            throw config.failure("position_buckets", "found 1, expected at least 2, or 0 for none");
        }
        if (buckets > 0 && furthest <= buckets / 2 + 1) {
            throw config.failure(
                    "max_relative_positions",
                    "found " + furthest + ", expected at least " + (buckets / 2 + 2) + " with position_buckets "
                            + buckets);
        }
        int span = buckets > 0 ? buckets : furthest;
        Table table = new Table("encoder.rel_embeddings.weight", 2 * span, width);
        boolean normalized = parts(config.text("norm_rel_ebd", "none")).contains("layer_norm");
        Optional<Norm> norm =
                normalized ? Optional.of(EncoderLayers.norm("encoder.LayerNorm", width, epsilon)) : Optional.empty();
        return Optional.of(new RelativeEmbeddings(table, norm, buckets, furthest));
    }

    private static List<String> parts(String text) {
        return Stream.of(text.toLowerCase(Locale.ROOT).split("\\|"))
                .map(String::strip)
                .toList();
    }

    /** Returns the head; base models come without the pooler, which is then trained. */
    @Override
    Head head(JsonFields config, int width) throws IOException {
        int pooled = config.integer("pooler_hidden_size", width);
        if (pooled != width) {
            throw config.failure("pooler_hidden_size", "found " + pooled + ", expected hidden_size " + width);
        }
        return head(width, config.meaning("pooler_hidden_act", "gelu", Activation::named));
    }

    /** Returns heads under BERT's names, the default in transformers, and under those of the models' authors. */
    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        MaskedHead ofAuthors = MaskedHead.of(
                model,
                "lm_predictions.lm_head.dense",
                config.meaning("hidden_act", "gelu", Activation::named),
                "lm_predictions.lm_head.LayerNorm",
                epsilon(config),
                "lm_predictions.lm_head.bias",
                "lm_predictions.lm_head.decoder.weight");
        return List.of(Bert.maskedHead(config, model, epsilon(config)), ofAuthors);
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        Transformer model = describe(config);
        Block block = model.blocks().get(0);
        String relative = block.attention().positions() instanceof Positions.Disentangled disentangled
                ? " buckets " + disentangled.embeddings().buckets() + " of "
                        + disentangled.embeddings().furthest()
                        + " terms " + disentangled.terms()
                        + (disentangled.keys().isPresent() ? " c2p" : " p2c")
                        + " shared " + config.flag("share_att_key", false)
                : "";
        return "deberta-v2 heads " + block.attention().heads() + " epsilon "
                + epsilon(config) + " activation "
                + block.feedForward().activation().label()
                + relative;
    }
}

package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
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
final class DebertaV3 implements Family {

    @Override
    public String modelType() {
        return "deberta-v2";
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
    public String sequenceClassifier() {
        return "DebertaV2ForSequenceClassification";
    }

    @Override
    public List<String> headParameters() {
        return List.of("pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "classifier.bias");
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("DebertaV2Tokenizer");
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        if (config.integer("conv_kernel_size", 0) > 0) {
            throw config.failure(
                    "conv_kernel_size",
                    "found " + config.integer("conv_kernel_size") + ", a convolution is not supported");
        }
        int width = config.integer("hidden_size");
        double epsilon = config.number("layer_norm_eps", 1e-7);
        Activation activation = config.meaning("hidden_act", "gelu", Activation::named);
        int heads = config.integer("num_attention_heads");
        int projected = heads * Configs.headSize(config, "attention_head_size");
        Optional<RelativeEmbeddings> relative = relative(config, width, epsilon);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.layer." + i + ".";
            String self = layer + "attention.self.";
            Linear query = new Linear(self + "query_proj", width, projected, true);
            Linear key = new Linear(self + "key_proj", width, projected, true);
            Attention attention = new Attention(
                    query,
                    key,
                    new Linear(self + "value_proj", width, projected, true),
                    new Linear(layer + "attention.output.dense", projected, width, true),
                    heads,
                    heads,
                    false,
                    positions(config, relative, self, query, key));
            blocks.add(Block.normBehind(
                    attention,
                    Bert.norm(layer + "attention.output.LayerNorm", width, epsilon),
                    Bert.feedForward(layer, width, config.integer("intermediate_size"), activation),
                    Bert.norm(layer + "output.LayerNorm", width, epsilon)));
        }
        return new Transformer(
                embeddings(config, width, epsilon),
                blocks,
                Optional.empty(),
                head(config, width),
                Optional.empty(),
                config.integer("max_position_embeddings", 512));
    }

    private static Embeddings embeddings(JsonFields config, int width, double epsilon) throws IOException {
        int own = config.integer("embedding_size", width);
        int types = config.integer("type_vocab_size", 0);
        boolean positions = config.flag("position_biased_input", true);
        int count = config.integer("max_position_embeddings", 512);
        return new Embeddings.Tokens(
                new Table("embeddings.word_embeddings.weight", config.integer("vocab_size"), own),
                positions
                        ? Optional.of(new Table("embeddings.position_embeddings.weight", count, own))
                        : Optional.empty(),
                OptionalInt.empty(),
                types > 0
                        ? Optional.of(new Table("embeddings.token_type_embeddings.weight", types, own))
                        : Optional.empty(),
                own == width ? Optional.empty() : Optional.of(new Linear("embeddings.embed_proj", own, width, false)),
                Optional.of(Bert.norm("embeddings.LayerNorm", width, epsilon)));
    }

    private static Optional<RelativeEmbeddings> relative(JsonFields config, int width, double epsilon)
            throws IOException {
        if (!config.flag("relative_attention", false)) {
            return Optional.empty();
        }
        int furthest = config.integer("max_relative_positions", -1);
        if (furthest < 1) {
            furthest = config.integer("max_position_embeddings", 512);
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
                normalized ? Optional.of(Bert.norm("encoder.LayerNorm", width, epsilon)) : Optional.empty();
        return Optional.of(new RelativeEmbeddings(table, norm, buckets, furthest));
    }

    /**
     * Returns the positions; if the projections of relative embeddings are shared with those of tokens, they are the
     * same layers.
     */
    private static Positions positions(
            JsonFields config, Optional<RelativeEmbeddings> relative, String self, Linear query, Linear key)
            throws IOException {
        List<String> terms = config.isText("pos_att_type")
                ? parts(config.text("pos_att_type"))
                : config.isOff("pos_att_type") ? List.of() : config.texts("pos_att_type");
        if (relative.isEmpty()) {
            if (terms.contains("c2p") || terms.contains("p2c")) {
                throw config.failure("pos_att_type", "found " + terms + ", expected none without relative_attention");
            }
            return new Positions.None();
        }
        boolean shared = config.flag("share_att_key", false);
        Optional<Linear> keys = terms.contains("c2p")
                ? Optional.of(shared ? key : new Linear(self + "pos_key_proj", key.in(), key.out(), true))
                : Optional.empty();
        Optional<Linear> queries = terms.contains("p2c")
                ? Optional.of(shared ? query : new Linear(self + "pos_query_proj", query.in(), query.out(), true))
                : Optional.empty();
        return keys.isEmpty() && queries.isEmpty()
                ? new Positions.None()
                : new Positions.Disentangled(relative.get(), keys, queries);
    }

    private static List<String> parts(String text) {
        return Stream.of(text.toLowerCase(Locale.ROOT).split("\\|"))
                .map(String::strip)
                .toList();
    }

    /** Returns the head; base models come without the pooler, which is then trained. */
    private static Head head(JsonFields config, int width) throws IOException {
        int pooled = config.integer("pooler_hidden_size", width);
        if (pooled != width) {
            throw config.failure("pooler_hidden_size", "found " + pooled + ", expected hidden_size " + width);
        }
        Head.Dense pooler = new Head.Dense(
                new Linear("pooler.dense", width, width, true),
                config.meaning("pooler_hidden_act", "gelu", Activation::named),
                Head.Source.BASE_OR_TRAINED);
        return new Head(Head.Row.FIRST, Optional.of(pooler), "classifier", true);
    }

    /** Returns heads under BERT's names, the default in transformers, and under those of the models' authors. */
    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        double epsilon = config.number("layer_norm_eps", 1e-7);
        MaskedHead ofAuthors = MaskedHead.of(
                model,
                "lm_predictions.lm_head.dense",
                config.meaning("hidden_act", "gelu", Activation::named),
                "lm_predictions.lm_head.LayerNorm",
                epsilon,
                "lm_predictions.lm_head.bias",
                "lm_predictions.lm_head.decoder.weight");
        return List.of(Bert.maskedHead(config, model, epsilon), ofAuthors);
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
                + config.number("layer_norm_eps", 1e-7) + " activation "
                + block.feedForward().activation().label()
                + relative;
    }
}

package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
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
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * BERT (Devlin et al., arXiv 1810.04805) and models of the same form: MiniLM, BGE, E5. The classifier reads the first
 * token through the pooler, which belongs to the base model.
 */
final class Bert implements Family {

    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public String prefix() {
        return "bert.";
    }

    @Override
    public String sequenceClassifier() {
        return "BertForSequenceClassification";
    }

    @Override
    public Optional<String> frozenPooler() {
        return Optional.of("pooler.dense");
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("BertTokenizer");
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of("vocab.txt");
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        Head.Dense pooler =
                new Head.Dense(new Linear("pooler.dense", width, width, true), Activation.TANH, Head.Source.BASE);
        Head head = new Head(Head.Row.FIRST, Optional.of(pooler), "classifier", true);
        return encoder(config, OptionalInt.empty(), 2, head);
    }

    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(maskedHead(config, model, config.number("layer_norm_eps", 1e-12)));
    }

    /** Returns the head of BERT's masked language model, which DeBERTa shares. */
    static MaskedHead maskedHead(JsonFields config, Transformer model, double epsilon) throws IOException {
        return MaskedHead.of(
                model,
                "cls.predictions.transform.dense",
                config.meaning("hidden_act", "gelu", Activation::named),
                "cls.predictions.transform.LayerNorm",
                epsilon,
                "cls.predictions.bias",
                "cls.predictions.decoder.weight");
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return signature("BERT", config, 0);
    }

    /**
     * Returns an encoder of BERT's form.
     *
     * @param padding as in {@link Embeddings.Tokens}
     * @param tokenTypes number of token types if the configuration does not have it
     */
    static Transformer encoder(JsonFields config, OptionalInt padding, int tokenTypes, Head head) throws IOException {
        int width = config.integer("hidden_size");
        double epsilon = config.number("layer_norm_eps", 1e-12);
        int positions = config.integer("max_position_embeddings");
        Embeddings embeddings = new Embeddings.Tokens(
                new Table("embeddings.word_embeddings.weight", config.integer("vocab_size"), width),
                Optional.of(new Table("embeddings.position_embeddings.weight", positions, width)),
                padding,
                Optional.of(new Table(
                        "embeddings.token_type_embeddings.weight",
                        config.integer("type_vocab_size", tokenTypes),
                        width)),
                Optional.empty(),
                Optional.of(norm("embeddings.LayerNorm", width, epsilon)));
        int tokens = padding.isPresent() ? positions - padding.getAsInt() - 1 : positions;
        return new Transformer(embeddings, blocks(config), Optional.empty(), head, Optional.empty(), tokens);
    }

    /** Returns the layers of BERT and its descendants. */
    static List<Block> blocks(JsonFields config) throws IOException {
        config.requireValue("position_embedding_type", "absolute");
        if (config.flag("is_decoder", false)) {
            throw config.failure("is_decoder", "found true, expected an encoder");
        }
        int width = config.integer("hidden_size");
        double epsilon = config.number("layer_norm_eps", 1e-12);
        int heads = config.integer("num_attention_heads");
        if (Configs.headSize(config, "attention_head_size") * heads != width) {
            throw config.failure("attention_head_size", "expected hidden_size divided by num_attention_heads");
        }
        int inner = config.integer("intermediate_size");
        Activation activation = config.meaning("hidden_act", "gelu", Activation::named);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.layer." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "attention.self.query", width, width, true),
                    new Linear(layer + "attention.self.key", width, width, true),
                    new Linear(layer + "attention.self.value", width, width, true),
                    new Linear(layer + "attention.output.dense", width, width, true),
                    heads,
                    heads,
                    false,
                    new Positions.None());
            blocks.add(Block.normBehind(
                    attention,
                    norm(layer + "attention.output.LayerNorm", width, epsilon),
                    feedForward(layer, width, inner, activation),
                    norm(layer + "output.LayerNorm", width, epsilon)));
        }
        return blocks;
    }

    /** Returns the feed-forward part of BERT and its descendants. */
    static FeedForward feedForward(String layer, int width, int inner, Activation activation) {
        return FeedForward.plain(
                new Linear(layer + "intermediate.dense", width, inner, true),
                new Linear(layer + "output.dense", inner, width, true),
                activation);
    }

    static Norm norm(String name, int width, double epsilon) {
        return new Norm(name, Norm.Kind.LAYER, width, epsilon);
    }

    /**
     * Returns a signature that omits GELU, so that fingerprints from before other activations were supported stay
     * valid.
     */
    static String signature(String name, JsonFields config, int padToken) throws IOException {
        String activation = config.text("hidden_act", "gelu");
        return name + " heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("layer_norm_eps", 1e-12) + " pad " + config.integer("pad_token_id", padToken)
                + (activation.equals("gelu") ? "" : " activation " + activation);
    }
}

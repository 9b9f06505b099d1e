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
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * MPNet (Song et al., arXiv 2004.09297): BERT's encoder with a bias of distances on the scores, and RoBERTa's positions
 * and classifier. The padding token is always 1, and there are always 32 buckets of distances up to 128, whatever the
 * configuration says.
 */
final class MpNet implements Family {
    private static final int PAD_TOKEN = 1;
    private static final int BUCKETS = 32;
    private static final int FURTHEST = 128;

    @Override
    public String modelType() {
        return "mpnet";
    }

    @Override
    public String prefix() {
        return "mpnet.";
    }

    @Override
    public String sequenceClassifier() {
        return "MPNetForSequenceClassification";
    }

    @Override
    public List<String> headParameters() {
        return List.of(
                "classifier.dense.weight",
                "classifier.dense.bias",
                "classifier.out_proj.weight",
                "classifier.out_proj.bias");
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("MPNetTokenizer");
    }

    /** Returns the pooler, which base models contain but the classifier does not use. */
    @Override
    public List<Linear> unused(Transformer model) {
        return List.of(new Linear("pooler.dense", model.width(), model.width(), true));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        if (Configs.headSize(config, "attention_head_size") * heads != width) {
            throw config.failure("attention_head_size", "expected hidden_size divided by num_attention_heads");
        }
        int inner = config.integer("intermediate_size");
        int buckets = config.integer("relative_attention_num_buckets", BUCKETS);
        if (buckets < BUCKETS) {
            throw config.failure("relative_attention_num_buckets", "found " + buckets + ", expected " + BUCKETS);
        }
        double epsilon = config.number("layer_norm_eps", 1e-12);
        Activation activation = config.meaning("hidden_act", "gelu", Activation::named);
        Positions positions = new Positions.Bucketed(
                new Table("encoder.relative_attention_bias.weight", buckets, heads), BUCKETS, FURTHEST);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.layer." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "attention.attn.q", width, width, true),
                    new Linear(layer + "attention.attn.k", width, width, true),
                    new Linear(layer + "attention.attn.v", width, width, true),
                    new Linear(layer + "attention.attn.o", width, width, true),
                    heads,
                    heads,
                    false,
                    positions);
            blocks.add(Block.normBehind(
                    attention,
                    Bert.norm(layer + "attention.LayerNorm", width, epsilon),
                    Bert.feedForward(layer, width, inner, activation),
                    Bert.norm(layer + "output.LayerNorm", width, epsilon)));
        }
        int rows = config.integer("max_position_embeddings");
        Embeddings embeddings = new Embeddings.Tokens(
                new Table("embeddings.word_embeddings.weight", config.integer("vocab_size"), width),
                Optional.of(new Table("embeddings.position_embeddings.weight", rows, width)),
                OptionalInt.of(PAD_TOKEN),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Bert.norm("embeddings.LayerNorm", width, epsilon)));
        Head.Dense dense = new Head.Dense(
                new Linear("classifier.dense", width, width, true), Activation.TANH, Head.Source.TRAINED);
        Head head = new Head(Head.Row.FIRST, Optional.of(dense), "classifier.out_proj", true);
        return new Transformer(embeddings, blocks, Optional.empty(), head, Optional.empty(), rows - PAD_TOKEN - 1);
    }

    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(Roberta.maskedHead(config, model));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return Bert.signature("MPNET", config, PAD_TOKEN);
    }
}

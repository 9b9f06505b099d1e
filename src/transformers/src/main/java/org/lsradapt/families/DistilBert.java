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
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DistilBERT (Sanh et al., arXiv 1910.01108): BERT's encoder under other names and without token types, and a
 * classifier of two trained layers with max(0, x) between them.
 */
final class DistilBert implements Family {
    private static final double EPSILON = 1e-12;
    private static final String WIDTH = "dim";
    private static final String HEADS = "n_heads";

    @Override
    public String modelType() {
        return "distilbert";
    }

    @Override
    public String layersField() {
        return "n_layers";
    }

    @Override
    public String prefix() {
        return "distilbert.";
    }

    @Override
    public String sequenceClassifier() {
        return "DistilBertForSequenceClassification";
    }

    @Override
    public List<String> headParameters() {
        return List.of("pre_classifier.weight", "pre_classifier.bias", "classifier.weight", "classifier.bias");
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("DistilBertTokenizer");
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of("vocab.txt");
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer(WIDTH);
        int heads = config.integer(HEADS);
        if (heads < 1 || width % heads != 0) {
            throw config.failure(HEADS, "found " + heads + ", expected a divisor of dim " + width);
        }
        int inner = config.integer("hidden_dim");
        int positions = config.integer("max_position_embeddings");
        Activation activation = config.meaning("activation", "gelu", Activation::named);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config, layersField());
        for (int i = 0; i < layers; i++) {
            String layer = "transformer.layer." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "attention.q_lin", width, width, true),
                    new Linear(layer + "attention.k_lin", width, width, true),
                    new Linear(layer + "attention.v_lin", width, width, true),
                    new Linear(layer + "attention.out_lin", width, width, true),
                    heads,
                    heads,
                    false,
                    new Positions.None());
            FeedForward feedForward = FeedForward.plain(
                    new Linear(layer + "ffn.lin1", width, inner, true),
                    new Linear(layer + "ffn.lin2", inner, width, true),
                    activation);
            blocks.add(Block.normBehind(
                    attention,
                    Bert.norm(layer + "sa_layer_norm", width, EPSILON),
                    feedForward,
                    Bert.norm(layer + "output_layer_norm", width, EPSILON)));
        }
        Embeddings embeddings = new Embeddings.Tokens(
                new Table("embeddings.word_embeddings.weight", config.integer("vocab_size"), width),
                Optional.of(new Table("embeddings.position_embeddings.weight", positions, width)),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Bert.norm("embeddings.LayerNorm", width, EPSILON)));
        Head.Dense dense =
                new Head.Dense(new Linear("pre_classifier", width, width, true), Activation.RELU, Head.Source.TRAINED);
        Head head = new Head(Head.Row.FIRST, Optional.of(dense), "classifier", true);
        return new Transformer(embeddings, blocks, Optional.empty(), head, Optional.empty(), positions);
    }

    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(MaskedHead.of(
                model,
                "vocab_transform",
                config.meaning("activation", "gelu", Activation::named),
                "vocab_layer_norm",
                EPSILON,
                "vocab_projector.bias",
                "vocab_projector.weight"));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return "distilbert heads " + config.integer(HEADS) + " activation " + config.text("activation", "gelu");
    }
}

package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DistilBERT (Sanh et al., arXiv 1910.01108): BERT's encoder under other names and without token types, and a
 * classifier of two trained layers with max(0, x) between them.
 */
final class DistilBert extends Encoder {
    private static final String HEADS = "n_heads";

    private static final EncoderLayers.Names LAYER = new EncoderLayers.Names(
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    DistilBert() {
        super(
                "distilbert",
                "DistilBert",
                new Classifier("pre_classifier", Head.Source.TRAINED, Activation.RELU, "classifier"));
    }

    @Override
    public String layersField() {
        return "n_layers";
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of(WORD_PIECE);
    }

    @Override
    EncoderLayers layers(JsonFields config) throws IOException {
        int width = config.integer("dim");
        int heads = config.integer(HEADS);
        if (heads < 1 || width % heads != 0) {
            throw config.failure(HEADS, "found " + heads + ", expected a divisor of dim " + width);
        }
        return new EncoderLayers(
                "transformer.layer.",
                LAYER,
                new EncoderLayers.Shape(
                        Configs.layers(config, layersField()), width, heads, width, config.integer("hidden_dim")),
                EPSILON,
                true,
                activation(config));
    }

    private static Activation activation(JsonFields config) throws IOException {
        return config.meaning("activation", "gelu", Activation::named);
    }

    @Override
    double epsilon(JsonFields config) {
        return EPSILON;
    }

    @Override
    Optional<Table> types(JsonFields config, int width) {
        return Optional.empty();
    }

    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(MaskedHead.of(
                model,
                "vocab_transform",
                activation(config),
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

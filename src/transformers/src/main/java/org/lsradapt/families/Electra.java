package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Transformer;

/**
 * ELECTRA (Clark et al., arXiv 2003.10555), discriminators and generators: BERT's encoder on embeddings, which are
 * projected if they are not as wide as the model, and a classifier of two trained layers.
 */
final class Electra extends Encoder {

    Electra() {
        super("electra", "Electra", Classifier.trained(Activation.GELU));
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of(WORD_PIECE);
    }

    @Override
    Embeddings embeddings(JsonFields config, int width, OptionalInt padding) throws IOException {
        int own = config.integer("embedding_size", 128);
        return new Embeddings.Tokens(
                words(config, own),
                Optional.of(table("position", positions(config), own)),
                padding,
                types(config, own),
                Optional.of(EncoderLayers.norm("embeddings.LayerNorm", own, epsilon(config))),
                own == width ? Optional.empty() : Optional.of(new Linear("embeddings_project", own, width, true)),
                Optional.empty(),
                1);
    }

    /** Returns the head of generators; discriminators do not predict tokens. */
    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(MaskedHead.of(
                model,
                "generator_predictions.dense",
                Activation.GELU,
                "generator_predictions.LayerNorm",
                epsilon(config),
                "generator_lm_head.bias",
                "generator_lm_head.weight"));
    }
}

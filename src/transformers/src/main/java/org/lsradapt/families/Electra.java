package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * ELECTRA (Clark et al., arXiv 2003.10555), discriminators and generators: BERT's encoder on embeddings, which are
 * projected if they are not as wide as the model, and a classifier of two trained layers.
 */
final class Electra implements Family {

    @Override
    public String modelType() {
        return "electra";
    }

    @Override
    public String prefix() {
        return "electra.";
    }

    @Override
    public String sequenceClassifier() {
        return "ElectraForSequenceClassification";
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
        return Optional.of("ElectraTokenizer");
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of("vocab.txt");
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        int own = config.integer("embedding_size", 128);
        int positions = config.integer("max_position_embeddings");
        Embeddings embeddings = new Embeddings.Tokens(
                new Table("embeddings.word_embeddings.weight", config.integer("vocab_size"), own),
                Optional.of(new Table("embeddings.position_embeddings.weight", positions, own)),
                OptionalInt.empty(),
                Optional.of(new Table(
                        "embeddings.token_type_embeddings.weight", config.integer("type_vocab_size", 2), own)),
                Optional.of(Bert.norm("embeddings.LayerNorm", own, config.number("layer_norm_eps", 1e-12))),
                own == width ? Optional.empty() : Optional.of(new Linear("embeddings_project", own, width, true)),
                Optional.empty());
        Head.Dense dense = new Head.Dense(
                new Linear("classifier.dense", width, width, true), Activation.GELU, Head.Source.TRAINED);
        Head head = new Head(Head.Row.FIRST, Optional.of(dense), "classifier.out_proj", true);
        return new Transformer(embeddings, Bert.blocks(config), Optional.empty(), head, Optional.empty(), positions);
    }

    /** Returns the head of generators; discriminators do not predict tokens. */
    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(MaskedHead.of(
                model,
                "generator_predictions.dense",
                Activation.GELU,
                "generator_predictions.LayerNorm",
                config.number("layer_norm_eps", 1e-12),
                "generator_lm_head.bias",
                "generator_lm_head.weight"));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return Bert.signature("ELECTRA", config, 0);
    }
}

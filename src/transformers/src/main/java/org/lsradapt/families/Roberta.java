package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;

/**
 * RoBERTa (Liu et al., arXiv 1907.11692): BERT's encoder with positions from {@code pad_token_id + 1}, and a
 * classifier of two trained layers.
 */
final class Roberta implements Family {
    private static final int PAD_TOKEN = 1;

    @Override
    public String modelType() {
        return "roberta";
    }

    @Override
    public String prefix() {
        return "roberta.";
    }

    @Override
    public String sequenceClassifier() {
        return "RobertaForSequenceClassification";
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
        return Optional.of("RobertaTokenizer");
    }

    /** Its classifier passes the pooler by, which base models come with. */
    @Override
    public List<Linear> unused(Transformer model) {
        return List.of(new Linear("pooler.dense", model.width(), model.width(), true));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        Head.Dense dense = new Head.Dense(
                new Linear("classifier.dense", width, width, true), Activation.TANH, Head.Source.TRAINED);
        Head head = new Head(Head.Row.FIRST, Optional.of(dense), "classifier.out_proj", true);
        int pad = config.integer("pad_token_id", PAD_TOKEN);
        if (pad < 0 || pad >= config.integer("vocab_size")) {
            throw config.failure("pad_token_id", "found " + pad + ", expected a token of the vocabulary");
        }
        return Bert.encoder(config, OptionalInt.of(pad), 2, head);
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return Bert.signature("ROBERTA", config, PAD_TOKEN);
    }
}

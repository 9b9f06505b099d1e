package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Transformer;

/**
 * RoBERTa (Liu et al., arXiv 1907.11692): BERT's encoder with positions from {@code pad_token_id + 1}, and a classifier
 * of two trained layers. XLM-RoBERTa (Conneau et al., arXiv 1911.02116; multilingual E5, BGE-M3) and CamemBERT (Martin
 * et al., arXiv 1911.03894) are the same model with other tokenizers.
 */
final class Roberta implements Family {
    private static final int PAD_TOKEN = 1;

    private final String modelType;
    private final String name;

    private Roberta(String modelType, String name) {
        this.modelType = modelType;
        this.name = name;
    }

    static Roberta roberta() {
        return new Roberta("roberta", "Roberta");
    }

    static Roberta xlmRoberta() {
        return new Roberta("xlm-roberta", "XLMRoberta");
    }

    static Roberta camembert() {
        return new Roberta("camembert", "Camembert");
    }

    @Override
    public String modelType() {
        return modelType;
    }

    @Override
    public String prefix() {
        return "roberta.";
    }

    @Override
    public String sequenceClassifier() {
        return name + "ForSequenceClassification";
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
        return Optional.of(name + "Tokenizer");
    }

    /** Returns the pooler, which base models contain but the classifier does not use. */
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
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(maskedHead(config, model));
    }

    /** Returns the head of RoBERTa's masked language model, which MPNet shares; its activation is always the same. */
    static MaskedHead maskedHead(JsonFields config, Transformer model) throws IOException {
        return MaskedHead.of(
                model,
                "lm_head.dense",
                Activation.GELU,
                "lm_head.layer_norm",
                config.number("layer_norm_eps", 1e-12),
                "lm_head.bias",
                "lm_head.decoder.weight");
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return Bert.signature(modelType.toUpperCase(Locale.ROOT), config, PAD_TOKEN);
    }
}

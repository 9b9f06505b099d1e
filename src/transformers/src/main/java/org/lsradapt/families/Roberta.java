package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Transformer;

/**
 * RoBERTa (Liu et al., arXiv 1907.11692): BERT's encoder with positions from {@code pad_token_id + 1}, and a classifier
 * of two trained layers. XLM-RoBERTa (Conneau et al., arXiv 1911.02116; multilingual E5, BGE-M3) and CamemBERT (Martin
 * et al., arXiv 1911.03894) are the same model with other tokenizers.
 */
class Roberta extends Encoder {
    static final int PAD_TOKEN = 1;

    Roberta(String modelType, String name) {
        super(modelType, name, Classifier.trained(Activation.TANH));
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
    public String prefix() {
        return "roberta.";
    }

    /** Returns the pooler, which base models contain but the classifier does not use. */
    @Override
    public final List<Linear> unused(Transformer model) {
        return List.of(new Linear("pooler.dense", model.width(), model.width(), true));
    }

    @Override
    OptionalInt padding(JsonFields config) throws IOException {
        int pad = config.integer("pad_token_id", PAD_TOKEN);
        if (pad < 0 || pad >= config.integer("vocab_size")) {
            throw config.failure("pad_token_id", "found " + pad + ", expected a token of the vocabulary");
        }
        return OptionalInt.of(pad);
    }

    @Override
    final int padToken() {
        return PAD_TOKEN;
    }

    /** Returns the head of the masked language model, whose activation is always the same. */
    @Override
    public final List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(MaskedHead.of(
                model,
                "lm_head.dense",
                Activation.GELU,
                "lm_head.layer_norm",
                epsilon(config),
                "lm_head.bias",
                "lm_head.decoder.weight"));
    }
}

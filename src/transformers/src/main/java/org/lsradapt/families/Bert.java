package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Transformer;

/**
 * BERT (Devlin et al., arXiv 1810.04805) and models of the same form: MiniLM, BGE, E5. The classifier reads the first
 * token through the pooler, which belongs to the base model.
 */
final class Bert extends Encoder {

    Bert() {
        super("bert", "Bert", new Classifier("pooler.dense", Head.Source.BASE, Activation.TANH, "classifier"));
    }

    @Override
    public Optional<String> wordPieceFile() {
        return Optional.of(WORD_PIECE);
    }

    @Override
    public List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of(maskedHead(config, model, epsilon(config)));
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
}

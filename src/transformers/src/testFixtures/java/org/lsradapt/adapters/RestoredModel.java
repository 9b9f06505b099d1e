package org.lsradapt.adapters;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;

/** A saved adapter on its base model's weights, for tests without a tokenizer. */
public record RestoredModel(AdapterParts parts, AdaptedModel model) implements AutoCloseable {

    public static RestoredModel of(
            SavedAdapter saved, TransformerWeights weights, String model, String fingerprint, Backend backend) {
        AdapterCard card = saved.requireBase(model, fingerprint);
        AdapterParts parts = saved.onBase(weights, backend);
        return new RestoredModel(parts, parts.model(weights, card, backend));
    }

    public Optional<AdapterSet> adapters() {
        return parts.adapters();
    }

    public Optional<SequenceHead> head() {
        return parts.head();
    }

    public double[][] predict(List<? extends ModelInput> sequences) {
        return NonFiniteOutputException.require("adapted model", model.predict(sequences));
    }

    @Override
    public void close() {
        model.close();
        parts.close();
    }
}

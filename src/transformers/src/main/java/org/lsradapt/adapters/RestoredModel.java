package org.lsradapt.adapters;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.NextTokenObjective;
import org.lsradapt.objectives.NonFiniteOutputException;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TransformerWeights;

/**
 * A base model with a saved adapter and, for a classification or regression, its head. It owns both, but not the base model's weights.
 * For one thread at a time: a concurrent call, or a call on a closed model, throws an {@link IllegalStateException} and changes nothing.
 */
public final class RestoredModel implements AutoCloseable {

    private final Optional<AdapterSet> adapters;
    private final Optional<SequenceHead> head;
    private final AdaptedModel model;

    /** Takes ownership of the adapters and the head. */
    RestoredModel(
            TransformerWeights weights,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            AdapterCard card,
            Backend backend) {
        this.adapters = adapters;
        this.head = head;
        Objective objective = head.isPresent()
                ? card.task().objective(head.get(), backend)
                : card.embedding()
                        .<Objective>map(settings -> embedding(weights, settings, backend))
                        .orElseGet(() -> new NextTokenObjective(weights, backend));
        model = new AdaptedModel(weights, adapters, objective, backend);
    }

    /** In further training, embeddings contrast pairs with the default temperature. */
    private static EmbeddingObjective embedding(
            TransformerWeights weights, EmbeddingSettings settings, Backend backend) {
        return new EmbeddingObjective(
                weights,
                settings.pooling(),
                settings.normalized(),
                EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE),
                backend);
    }

    /** The model, for use or further training, or for {@link AdaptedModel#with} other adapters. */
    public AdaptedModel model() {
        return model;
    }

    /** The adapters; empty if only the head was trained. */
    public Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** The head; empty for a language model and for embeddings. */
    public Optional<SequenceHead> head() {
        return head;
    }

    /**
     * Returns class scores (logits; for a token classifier or an extractor of answers, those of all tokens in sequence), the regression
     * value, the embedding, or, for a language model, the sum of −log p over predicted tokens and their number.
     *
     * @param sequences one batch, at least one
     * @return one row per sequence
     * @throws NonFiniteOutputException if a number is NaN or infinite
     * @throws IllegalStateException if another thread is using the model, or it is closed
     */
    public double[][] predict(List<? extends ModelInput> sequences) {
        return NonFiniteOutputException.require("adapted model", model.predict(sequences));
    }

    /**
     * Closes the adapters and the head; a second call does nothing.
     *
     * @throws IllegalStateException if another thread is using the model; nothing is closed then
     */
    @Override
    public void close() {
        model.close();
        head.ifPresent(SequenceHead::close);
        adapters.ifPresent(AdapterSet::close);
    }
}

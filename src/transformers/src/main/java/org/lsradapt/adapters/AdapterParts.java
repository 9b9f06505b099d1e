package org.lsradapt.adapters;

import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.TransformerWeights;

/**
 * The adapters and the head of a saved adapter on its base model, of either of which there may be none. The holder closes both.
 *
 * @param adapters the adapters; empty if only the head was trained
 * @param head the head; empty for tasks without one
 */
public record AdapterParts(Optional<AdapterSet> adapters, Optional<SequenceHead> head) implements AutoCloseable {

    /**
     * Combines these parts for predictions and further training.
     *
     * @param weights the base model's weights; kept by reference
     * @return a model, which the caller closes before these parts
     * @throws IllegalArgumentException if the adapter predicts hidden tokens
     */
    public AdaptedModel model(TransformerWeights weights, AdapterCard card, Backend backend) {
        Require.argument(
                head.isPresent() || card.embedding().isPresent() || card.task().generates(),
                "task %s: predicts hidden tokens by the base model's own head, expected MaskedLanguageModel.load, or a"
                        + " training of another task that starts from it",
                card.task().name());
        Objective objective = head.isPresent()
                ? card.task().objective(head.get(), backend)
                : card.embedding()
                        .<Objective>map(settings -> embedding(weights, settings, backend))
                        .orElseGet(() -> new NextTokenObjective(weights, backend));
        return new AdaptedModel(weights, adapters, objective, backend);
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

    @Override
    public void close() {
        head.ifPresent(SequenceHead::close);
        adapters.ifPresent(AdapterSet::close);
    }
}

package org.lsradapt.adapters;

import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The information needed to use a trained adapter again, in addition to the adapter itself.
 *
 * @param baseModel the name or folder from which the base model was loaded
 * @param modelType the base model's family, the {@code model_type} of its {@code config.json}
 * @param baseFingerprint a checksum of the base model's configuration and weights; for embeddings and hidden tokens, of the weights on
 *     which hidden states depend
 * @param task the task for which the adapter was trained
 * @param maxLength the longest input in tokens
 * @param embedding the settings of embeddings; empty for any other task
 * @param basePrecision the precision of the base model's weights in training; STORED unless another precision was requested, and in place
 *     of one that only inference supports
 */
public record AdapterCard(
        String baseModel,
        String modelType,
        String baseFingerprint,
        TaskDescription task,
        int maxLength,
        Optional<EmbeddingSettings> embedding,
        BasePrecision basePrecision) {

    /** Creates the card of an adapter without embeddings. */
    public AdapterCard(
            String baseModel,
            String modelType,
            String baseFingerprint,
            TaskDescription task,
            int maxLength,
            BasePrecision basePrecision) {
        this(baseModel, modelType, baseFingerprint, task, maxLength, Optional.empty(), basePrecision);
    }

    /** Creates the card of an adapter on a base model in its stored precision. */
    public AdapterCard(
            String baseModel, String modelType, String baseFingerprint, TaskDescription task, int maxLength) {
        this(baseModel, modelType, baseFingerprint, task, maxLength, BasePrecision.STORED);
    }

    /** Checks the range of the length, and that embeddings, and no other task, have embedding settings. */
    public AdapterCard {
        basePrecision = basePrecision.trains() ? basePrecision : BasePrecision.STORED;
        Require.argument(maxLength >= 1, "max_length is %d, expected >= 1", maxLength);
        Require.argument(
                embedding.isPresent() == task.embeds(),
                "task %s: %s %s settings of embeddings",
                task.name(),
                task.kind(),
                embedding.isPresent() ? "with" : "without");
        Require.argument(
                embedding.isEmpty() || embedding.get().maxLength() == maxLength,
                "max_length is %d, that of the embeddings' settings is %s",
                maxLength,
                embedding.map(EmbeddingSettings::maxLength).orElse(0));
    }
}

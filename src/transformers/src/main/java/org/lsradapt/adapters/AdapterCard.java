package org.lsradapt.adapters;

import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.transformer.BasePrecision;

/**
 * The information needed to use a trained adapter again, in addition to the adapter itself.
 *
 * @param baseModel name or folder by which the base model was loaded
 * @param modelType the base model's family, as {@code model_type} in its {@code config.json} names it
 * @param baseFingerprint checksum of the base model's configuration and weights; of embeddings and hidden tokens, of those that hidden states depend on
 * @param task what it was trained for
 * @param maxLength longest input in tokens
 * @param embedding how embeddings are made; empty for any other task
 * @param basePrecision how the base model's weights were kept in training; STORED unless another precision was asked for,
 *     and in place of one that is for inference alone
 */
public record AdapterCard(
        String baseModel,
        String modelType,
        String baseFingerprint,
        TaskDescription task,
        int maxLength,
        Optional<EmbeddingSettings> embedding,
        BasePrecision basePrecision) {

    /** An adapter of anything but embeddings. */
    public AdapterCard(
            String baseModel,
            String modelType,
            String baseFingerprint,
            TaskDescription task,
            int maxLength,
            BasePrecision basePrecision) {
        this(baseModel, modelType, baseFingerprint, task, maxLength, Optional.empty(), basePrecision);
    }

    /** An adapter of a model as its files have it. */
    public AdapterCard(
            String baseModel, String modelType, String baseFingerprint, TaskDescription task, int maxLength) {
        this(baseModel, modelType, baseFingerprint, task, maxLength, BasePrecision.STORED);
    }

    /** Checks the range of the length, and that embeddings, and nothing else, have their settings. */
    public AdapterCard {
        basePrecision = basePrecision.trains() ? basePrecision : BasePrecision.STORED;
        Require.argument(maxLength >= 1, "max_length is %d, expected >= 1", maxLength);
        Require.argument(
                embedding.isPresent() == task.isEmbedding(),
                "task %s: %s %s settings of embeddings",
                task.name(),
                task.kind().label(),
                embedding.isPresent() ? "with" : "without");
        Require.argument(
                embedding.isEmpty() || embedding.get().maxLength() == maxLength,
                "max_length is %d, that of the embeddings' settings is %s",
                maxLength,
                embedding.map(EmbeddingSettings::maxLength).orElse(0));
    }
}

package org.lsradapt.finetuning;

import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * The loaded parts of a model.
 *
 * @param adapters the adapters; empty for a head alone or a whole model
 * @param head the source of the outputs; empty for tasks without a head, unless they are served
 * @param pairs whether inputs are pairs; empty if unknown
 * @param maxLength longest input in tokens
 * @param embedding the settings of embeddings; empty for other tasks
 */
public record LoadedParts(
        BaseHandle<?> base,
        Optional<AdapterSet> adapters,
        Optional<HeadSource> head,
        TaskDescription task,
        Optional<Boolean> pairs,
        int maxLength,
        Optional<EmbeddingSettings> embedding) {

    /** Returns the base model as one of a type, which the kind of task determines. */
    @SuppressWarnings("unchecked")
    public <B extends FrozenModel> BaseHandle<B> base(Class<B> type) {
        Require.argument(
                type.isInstance(base.model()),
                "task %s: found the model %s, expected a %s",
                task.name(),
                base.model().name(),
                type.getSimpleName());
        return (BaseHandle<B>) base;
    }

    /** Returns the base model, which has one tower; refuses a model that reads images. */
    public BaseHandle<BaseModel> ofTexts() {
        BaseHandle<BaseModel> one = base(BaseModel.class);
        Require.argument(
                !one.model().readsImages(),
                "model %s: its head is for a task of texts (%s), expected a classifier of images with one of several"
                        + " classes for each",
                one.model().name(),
                task.summary());
        return one;
    }
}
